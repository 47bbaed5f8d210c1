"""Linkage disequilibrium: r2, its decay with distance, and pruning."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen._kernels import disequilibrium as kernels
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.columns import places
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import Planes, marker_planes
from agrigen.types import Flags, Floats, Integers

EDGES_KB = (0, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000)
"""Bins of distance where the caller names none."""


def r2(genotypes: Genotypes, a: Any, b: Any, *, signed: bool = False) -> Floats:
    """Squared correlation of the dosages of pairs of markers, named or placed in a and b.

    Over the samples known in both, as `plink --r2` and `plink2 --r2-unphased`; nan where a
    marker does not vary among them. `signed` gives the correlation itself.
    """
    names = genotypes.markers.names
    first, second = (_markers(key, names) for key in (a, b))
    if first.size != second.size:
        message = f"There are {first.size} markers in a and {second.size} in b."
        raise GenotypeError([Problem("shape", (), message, "Give one of each for a pair.")])
    used, both = np.unique(np.concatenate([first, second]), return_inverse=True)
    planes = marker_planes(genotypes[:, used])
    i, j = both[: first.size], both[first.size :]
    out = np.empty(first.size)
    in_parts(lambda x, y: kernels.pairs(planes, i, j, out, x, y), out.size, 4096)
    return out if signed else out**2


def r2_matrix(genotypes: Genotypes, markers: Any = None) -> Floats:
    """r2 of all pairs of the chosen markers (at most 5,000)."""
    part = genotypes if markers is None else genotypes[:, markers]
    size = len(part.markers)
    if size > 5000:
        message = f"All pairs of {size:,} markers are {size**2:,} values."
        remedy = "Choose up to 5,000 markers, or ask for ld_decay or ld_prune."
        raise GenotypeError([Problem("too_many", (), message, remedy)])
    i, j = np.triu_indices(size)
    out = np.empty((size, size))
    out[i, j] = r2(part, i, j)
    out[j, i] = out[i, j]
    return out


def ld_decay(
    genotypes: Genotypes,
    *,
    edges_kb: npt.ArrayLike = EDGES_KB,
    minor_frequency: float = 0.05,
    unit: str = "kb",
) -> pd.DataFrame:
    """Mean r2 in bins of distance, over all pairs of one chromosome.

    Parameters
    ----------
    edges_kb
        Edges of the bins, rising; in cM where `unit` is "cM".
    minor_frequency
        Rarer markers are left out: their r2 depends on their frequency.
    unit
        "kb", or "cM" where the map has genetic positions.

    Returns
    -------
    pandas.DataFrame
        from_kb, to_kb, distance_kb (mean), pairs, r2 (mean), sd, and adjusted: r2 less 1/n for
        n samples, which unlinked markers show (Sved 1971).
    """
    edges = bin_edges(edges_kb)
    planes, chromosome, position = _mapped(genotypes, minor_frequency, unit)
    sums = np.zeros((edges.size - 1, 4))
    for name in pd.unique(chromosome):
        on = np.flatnonzero(chromosome == name)
        sums += _decay(planes[:, on], position[on], edges)
    pairs, total, squares, distance = sums.T
    with np.errstate(invalid="ignore"):
        mean = total / pairs
        sd = np.sqrt(np.maximum(squares / pairs - mean**2, 0))
        frame = {f"from_{unit}": edges[:-1], f"to_{unit}": edges[1:],
                 f"distance_{unit}": distance / pairs, "pairs": pairs.astype(np.int64),
                 "r2": mean, "sd": sd, "adjusted": mean - 1 / len(genotypes)}  # fmt: skip
    return pd.DataFrame(frame)


@dataclass(frozen=True, eq=False)
class Pruned:
    """Markers that remain after pruning: `keep` for each, and its options."""

    keep: Flags
    options: dict[str, Any]

    def __repr__(self) -> str:
        return f"{int(self.keep.sum()):,} of {self.keep.size:,} markers kept ({self.options})"


def ld_prune(
    genotypes: Genotypes,
    *,
    window: int = 50,
    step: int = 5,
    limit: float = 0.5,
    window_kb: float | None = None,
) -> Pruned:
    """Markers of which no two in a window have r2 above the limit: `genotypes[:, result.keep]`.

    Parameters
    ----------
    window, step
        Markers of a window, and how far the next one begins.
    window_kb
        Length instead of a number of markers; windows then begin at every marker.
    limit
        Of two markers above it the one with the rarer minor allele goes.

    Notes
    -----
    Windows do not cross chromosomes; monomorphic markers are dropped. Made to keep the markers of
    `plink2 --indep-pairwise`.
    """
    if not 0 <= limit <= 1 or window < 2 or step < 1 or (window_kb is not None and window_kb <= 0):
        message = f"window is {window}, step {step}, limit {limit}."
        remedy = "Give window >= 2, step >= 1 and 0 <= limit <= 1."
        raise DataError([Problem("rule", (), message, remedy)])
    markers = genotypes.markers
    frequency = genotypes.frequencies()
    common = np.maximum(frequency, 1 - frequency)
    keep = np.zeros(common.size, bool)
    varies = _varying(genotypes)
    for name in pd.unique(markers.chromosomes):
        on = np.flatnonzero(markers.chromosomes == name)
        position = markers.positions[on]
        order = np.argsort(position, kind="stable") if window_kb else np.arange(on.size)
        ends = _ends(position[order], window, window_kb)
        kept = varies[on][order].copy()
        planes = marker_planes(genotypes[:, on[order]])
        kernels.prune(planes, common[on][order], ends, 1 if window_kb else step, limit, kept)
        keep[on[order]] = kept
    options = {"limit": limit, "window_kb": window_kb} if window_kb else {
        "limit": limit, "window": window, "step": step}  # fmt: skip
    return Pruned(keep, options)


def _ends(position: Integers, window: int, window_kb: float | None) -> Integers:
    size = position.size
    if window_kb is None:
        return np.minimum(np.arange(size) + window, size).astype(np.int64)
    return np.searchsorted(position, position + 1000 * window_kb, side="right").astype(np.int64)


def _varying(genotypes: Genotypes) -> Flags:
    counts = genotypes.counts()[:, :3]
    return (counts > 0).sum(axis=1) > 1


def _decay(planes: Planes, position: Floats, edges: Floats) -> Floats:
    planes = np.ascontiguousarray(planes)

    def work(first: int, last: int) -> Floats:
        sums = np.zeros((edges.size - 1, 4))
        kernels.decay(planes, position, edges, sums, first, last)
        return sums

    parts = in_parts(work, position.size, 256)
    return np.sum(parts, axis=0)


def _mapped(
    genotypes: Genotypes, minor_frequency: float, unit: str
) -> tuple[Planes, np.ndarray, Floats]:
    """Planes, chromosomes and places of the common markers with a place, in order."""
    markers = genotypes.markers
    place = markers.positions / 1000 if unit == "kb" else np.asarray(markers.centimorgans)
    frequency = genotypes.frequencies()
    common = np.minimum(frequency, 1 - frequency) >= minor_frequency
    use = np.flatnonzero(common & (place > 0) & (markers.chromosomes != "0"))
    if use.size < 2:
        message = f"{use.size} markers have a place in {unit} and a minor allele common enough."
        remedy = "Check the map, or lower minor_frequency."
        raise GenotypeError([Problem("no_map", (), message, remedy)])
    use = use[np.lexsort((place[use], pd.factorize(markers.chromosomes[use])[0]))]
    part = genotypes[:, use]
    return marker_planes(part), part.markers.chromosomes, place[use].astype(np.float64)


def bin_edges(edges: npt.ArrayLike) -> Floats:
    """Edges as rising numbers, or a DataError."""
    values = np.asarray(edges, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or (np.diff(values) <= 0).any() or values[0] < 0:
        message = "Edges of bins must rise from 0 or above, and be two or more."
        raise DataError([Problem("bins", (), message, "Give 0, 100, 500, for example.")])
    return values


def _markers(key: Any, names: np.ndarray) -> Integers:
    array = np.atleast_1d(np.asarray(key))
    if np.issubdtype(array.dtype, np.integer):
        return array.astype(np.int64)
    return places(array.astype(object), names, "marker")
