"""Runs of homozygosity along the chromosomes, and how common they are."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen.plot import theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.genotypes.container import Genotypes
    from agrigen.genotypes.homozygosity import Runs

COLORS = (theme.BLUE, theme.ORANGE)


def runs_plot(found: "Runs", *, chromosome: str, most: int = 100) -> "Figure":
    """Runs of one chromosome, one row a sample, the most inbred above; at most `most` samples."""
    order = found.samples.sort_values("f_roh", ascending=False)["id"].head(most).tolist()
    place = {name: number for number, name in enumerate(order)}
    some = found.runs[(found.runs["chromosome"] == chromosome) & found.runs["id"].isin(place)]
    figure, axes = theme.empty_figure(7.2, max(2.0, 0.4 + 0.09 * len(order)))
    rows = some["id"].map(place)
    axes.hlines(rows, some["start"] / 1e6, some["end"] / 1e6, color=theme.BLUE, linewidth=2.5)
    axes.set(xlabel=f"Mb on chromosome {chromosome}", ylabel="samples", ylim=(len(order), -1))
    axes.set_yticks([])
    theme.finish(axes)
    return figure


def islands_plot(found: "Runs", genotypes: "Genotypes") -> "Figure":
    """Share of the samples with a run over each marker, chromosome after chromosome."""
    markers = genotypes.markers
    share = found.coverage(genotypes)
    figure, axes = theme.empty_figure(8.0, 3.2)
    start, ticks, names = 0.0, [], []
    for number, name in enumerate(pd.unique(found.runs["chromosome"])):
        on = np.flatnonzero(markers.chromosomes == name)
        on = on[np.argsort(markers.positions[on], kind="stable")]
        place = markers.positions[on] / 1e6
        axes.plot(start + place, 100 * share[on], color=COLORS[number % 2], linewidth=1)
        ticks.append(start + place.max() / 2)
        names.append(name)
        start += place.max()
    axes.set(xlabel="chromosome", ylabel="% of samples in a run")
    axes.set_xticks(ticks, names)
    theme.finish(axes)
    return figure
