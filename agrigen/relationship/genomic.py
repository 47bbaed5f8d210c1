"""Genomic relationships, additive and of dominance, and how they are made fit for prediction."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg

from agrigen.errors import GenotypeError, ModelError, NotAvailable, Problem, SolveError
from agrigen.genotypes import Genotypes
from agrigen.genotypes.base_frequency import base_frequencies
from agrigen.pedigree import Pedigree
from agrigen.relationship.crossproduct import centered_products, coded_products, sums_by_sample
from agrigen.relationship.partial import PartialRelationship
from agrigen.types import Flags, Floats, Texts

if TYPE_CHECKING:
    from agrigen.workers import Workers

METHODS = ("vanraden1", "vanraden2", "yang", "dominance")
FREQUENCIES = ("observed", "base", "half")
Means = tuple[float, float, float]
"""Of the diagonal, off it, and of all elements."""

TUNINGS = ("chen", "christensen", "vitezica", "mean", "unit")


@dataclass(frozen=True, eq=False)
class GenomicRelationship:
    """Relationships of genotyped animals.

    Attributes
    ----------
    ids
        The animals, in the order of the matrix.
    matrix
        Symmetric; 1 is an animal of the base without inbreeding.
    frequencies
        Of the counted alleles, that the genotypes were centred with.
    markers
        Which markers were used.
    method
        One of METHODS.
    scale
        What the sum over markers was divided by.
    steps
        What was done to the matrix since, in words.
    """

    ids: Texts
    matrix: Floats
    frequencies: Floats
    markers: Flags
    method: str
    scale: float
    steps: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.ids.size)

    def __repr__(self) -> str:
        size = len(self)
        diagonal = np.diagonal(self.matrix)
        off = self._off_diagonal_mean()
        steps = "".join(f"\n{step}" for step in self.steps)
        return (
            f"Genomic relationships ({self.method}) of {size:,} animals at "
            f"{int(self.markers.sum()):,} markers\n"
            f"diagonal: mean {diagonal.mean():.4f}, {diagonal.min():.4f} to {diagonal.max():.4f}\n"
            f"off diagonal: mean {off:.4f}{steps}"
        )

    def to_frame(self) -> pd.DataFrame:
        """The matrix with ids."""
        return pd.DataFrame(self.matrix, index=self.ids, columns=self.ids)

    def blend(
        self, weight: float, other: PartialRelationship | Floats | None = None
    ) -> "GenomicRelationship":
        """(1 - weight) G + weight A22, or plus weight I without `other`.

        Parameters
        ----------
        weight
            From 0 to 1; 0.05 is what BLUPF90 takes.
        other
            Relationships by pedigree of the same animals in the same order.
        """
        if not 0 <= weight <= 1:
            message = f"A weight of {weight} is not between 0 and 1."
            raise ModelError([Problem("weight", (), message, "Give 0.05, for example.")])
        matrix = self.matrix * (1 - weight)
        if other is None:
            matrix[np.diag_indices_from(matrix)] += weight
        else:
            matrix += weight * self._fitting(other)
        what = "I" if other is None else "A22"
        return self._with(matrix, f"blended: {1 - weight:g} G + {weight:g} {what}")

    def tune(
        self, other: PartialRelationship | Floats | None = None, *, method: str = "chen"
    ) -> "GenomicRelationship":
        """a + b G, so that it is on the scale of A22.

        Parameters
        ----------
        other
            Relationships by pedigree of the same animals in the same order; not for "unit".
        method
            "chen": means of the diagonal and off it equal those of A22 (Chen et al. 2011; BLUPF90
            `tunedG 2`); "christensen": means of the diagonal and of all elements (Christensen et
            al. 2012); "vitezica": a is the mean of A22 - G and b = 1 - a / 2 (Vitezica et al. 2011;
            `tunedG 4`); "mean": a alone (`tunedG 3`); "unit": a diagonal of mean 1 and mean 0
            off it (`tunedG 1`).
        """
        a, b = self.tuning(other, method=method)
        return self._with(a + b * self.matrix, f"tuned ({method}): {a:.6g} + {b:.6g} G")

    def tuning(
        self, other: PartialRelationship | Floats | None = None, *, method: str = "chen"
    ) -> tuple[float, float]:
        """a and b of `tune`."""
        if method not in TUNINGS:
            message = f"There is no tuning {method!r}."
            raise ModelError([Problem("method", (), message, f"Give {', '.join(TUNINGS)}.")])
        if method != "unit" and other is None:
            message = f"The tuning {method!r} needs relationships by pedigree."
            raise ModelError([Problem("no_pedigree", (), message, "Give A22 of the animals.")])
        ours = _means(self.matrix)
        theirs = (1.0, 0.0, 0.0) if other is None else _means(self._fitting(other))
        return tuning_of(method, ours, theirs)

    def inverse(self) -> Floats:
        """The dense inverse.

        Raises
        ------
        SolveError
            If the matrix is not positive definite: more animals than markers, or two with the
            same genotypes.
        """
        factor = self._cholesky()
        out = linalg.lapack.get_lapack_funcs(("potri",), (factor,))[0](factor, lower=1)[0]
        lower = np.tril(out)
        return cast(Floats, lower + np.tril(lower, -1).T)

    def logdet(self) -> float:
        """Log-determinant."""
        return float(2 * np.log(np.diagonal(self._cholesky())).sum())

    def _cholesky(self) -> Floats:
        try:
            return cast(Floats, linalg.cholesky(self.matrix, lower=True, check_finite=False))
        except linalg.LinAlgError:
            raise SolveError(
                f"The genomic relationships of {len(self)} animals are not positive definite: two "
                "of them have the same genotypes, or there are fewer markers than animals. Blend "
                "them first: G.blend(0.05, A22)."
            ) from None

    def _with(self, matrix: Floats, step: str) -> "GenomicRelationship":
        return replace(self, matrix=matrix, steps=(*self.steps, step))

    def _fitting(self, other: PartialRelationship | Floats) -> Floats:
        if isinstance(other, PartialRelationship):
            if list(other.ids) != list(self.ids):
                message = "The relationships by pedigree are of other animals, or in other order."
                remedy = "Make them with PartialRelationship(pedigree, G.ids)."
                raise GenotypeError([Problem("other_animals", (), message, remedy)])
            return other.block
        block = np.asarray(other, dtype=np.float64)
        if block.shape != self.matrix.shape:
            message = f"A22 has shape {block.shape}; G has {self.matrix.shape}."
            raise GenotypeError([Problem("shape", (), message, "Give A22 of the same animals.")])
        return block

    def _off_diagonal_mean(self) -> float:
        return _means(self.matrix)[1]


def grm(
    genotypes: Genotypes,
    method: str = "vanraden1",
    *,
    frequencies: npt.ArrayLike | str = "observed",
    pedigree: Pedigree | None = None,
    min_maf: float = 0.0,
    dtype: npt.DTypeLike = np.float64,
    workers: "Workers | None" = None,
) -> GenomicRelationship:
    """Genomic relationships of all samples. A missing genotype stands at the mean of its marker.

    "vanraden1": Z Z' / (2 sum p q), Z the dosages less 2p. "vanraden2": every marker divided by
    its own 2pq, then the mean; off the diagonal that is Yang's too. "yang": as that, with the
    diagonal of Yang et al. (2010), whose sampling variance is less; the "unified additive
    relationship" of Powell et al. (2010). "dominance": H H' / sum (2 p q)^2, H the
    deviations of dominance, -2 q^2, 2 p q and -2 p^2 (Vitezica et al. 2013).

    Parameters
    ----------
    genotypes
        Of the animals.
    method
        One of METHODS; "uar" is another name of "yang".
    frequencies
        Of the counted alleles: "observed"; "half" (all 0.5); "base", estimated for the founders
        of `pedigree` (Gengler et al. 2007); or one for each marker.
    pedigree
        Where base frequencies come from; it holds all samples.
    min_maf
        Markers whose rarer allele is less frequent than this are left out. Those of one
        allele always are, but for "vanraden1", where they count as the frequencies say.
    dtype
        Of the matrix: float64, or float32 in half the memory.
    workers
        Other processes or machines that take blocks of "vanraden1" (`agrigen.Workers`): the same
        bits as without.

    Notes
    -----
    "vanraden1" counts bits: dot products are exact whole numbers, and centring adds rounding of
    the order of 1e-15 (float32: 1e-7) only. The others sum blocks of markers by BLAS.

    References
    ----------
    VanRaden 2008, J. Dairy Sci. 91:4414; Yang et al. 2010, Nat. Genet. 42:565; Powell et al.
    2010, Nat. Rev. Genet. 11:800; Vitezica et al. 2013, Genetics 195:1223.
    """
    method = "yang" if method == "uar" else method
    _check(genotypes, method, dtype)
    if workers is not None and method != "vanraden1":
        message = f"Workers take blocks of vanraden1 only, not of {method}."
        raise NotAvailable([Problem("workers", (), message, "Leave workers out.")])
    given = frequencies_of(genotypes, frequencies, pedigree)
    used = used_markers(genotypes, given, min_maf, method)
    chosen = genotypes if used.all() else genotypes[:, used]
    p = given[used]
    if method == "vanraden1":
        scale = float(2 * (p * (1 - p)).sum())
        matrix = centered_products(chosen, p, scale, np.dtype(dtype), workers)
    else:
        codes, scale = _codes(method, p)
        matrix = coded_products(chosen, codes, np.dtype(dtype))
        matrix /= scale
    if method == "yang":
        np.fill_diagonal(matrix, _yang_diagonal(chosen, p))
    return GenomicRelationship(genotypes.ids, matrix, given, used, method, scale)


def _check(genotypes: Genotypes, method: str, dtype: npt.DTypeLike) -> None:
    if method not in METHODS:
        message = f"There is no method {method!r} of genomic relationships."
        raise ModelError([Problem("method", (), message, f"Give one of {', '.join(METHODS)}.")])
    if np.dtype(dtype) not in (np.float32, np.float64):
        message = f"Relationships come as float32 or float64, not {np.dtype(dtype)}."
        raise ModelError([Problem("dtype", (), message, "Ask for one of these.")])
    if 0 in genotypes.shape:
        message = "There are no genotypes."
        raise GenotypeError([Problem("empty", (), message, "Give samples with markers.")])


def frequencies_of(
    genotypes: Genotypes, frequencies: npt.ArrayLike | str, pedigree: Pedigree | None
) -> Floats:
    """Frequencies as `grm` takes them, one for each marker."""
    if isinstance(frequencies, str):
        return _named(genotypes, frequencies, pedigree)
    given = np.asarray(frequencies, dtype=np.float64)
    if given.shape != (genotypes.shape[1],):
        message = f"There are {given.size} frequencies for {genotypes.shape[1]} markers."
        raise GenotypeError([Problem("shape", (), message, "Give one for each marker.")])
    if not ((given >= 0) & (given <= 1)).all():
        wrong = np.flatnonzero(~((given >= 0) & (given <= 1)))[0]
        message = f"Marker {genotypes.markers.names[wrong]} has a frequency of {given[wrong]}."
        raise GenotypeError([Problem("frequency", (), message, "Give values from 0 to 1.")])
    return given


def _named(genotypes: Genotypes, name: str, pedigree: Pedigree | None) -> Floats:
    if name == "observed":
        return np.nan_to_num(genotypes.frequencies())
    if name == "half":
        return np.full(genotypes.shape[1], 0.5)
    if name != "base":
        message = f"There are no frequencies {name!r}."
        raise ModelError([Problem("frequencies", (), message, f"Give {', '.join(FREQUENCIES)}.")])
    if pedigree is None:
        message = "Frequencies of the base need a pedigree."
        raise ModelError([Problem("no_pedigree", (), message, "Give pedigree=.")])
    return base_frequencies(genotypes, PartialRelationship(pedigree, genotypes.ids))


def used_markers(genotypes: Genotypes, p: Floats, min_maf: float, method: str) -> Flags:
    """Which markers count; it is an error if none does."""
    rarer = np.minimum(p, 1 - p)
    used = rarer >= min_maf
    if method != "vanraden1":
        used &= rarer > 0
    if not used.any() or not (rarer[used] > 0).any():
        message = f"None of {p.size} markers has two alleles as frequent as asked."
        remedy = "Lower min_maf, or check the genotypes: all samples are alike."
        raise GenotypeError([Problem("monomorphic", (), message, remedy)])
    return used


def _codes(method: str, p: Floats) -> tuple[Floats, float]:
    """Values of two, one and no copies at each marker, and what the products are divided by."""
    q = 1 - p
    if method == "dominance":
        codes = np.stack([-2 * q * q, 2 * p * q, -2 * p * p], axis=1)
        return codes, float(((2 * p * q) ** 2).sum())
    deviation = np.sqrt(2 * p * q)
    codes = (np.array([2.0, 1.0, 0.0]) - 2 * p[:, None]) / deviation[:, None]
    return codes, float(p.size)


def _yang_diagonal(genotypes: Genotypes, p: Floats) -> Floats:
    """1 + mean of (x^2 - (1 + 2p) x + 2 p^2) / (2 p q); a missing genotype adds none."""
    x = np.array([2.0, 1.0, 0.0])
    values = x * x - (1 + 2 * p[:, None]) * x + 2 * (p * p)[:, None]
    values /= (2 * p * (1 - p))[:, None]
    return 1 + sums_by_sample(genotypes, values) / p.size


def _means(matrix: Floats) -> Means:
    """Means of the diagonal, off it, and of all elements."""
    size = len(matrix)
    diagonal = float(np.diagonal(matrix).mean())
    total = float(matrix.sum(dtype=np.float64))
    off = (total - size * diagonal) / (size * (size - 1)) if size > 1 else 0.0
    return diagonal, off, total / size**2


def tuning_of(method: str, ours: Means, theirs: Means) -> tuple[float, float]:
    """a and b that put relationships of our means on the scale of theirs."""
    diagonal, off, mean = ours
    wanted_diagonal, wanted_off, wanted_mean = theirs
    if method in ("mean", "vitezica"):
        a = wanted_mean - mean
        return a, (1 - a / 2 if method == "vitezica" else 1.0)
    if method == "christensen":
        off, wanted_off = mean, wanted_mean
    if np.isclose(diagonal, off, rtol=1e-12, atol=1e-12):
        message = "The relationships are all alike and cannot be put on another scale."
        raise GenotypeError([Problem("alike", (), message, "Check the genotypes.")])
    b = (wanted_diagonal - wanted_off) / (diagonal - off)
    return wanted_off - b * off, b
