"""Differences between groups: Fst, Nei's distance, and the breeds an animal is composed of."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from agrigen.citations import Citation
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.sources import BHATIA_2013, WEIR_1984
from agrigen.types import Floats, Texts

METHODS = ("hudson", "weir_cockerham")


@dataclass(frozen=True, eq=False)
class Differentiation:
    """Fst of pairs of groups.

    Attributes
    ----------
    pairs
        a, b, fst, se (block jackknife), markers used.
    by_marker
        Fst of every marker, one column a pair "a - b"; nan where a marker does not vary.
    overall
        Fst among all groups (weir_cockerham), or the mean of the pairs (hudson).
    """

    method: str
    pairs: pd.DataFrame
    by_marker: pd.DataFrame
    overall: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (BHATIA_2013 if self.method == "hudson" else WEIR_1984,)

    def to_frame(self) -> pd.DataFrame:
        """The pairs."""
        return self.pairs

    def matrix(self) -> pd.DataFrame:
        """Groups by groups, 0 on the diagonal."""
        names = sorted({*self.pairs["a"], *self.pairs["b"]})
        square = pd.DataFrame(0.0, index=names, columns=names)
        for row in self.pairs.itertuples():
            square.loc[row.a, row.b] = square.loc[row.b, row.a] = row.fst
        return square

    def __repr__(self) -> str:
        return (
            f"Fst ({self.method}) {self.overall:.4f}\n{self.pairs.round(5).to_string(index=False)}"
        )


def fst(
    genotypes: Genotypes, groups: Any, *, method: str = "hudson", blocks: int = 50
) -> Differentiation:
    """Fst between groups of samples, as a ratio of sums over markers.

    Parameters
    ----------
    groups
        A name for each sample; samples without one ("" or None) are left out.
    method
        "hudson": Hudson's estimator as Bhatia and others 2013 define it, which unequal sample
        sizes do not bias; "weir_cockerham": theta of 1984, with heterozygotes counted.
    blocks
        Of neighboring markers, left out one at a time for the standard error.

    Notes
    -----
    Both equal `plink2 --fst`. Choose autosomal markers.

    References
    ----------
    Weir and Cockerham 1984, Evolution 38:1358, doi:10.2307/2408641
    Bhatia, Patterson, Sankararaman and Price 2013, Genome Res. 23:1514, doi:10.1101/gr.154831.113
    """
    if method not in METHODS:
        message = f"The method {method!r} is not known."
        raise DataError([Problem("rule", (), message, f"Give one of {', '.join(METHODS)}.")])
    names, counts = group_counts(genotypes, groups)
    if len(names) < 2:
        message = f"There is {len(names)} group; differences need two."
        raise GenotypeError([Problem("too_few", (), message, "Give a group for each sample.")])
    parts = _hudson if method == "hudson" else _weir_cockerham
    rows, columns = [], {}
    for i, j in combinations(range(len(names)), 2):
        above, below = parts(counts[[i, j]])
        used = np.isfinite(above) & np.isfinite(below) & (below != 0)
        value, error = _ratio(above[used], below[used], blocks)
        rows.append([names[i], names[j], value, error, int(used.sum())])
        columns[f"{names[i]} - {names[j]}"] = np.divide(
            above, below, out=np.full(above.size, np.nan), where=used
        )
    table = pd.DataFrame(rows, columns=["a", "b", "fst", "se", "markers"])
    overall = float(table["fst"].mean())
    if method == "weir_cockerham" and len(names) > 2:
        above, below = _weir_cockerham(counts)
        overall = float(np.nansum(above) / np.nansum(below))
    return Differentiation(method, table, pd.DataFrame(columns), overall)


def nei_distance(genotypes: Genotypes, groups: Any) -> pd.DataFrame:
    """Nei's standard distance of groups (1978, unbiased for few samples), groups by groups."""
    names, counts = group_counts(genotypes, groups)
    alleles = 2 * counts[:, :, :3].sum(axis=2)
    good = (alleles > 1).all(axis=0)
    n = alleles[:, good].astype(float)
    p = (2 * counts[:, good, 0] + counts[:, good, 1]) / n
    alike = p @ p.T + (1 - p) @ (1 - p).T
    own = ((n * (p**2 + (1 - p) ** 2) - 1) / (n - 1)).sum(axis=1)
    distance = -np.log(alike / np.sqrt(np.outer(own, own)))
    np.fill_diagonal(distance, 0.0)
    return pd.DataFrame(distance, index=names, columns=names)


