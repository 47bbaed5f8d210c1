"""Missing genotypes filled: by the mean, by families, or by alike samples of the population."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from agrigen._kernels import imputation as kernels
from agrigen.citations import Citation
from agrigen.errors import GenotypeError, ModelError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.families import families
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import marker_planes
from agrigen.genotypes.products import missing_list
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

METHODS = ("mean", "family", "population")
PART = 64
"""Markers that a thread fills at a time."""

KERR_1996 = Citation(
    "Kerr RJ, Kinghorn BP",
    1996,
    "An efficient algorithm for segregation analysis in large populations. "
    "J Anim Breed Genet 113:457",
    "10.1111/j.1439-0388.1996.tb00636.x",
    "genotype probabilities by iterative peeling",
)
MONEY_2015 = Citation(
    "Money D, Gardner K, Migicovsky Z, et al.",
    2015,
    "LinkImpute: fast and accurate genotype imputation for nonmodel organisms. G3 5:2383",
    "10.1534/g3.115.021667",
    "nearest neighbors at the markers in highest linkage disequilibrium",
)
CITED = {"mean": (), "family": (KERR_1996,), "population": (MONEY_2015,)}


@dataclass(frozen=True, eq=False)
class Imputed:
    """Genotypes with fewer or no missing ones.

    Attributes
    ----------
    genotypes
        What was observed, and the most probable genotype where something was missing.
    method
        What filled them.
    sample, marker
        Places of what was missing, marker by marker.
    probability
        Of 0, 1 and 2 copies, shape (missing, 3); nan where nothing is known.
    """

    genotypes: Genotypes
    method: str
    sample: Integers
    marker: Integers
    probability: Floats
    citations: tuple[Citation, ...] = field(default=(), repr=False)

    @property
    def dosage(self) -> Floats:
        """Expected copies of what was missing."""
        return np.asarray(self.probability[:, 1] + 2.0 * self.probability[:, 2])

    @property
    def left(self) -> int:
        """Genotypes that are still missing."""
        return int(self.genotypes.counts()[:, 3].sum())

    def dosages(self) -> Floats:
        """Dosages of all samples: observed copies, and expected ones where they were missing."""
        values = self.genotypes.dosages(dtype=np.float64)
        values[self.sample, self.marker] = self.dosage
        return values

    def __repr__(self) -> str:
        many = f"{self.sample.size - self.left:,} of {self.sample.size:,} missing genotypes"
        return f"{many} filled by {self.method}\n{self.genotypes!r}"


def impute(
    genotypes: Genotypes,
    method: str = "population",
    *,
    pedigree: "Pedigree | None" = None,
    error: float = 0.001,
    cycles: int = 5,
    window: int = 50,
    linked: int = 24,
    neighbors: int = 8,
    certainty: float = 0.0,
) -> Imputed:
    """Fill missing genotypes.

    Parameters
    ----------
    method
        "mean": Hardy-Weinberg probabilities at the marker's frequency. "family": probabilities
        given the genotypes of all relatives, one marker at a time (peeling; exact where families
        make no loops, else iterated). "population": shares among the samples most alike at the
        markers in highest linkage disequilibrium.
    pedigree
        Parents, for "family"; those of the samples (a .fam file) without it. Animals without
        genotypes pass on what their relatives tell.
    error
        Share of observed genotypes that are wrong, for "family".
    cycles
        Rounds of peeling at most.
    window, linked, neighbors
        For "population": markers to each side that are searched, how many of them (64 at most)
        tell how alike two samples are, and how many samples vote.
    certainty
        Genotypes whose probability is below stay missing.

    Returns
    -------
    Imputed
        Genotypes and probabilities. The same input gives the same result on any machine.

    Raises
    ------
    GenotypeError, ModelError
        For an unknown method, or families where there are none.

    Notes
    -----
    Markers are taken as autosomal: leave those of sex chromosomes out. For chips of different
    density use a program that follows haplotypes (`agrigen.tools`: alphaimpute2, alphapeel,
    beagle).

    References
    ----------
    Kerr and Kinghorn 1996, J Anim Breed Genet 113:457
    Money et al. 2015, G3 5:2383, doi:10.1534/g3.115.021667
    """
    _check(method, error, certainty, linked, neighbors, window)
    start, missing = missing_list(genotypes)
    if method == "family":
        found = _family(genotypes, pedigree, start, missing, error, cycles)
    elif method == "population":
        found = _population(genotypes, start, missing, window, linked, neighbors)
    else:
        found = _mean(genotypes, start)
    marker = np.repeat(np.arange(start.size - 1), np.diff(start))
    return filled(genotypes, method, missing.astype(np.int64), marker, found, certainty,
                  CITED[method])  # fmt: skip


def filled(
    genotypes: Genotypes,
    method: str,
    sample: Integers,
    marker: Integers,
    probability: Floats,
    certainty: float = 0.0,
    citations: tuple[Citation, ...] = (),
) -> Imputed:
    """Genotypes with the most probable copies where something was missing."""
    dosages = genotypes.dosages().copy()
    known = np.isfinite(probability).all(axis=1)
    best = np.nan_to_num(probability).argmax(axis=1).astype(np.int8)
    sure = known & (np.nan_to_num(probability).max(axis=1) >= certainty)
    dosages[sample[sure], marker[sure]] = best[sure]
    full = Genotypes.from_dosages(dosages, genotypes.samples, genotypes.markers)
    return Imputed(full, method, sample, marker, probability, citations)


def _mean(genotypes: Genotypes, start: Integers) -> Floats:
    """Hardy-Weinberg probabilities of each missing genotype; nan where a marker has none."""
    p = np.repeat(genotypes.frequencies(), np.diff(start))
    return np.column_stack([(1 - p) ** 2, 2 * p * (1 - p), p**2])


def _family(
    genotypes: Genotypes,
    pedigree: "Pedigree | None",
    start: Integers,
    missing: np.ndarray,
    error: float,
    cycles: int,
) -> Floats:
    groups = families(genotypes, pedigree)
    place = groups.of_samples(len(genotypes))
    seen = genotypes.frequencies()
    frequency = np.nan_to_num(seen, nan=0.5)
    table = transmission()
    out = np.empty((missing.size, 3))
    in_parts(
        lambda a, b: kernels.peel(
            genotypes.packed, groups.sample, groups.founder, frequency, error, groups.parents,
            groups.start, groups.children, groups.order, table, cycles, start, missing, place,
            out, a, b,
        ),
        start.size - 1, PART,
    )  # fmt: skip
    out[np.repeat(np.isnan(seen), np.diff(start))] = np.nan  # relatives know nothing either
    return out


def _population(
    genotypes: Genotypes,
    start: Integers,
    missing: np.ndarray,
    window: int,
    linked: int,
    neighbors: int,
) -> Floats:
    """Votes of the nearest samples; Hardy-Weinberg where no marker is linked."""
    order = _map_order(genotypes)
    part = genotypes[:, order] if (np.diff(order) != 1).any() else genotypes
    own_start, own_missing = missing_list(part)
    codes = np.unique(part.markers.chromosomes.astype(str), return_inverse=True)[1]
    planes, chromosome = marker_planes(part), codes.astype(np.int64)
    out = np.empty((missing.size, 3))
    in_parts(
        lambda a, b: kernels.nearest(
            planes, chromosome, window, linked, neighbors, own_start, own_missing, out, a, b
        ),
        order.size, PART,
    )  # fmt: skip
    back = np.empty(order.size, np.int64)
    back[order] = np.arange(order.size)
    sizes = np.diff(start)
    lag = np.arange(missing.size) - np.repeat(start[:-1], sizes)
    found = out[np.repeat(own_start[back], sizes) + lag]
    empty = found.sum(axis=1) == 0.0
    found[empty] = _mean(genotypes, start)[empty]
    return found


def _map_order(genotypes: Genotypes) -> Integers:
    """Markers by chromosome and position; as they come where the map knows no places."""
    markers = genotypes.markers
    codes = np.unique(markers.chromosomes.astype(str), return_inverse=True)[1]
    return np.lexsort((markers.positions, codes)).astype(np.int64)


def transmission() -> Floats:
    """Probability of a child's copies given those of sire and dam, shape (3, 3, 3)."""
    out = np.empty((3, 3, 3))
    for sire in range(3):
        for dam in range(3):
            a, b = sire / 2.0, dam / 2.0
            out[sire, dam] = [(1 - a) * (1 - b), a * (1 - b) + b * (1 - a), a * b]
    return out


