"""Where markers stand when the chromosomes of a genome are drawn side by side."""

import numpy as np
import numpy.typing as npt

from agrigen.types import Floats

GAP = 0.008
"""Between two chromosomes, as a part of the genome."""

Ticks = dict[str, tuple[float, float]]
"""From where to where each chromosome is drawn."""


def places(chromosome: npt.ArrayLike, position: npt.ArrayLike) -> tuple[Floats, Ticks]:
    """Place of every marker from 0 to 1, and from where to where a chromosome is.

    Chromosomes stand in order of appearance. Where positions are unknown, markers stand side by
    side.
    """
    names = np.asarray(chromosome, dtype=object)
    bases = np.asarray(position, dtype=float)
    members = {name: np.flatnonzero(names == name) for name in dict.fromkeys(names)}
    x, lengths = np.zeros(bases.size), []
    for mine in members.values():
        own = _known(bases[mine])
        x[mine] = own - own.min()
        lengths.append(float(np.ptp(own)) or 1.0)
    gap = GAP * sum(lengths)
    whole = sum(lengths) + gap * (len(lengths) + 1)
    ticks, start = {}, gap
    for (name, mine), length in zip(members.items(), lengths, strict=True):
        x[mine] = (x[mine] + start) / whole
        ticks[str(name)] = ((start - gap / 2) / whole, (start + length + gap / 2) / whole)
        start += length + gap
    return x, ticks


def tick_labels(ticks: Ticks) -> list[str]:
    """Names of chromosomes that fit; small ones in a row are named by turns."""
    shown, last = [], -1.0
    for name, (start, stop) in ticks.items():
        middle = (start + stop) / 2
        fits = middle - last > 0.009 * (len(name) + 0.6)
        shown.append(name if fits else "")
        last = middle if fits else last
    return shown


def _known(position: Floats) -> Floats:
    """Positions of one chromosome; unknown ones between their neighbors in the map."""
    order = np.arange(position.size, dtype=float)
    known = position > 0
    if known.sum() < 2 or np.ptp(position[known]) == 0:
        return order
    return np.interp(order, order[known], position[known])
