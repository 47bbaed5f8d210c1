"""Quantitative traits on a simulated genome: effects at loci, breeding values, phenotypes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np

from agrigen.random import Seed, generator
from agrigen.simulate.genome import Genome


@dataclass(frozen=True, eq=False)
class Trait:
    """An additive trait.

    Attributes
    ----------
    name
        Code of the trait.
    mean
        Mean of the base population, in the unit of the trait.
    genetic_variance
        Additive genetic variance of the base population, unit squared.
    locus
        Loci that carry an effect (QTL), shape (qtl,).
    effect
        Effect of one copy of allele 1 at each of them, shape (qtl,), unit of the trait.
    base_frequency
        Frequency of allele 1 in the base population, shape (qtl,).
    permanent_variance
        Variance of the permanent environment of an animal, unit squared.
    residual_variance
        Variance of the residual of one record, unit squared.
    """

    name: str
    mean: float
    genetic_variance: float
    locus: np.ndarray
    effect: np.ndarray
    base_frequency: np.ndarray
    permanent_variance: float = 0.0
    residual_variance: float = 0.0

    @property
    def heritability(self) -> float:
        """Genetic variance over phenotypic variance of one record, in the base population."""
        phenotypic = self.genetic_variance + self.permanent_variance + self.residual_variance
        return self.genetic_variance / phenotypic

    def set_var_e(self, *, heritability: float, permanent: float = 0.0) -> Self:
        """The same trait with residual variance such that a record has this heritability.

        ``permanent`` is the share of the phenotypic variance due to the permanent environment.
        The name follows AlphaSimR's setVarE(h2=).
        """
        if not (0 < heritability <= 1 and permanent >= 0 and heritability + permanent <= 1):
            raise ValueError(
                "heritability lies in (0, 1], permanent in [0, 1], and their sum is at most 1; "
                f"got {heritability} and {permanent}."
            )
        phenotypic = self.genetic_variance / heritability
        return replace(
            self,
            permanent_variance=permanent * phenotypic,
            residual_variance=max(0.0, (1 - heritability - permanent) * phenotypic),
        )

    def bv(self, haplotypes: np.ndarray) -> np.ndarray:
        """True breeding values, shape (animals,): deviations from the base-population mean."""
        dosage = haplotypes[:, :, self.locus].sum(axis=1, dtype=np.int64)
        return (dosage - 2 * self.base_frequency) @ self.effect

    def gv(self, haplotypes: np.ndarray) -> np.ndarray:
        """Genetic values, shape (animals,): mean plus breeding value."""
        return self.mean + self.bv(haplotypes)

    def permanent_environment(self, animals: int, *, rng: Seed = None) -> np.ndarray:
        """Draw permanent environmental effects, shape (animals,)."""
        return generator(rng).normal(0.0, np.sqrt(self.permanent_variance), animals)

    def pheno(
        self,
        haplotypes: np.ndarray,
        *,
        records: int = 1,
        rng: Seed = None,
    ) -> np.ndarray:
        """Phenotypes, shape (animals, records): genetic value, permanent environment, residual."""
        random = generator(rng)
        animals = len(haplotypes)
        steady = self.gv(haplotypes) + self.permanent_environment(animals, rng=random)
        residual = random.normal(0.0, np.sqrt(self.residual_variance), (animals, records))
        return steady[:, None] + residual


def add_trait_a(
    founders: np.ndarray,
    genome: Genome,
    names: Sequence[str],
    *,
    mean: Sequence[float],
    variance: Sequence[float],
    correlation: np.ndarray | Sequence[Sequence[float]] | None = None,
    qtl_per_chromosome: int = 10,
    scale: str = "sample",
    rng: Seed = None,
) -> list[Trait]:
    """Additive traits with shared QTL, scaled to the wanted genetic variances.

    Parameters
    ----------
    founders
        Haplotypes of the base population, shape (animals, 2, loci).
    genome
        Where the loci are.
    names, mean, variance
        Code, base mean (unit of the trait) and additive genetic variance (unit squared) of each
        trait.
    correlation
        Genetic correlations, shape (traits, traits); default: none.
    qtl_per_chromosome
        Loci with an effect on each chromosome, drawn at random; normal effects.
    scale
        ``"sample"``: the breeding values of these founders have exactly the wanted covariances
        (as AlphaSimR does); ``"genic"``: the sum of 2pq times squared effects has, that is the
        variance under Hardy-Weinberg and linkage equilibrium.
    rng
        Seed or generator.

    Notes
    -----
    Effects are drawn uncorrelated and then turned by one linear map, so one set of QTL serves all
    traits and gives the genetic correlations. The name follows AlphaSimR's addTraitA.
    """
    random = generator(rng)
    deviation = np.sqrt(np.asarray(variance, dtype=float))
    traits = len(names)
    shape = np.eye(traits) if correlation is None else np.asarray(correlation, dtype=float)
    wanted = shape * np.outer(deviation, deviation)
    locus = _draw_loci(genome, qtl_per_chromosome, random)
    dosage = founders[:, :, locus].sum(axis=1, dtype=np.int64)
    frequency = dosage.mean(axis=0) / 2
    raw = random.standard_normal((len(locus), traits))
    effect = _turn(raw, _raw_covariance(raw, dosage, frequency, scale), wanted)
    return [
        Trait(
            name,
            float(mean[i]),
            float(variance[i]),
            locus,
            effect[:, i].copy(),
            frequency,
        )
        for i, name in enumerate(names)
    ]


def _draw_loci(genome: Genome, per_chromosome: int, random: np.random.Generator) -> np.ndarray:
    start = genome.chromosome_start
    fewest = int(np.diff(start).min())
    if not 1 <= per_chromosome <= fewest:
        raise ValueError(
            f"qtl_per_chromosome must lie between 1 and the {fewest} loci of the shortest "
            f"chromosome, not {per_chromosome}."
        )
    return np.concatenate(
        [
            np.sort(random.choice(np.arange(first, last), per_chromosome, replace=False))
            for first, last in pairwise(start)
        ]
    )


def _raw_covariance(
    raw: np.ndarray, dosage: np.ndarray, frequency: np.ndarray, scale: str
) -> np.ndarray:
    if scale == "sample":
        return np.atleast_2d(np.cov(dosage @ raw, rowvar=False))
    if scale == "genic":
        return raw.T @ (raw * (2 * frequency * (1 - frequency))[:, None])
    raise ValueError(f'scale is "sample" or "genic", not {scale!r}.')


def _turn(raw: np.ndarray, have: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    try:
        from_raw, to_wanted = np.linalg.cholesky(have), np.linalg.cholesky(wanted)
    except np.linalg.LinAlgError:
        raise ValueError(
            "The traits cannot be scaled: variances must be above 0, correlations must form a "
            "positive definite matrix, and the founders must differ at the QTL."
        ) from None
    return raw @ np.linalg.inv(from_raw).T @ to_wanted.T
