"""Samples by their principal components, and what the components explain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.genotypes.structure import PrincipalComponents

COLORS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.PURPLE, theme.INK, theme.LINE)
MARKS = ("o", "s", "^", "D", "v", "P", "X")


def pca_plot(
    found: "PrincipalComponents", *, groups: Any = None, axes_of: Sequence[int] = (1, 2)
) -> "Figure":
    """Two components against each other; groups differ by color and by mark.

    `axes_of` are the numbers of the components, from 1.
    """
    first, second = axes_of
    if not 1 <= min(axes_of) <= max(axes_of) <= found.values.size:
        raise ValueError(f"there are components 1 to {found.values.size}, not {axes_of}")
    figure, axes = theme.empty_figure(5.6, 4.8)
    names = np.full(found.ids.size, "", dtype=object) if groups is None else np.asarray(groups)
    for number, name in enumerate(pd.unique(names)):
        rows = names == name
        axes.scatter(
            found.vectors[rows, first - 1], found.vectors[rows, second - 1], s=16, linewidths=0,
            color=COLORS[number % len(COLORS)], marker=MARKS[number % len(MARKS)], label=str(name),
        )  # fmt: skip
    share = found.explained
    axes.set(xlabel=f"PC{first} ({share[first - 1]:.1%})",
             ylabel=f"PC{second} ({share[second - 1]:.1%})")  # fmt: skip
    theme.finish(axes)
    if groups is not None:
        axes.legend(frameon=False)
    return figure


def scree_plot(found: "PrincipalComponents") -> "Figure":
    """Share of each component."""
    figure, axes = theme.empty_figure(5.6, 3.2)
    axes.bar(np.arange(1, found.values.size + 1), 100 * found.explained, color=theme.BLUE)
    axes.set(xlabel="component", ylabel="% of the total")
    theme.finish(axes)
    return figure