def _check(
    method: str, error: float, certainty: float, linked: int, neighbors: int, window: int
) -> None:
    if method not in METHODS:
        text = f"There is no method {method!r} of imputation."
        remedy = (
            f"Use {', '.join(METHODS)}, or a program: ag.alphapeel, ag.alphaimpute2, ag.beagle."
        )
        raise ModelError([Problem("method", (), text, remedy)])
    limits = {
        "error": (error, 1e-6 <= error <= 0.5, "0.000001 to 0.5"),
        "certainty": (certainty, 0 <= certainty <= 1, "0 to 1"),
        "linked": (linked, 1 <= linked <= 64, "1 to 64"),
        "neighbors": (neighbors, neighbors >= 1, "1 and more"),
        "window": (window, window >= 1, "1 and more"),
    }
    wrong = [
        Problem(name, (), f"{name} is {value}.", f"Give {words}.")
        for name, (value, right, words) in limits.items()
        if not right
    ]
    if wrong:
        raise GenotypeError(wrong)


Fill = Callable[[Genotypes], Imputed]
"""What fills missing genotypes, as `lambda g: alphapeel(g, pedigree)`."""


def as_fill(method: str | Fill, options: dict[str, Any]) -> Fill:
    """A method by name, with its options, or the caller's own."""
    if callable(method):
        return method
    return lambda genotypes: impute(genotypes, method, **options)