def breed_composition(genotypes: Genotypes, reference: Genotypes, groups: Any) -> pd.DataFrame:
    """Shares of reference groups (breeds) in samples: id, one column a group, residual.

    Dosages are regressed on the groups' allele frequencies with shares that are 0 or more; they
    are then scaled to sum to 1. `residual` is the standard deviation of what is left: large where
    a breed is missing from the reference. Markers that are not known in a sample are passed over.
    """
    part = genotypes[:, reference.markers.names]
    if (part.markers.counted != reference.markers.counted).any():
        message = "The samples and the reference count different alleles."
        remedy = "Write both sets with the same counted alleles."
        raise GenotypeError([Problem("alleles", (), message, remedy)])
    names, counts = group_counts(reference, groups)
    seen = counts[:, :, :3].sum(axis=2)
    use = (seen > 0).all(axis=0)
    frequency = ((2 * counts[:, use, 0] + counts[:, use, 1]) / (2 * seen[:, use])).T
    dosage = part.dosages(markers=np.flatnonzero(use), dtype=np.float64) / 2
    rows = [_shares(row, frequency) for row in dosage]
    frame = pd.DataFrame(rows, columns=[*names, "residual"])
    frame.insert(0, "id", part.ids)
    return frame


def group_counts(genotypes: Genotypes, groups: Any) -> tuple[list[str], np.ndarray]:
    """Group names in order of appearance, and genotype counts, shape (groups, markers, 4)."""
    labels: Texts = np.array(["" if g is None or g != g else str(g) for g in groups], dtype=object)
    if labels.size != len(genotypes):
        message = f"There are {labels.size} groups for {len(genotypes)} samples."
        raise DataError([Problem("shape", (), message, "Give one group for each sample.")])
    names = [str(name) for name in pd.unique(labels) if name]
    counts = [genotypes[labels == name].counts() for name in names]
    shape = (0, len(genotypes.markers), 4)
    return names, np.array(counts) if counts else np.empty(shape, np.int64)


def _hudson(counts: np.ndarray) -> tuple[Floats, Floats]:
    n = 2.0 * counts[:, :, :3].sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (2 * counts[:, :, 0] + counts[:, :, 1]) / n
        spread = p * (1 - p) / (n - 1)
        above = (p[0] - p[1]) ** 2 - spread[0] - spread[1]
        below = p[0] * (1 - p[1]) + p[1] * (1 - p[0])
    return above, below


def _weir_cockerham(counts: np.ndarray) -> tuple[Floats, Floats]:
    """Their a, and a + b + c, of every marker."""
    n = counts[:, :, :3].sum(axis=2).astype(float)
    r = len(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (2 * counts[:, :, 0] + counts[:, :, 1]) / (2 * n)
        total = n.sum(axis=0)
        mean = total / r
        nc = (total - (n**2).sum(axis=0) / total) / (r - 1)
        pbar = (n * p).sum(axis=0) / total
        s2 = (n * (p - pbar) ** 2).sum(axis=0) / ((r - 1) * mean)
        h = counts[:, :, 1].sum(axis=0) / total
        inside = pbar * (1 - pbar) - (r - 1) / r * s2
        a = mean / nc * (s2 - (inside - h / 4) / (mean - 1))
        b = mean / (mean - 1) * (inside - (2 * mean - 1) / (4 * mean) * h)
        below = a + b + h / 2
    below[(pbar == 0) | (pbar == 1)] = np.nan
    return a, below


def _ratio(above: Floats, below: Floats, blocks: int) -> tuple[float, float]:
    """Ratio of the sums, and its standard error by leaving out blocks."""
    if not above.size:
        return float("nan"), float("nan")
    parts = np.array_split(np.arange(above.size), min(blocks, above.size))
    sums = np.array([(above[i].sum(), below[i].sum()) for i in parts])
    total = sums.sum(axis=0)
    if len(parts) < 2:
        return float(total[0] / total[1]), float("nan")
    without = (total[0] - sums[:, 0]) / (total[1] - sums[:, 1])
    k = len(parts)
    error = np.sqrt((k - 1) / k * ((without - without.mean()) ** 2).sum())
    return float(total[0] / total[1]), float(error)


def _shares(dosage: Floats, frequency: Floats) -> list[float]:
    known = np.isfinite(dosage)
    if not known.any():
        return [float("nan")] * (frequency.shape[1] + 1)
    found, _ = nnls(frequency[known], dosage[known])
    shares = found / max(found.sum(), 1e-12)
    left = dosage[known] - frequency[known] @ shares
    return [*map(float, shares), float(left.std())]
