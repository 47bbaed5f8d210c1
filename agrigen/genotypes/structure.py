"""Structure of a population: principal components, and samples that stand apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import eigh, qr
from scipy.stats import chi2

from agrigen._kernels import parentage as kernels
from agrigen.citations import Citation
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import sample_planes
from agrigen.genotypes.sources import MUSCO_2015, PATTERSON_2006
from agrigen.genotypes.standardized import Standard
from agrigen.random import Seed, generator
from agrigen.types import Floats, Integers, Texts

DENSE_LIMIT = 20_000
"""Samples above which the exact decomposition (3.2 GB there) is refused."""


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Principal components of samples.

    Attributes
    ----------
    ids
        The samples.
    values
        Largest eigenvalues of the standardized relationship matrix.
    vectors
        Unit eigenvectors, shape (samples, components).
    total
        Sum of all eigenvalues.
    loadings
        Of the markers that vary, shape (markers, components): `project` places new samples.
    markers, counted
        Names of these markers and the alleles that were counted.
    method, iterations
        "exact" or "randomized", and passes over the genotypes of the latter.
    """

    ids: Texts
    values: Floats
    vectors: Floats
    total: float
    loadings: Floats
    standard: Standard
    markers: Texts
    counted: Texts
    method: str
    iterations: int

    @property
    def explained(self) -> Floats:
        """Share of the total of each component."""
        return self.values / self.total

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (PATTERSON_2006,) if self.method == "exact" else (PATTERSON_2006, MUSCO_2015)

    def to_frame(self) -> pd.DataFrame:
        """id, PC1, PC2, ..."""
        names = [f"PC{number}" for number in range(1, self.values.size + 1)]
        frame = pd.DataFrame(self.vectors, columns=names)
        frame.insert(0, "id", self.ids)
        return frame

    def project(self, genotypes: Genotypes) -> pd.DataFrame:
        """Where new samples lie among the old ones; their markers and alleles must be the same.

        Raises
        ------
        GenotypeError
            If a marker is absent or counts the other allele.
        """
        part = genotypes[:, self.markers]
        turned = part.markers.counted != self.counted
        if turned.any():
            name = part.markers.names[np.flatnonzero(turned)[0]]
            message = f"{int(turned.sum())} markers count another allele, first {name}."
            remedy = "Write both sets with the same counted alleles."
            raise GenotypeError([Problem("alleles", (), message, remedy)])
        scores = np.zeros((len(part), self.values.size))
        for places, block in self.standard.blocks(part, np.arange(len(part.markers))):
            scores += block @ self.loadings[places]
        names = [f"PC{number}" for number in range(1, self.values.size + 1)]
        frame = pd.DataFrame(scores, columns=names)
        frame.insert(0, "id", part.ids)
        return frame

    def __repr__(self) -> str:
        shares = ", ".join(f"{share:.1%}" for share in self.explained[:5])
        return (
            f"{self.values.size} components of {self.ids.size:,} samples ({self.method}): {shares}"
        )


def pca(
    genotypes: Genotypes,
    components: int = 10,
    *,
    method: str = "auto",
    minor_frequency: float = 0.0,
    rng: Seed = 1,
) -> PrincipalComponents:
    """Principal components of the samples.

    The eigenvectors of G = Z Z' / m, Z being dosages standardized by 2p(1 - p) and m the markers;
    those that do not vary count in m, as in `plink2 --pca`, and in nothing else. Choose autosomal
    markers, and prune them (`ld_prune`) where families or inversions would otherwise make
    components of their own.

    Parameters
    ----------
    method
        "exact": all of G is formed, and each pair is divided by the markers known in both, as by
        `plink2 --pca`. "randomized": block Krylov iteration on the packed genotypes, for many
        samples; missing genotypes count as the mean (`plink2 --pca approx` does so too).
        "auto": exact up to 5,000 samples.
    minor_frequency
        Markers with a rarer minor allele are left out.
    rng
        Of the randomized method; a number gives the same result each time.

    References
    ----------
    Patterson, Price and Reich 2006, PLoS Genet. 2:e190, doi:10.1371/journal.pgen.0020190
    Musco and Musco 2015, Adv. Neural Inf. Process. Syst. 28:1396, arXiv:1504.05477
    """
    samples = len(genotypes)
    _check(samples, components, method)
    standard = Standard.of(genotypes, minor_frequency=minor_frequency, observed=False)
    if not standard.varies.any():
        message = "No marker varies among these samples, so there are no components."
        raise GenotypeError([Problem("monomorphic", (), message, "Choose more samples.")])
    exact = method == "exact" or (method == "auto" and samples <= 5000)
    if exact:
        g = _relationship(genotypes, standard)
        values, vectors = eigh(g, subset_by_index=[samples - components, samples - 1])
        values, vectors, total, rounds = values[::-1], vectors[:, ::-1], float(np.trace(g)), 1
    else:
        values, vectors, rounds = _randomized(genotypes, standard, components, rng)
        squares = sum(float((block**2).sum()) for _, block in standard.blocks(genotypes))
        total = squares / int(standard.used.sum())
    return _result(genotypes, standard, values, vectors, total,
                   "exact" if exact else "randomized", rounds)  # fmt: skip


def outliers(
    scores: pd.DataFrame, groups: Any, *, probability: float = 1e-6, least: int = 10
) -> pd.DataFrame:
    """Samples far from their group (breed, farm) in principal components.

    Parameters
    ----------
    scores
        `PrincipalComponents.to_frame()`; give few components, such as the first four.
    groups
        A name for each sample; those of groups smaller than `least` are not judged.
    probability
        Of a distance this large in a group of normal scatter.

    Returns
    -------
    pandas.DataFrame
        id, group, distance (squared, over medians and median deviations, which outliers do not
        pull), probability, nearest (group whose median is closest) and outlier.
    """
    names = np.asarray(groups, dtype=object)
    values = scores.drop(columns="id").to_numpy()
    if names.shape != (len(values),):
        message = f"There are {names.size} groups for {len(values)} samples."
        raise DataError([Problem("shape", (), message, "Give one group for each sample.")])
    known = [g for g in pd.unique(names) if (names == g).sum() >= least]
    middle = {g: np.median(values[names == g], axis=0) for g in known}
    distance = np.full(len(values), np.nan)
    for group in known:
        own = values[names == group]
        # 1.4826 medians of deviation are a standard deviation of the normal distribution.
        spread = 1.4826 * np.median(np.abs(own - middle[group]), axis=0)
        distance[names == group] = (((own - middle[group]) / np.maximum(spread, 1e-12)) ** 2).sum(1)
    chance = chi2.sf(distance, values.shape[1])
    centers = np.array([middle[g] for g in known]).reshape(len(known), values.shape[1])
    far = (
        ((values[:, None] - centers[None]) ** 2).sum(axis=2)
        if known
        else np.zeros((len(values), 0))
    )
    nearest = [known[row.argmin()] if known else "" for row in far]
    return pd.DataFrame({"id": scores["id"], "group": names, "distance": distance,
                         "probability": chance, "nearest": nearest,
                         "outlier": chance < probability})  # fmt: skip


def _check(samples: int, components: int, method: str) -> None:
    if method not in ("auto", "exact", "randomized"):
        message = f"The method {method!r} is not known."
        raise DataError([Problem("rule", (), message, "Give auto, exact or randomized.")])
    if not 1 <= components < max(samples, 1):
        message = f"{components} components of {samples} samples cannot be had."
        remedy = "Ask for at least 1 and fewer than there are samples."
        raise GenotypeError([Problem("too_few", (), message, remedy)])
    if method == "exact" and samples > DENSE_LIMIT:
        message = f"An exact decomposition of {samples:,} samples takes too much memory."
        raise GenotypeError([Problem("too_many", (), message, "Use method='randomized'.")])


def _relationship(genotypes: Genotypes, standard: Standard) -> Floats:
    """Z Z' over the markers known in both samples of a pair."""
    g = standard.gram(genotypes)
    part = genotypes[:, standard.used]
    if part.counts()[:, 3].sum() == 0:
        return g / len(part.markers)
    compared = np.zeros((3, len(part), len(part)), np.int32)
    planes = sample_planes(part)
    in_parts(lambda a, b: kernels.identity_by_state(planes, compared, a, b), len(part), 16)
    return g / np.maximum(compared[2], 1)


def _randomized(
    genotypes: Genotypes, standard: Standard, components: int, rng: Seed
) -> tuple[Floats, Floats, int]:
    """Block Krylov iteration (Musco and Musco 2015) until the eigenvalues stay to 1e-10.

    One pass over the genotypes adds a block of columns to the basis; 30 passes at most.
    """
    samples, markers = len(genotypes), int(standard.used.sum())
    width = min(samples, components + 10)
    block = qr(generator(rng).standard_normal((samples, width)), mode="economic")[0]
    basis, products = np.empty((samples, 0)), np.empty((samples, 0))
    before = np.zeros(components)
    rounds = 0
    while True:
        rounds += 1
        product = standard.gram_times(genotypes, block) / markers
        basis, products = np.hstack([basis, block]), np.hstack([products, product])
        values, turn = eigh(basis.T @ products)
        top = values[::-1][:components]
        settled = np.abs(top - before).max() <= 1e-10 * top[0]
        if settled or rounds == 30 or basis.shape[1] == samples:
            return top, (basis @ turn)[:, ::-1][:, :components], rounds
        before = top
        for _ in range(2):  # once is not orthogonal to the last digit
            product -= basis @ (basis.T @ product)
        block = qr(product, mode="economic")[0][:, : samples - basis.shape[1]]


def _result(
    genotypes: Genotypes,
    standard: Standard,
    values: Floats,
    vectors: Floats,
    total: float,
    method: str,
    rounds: int,
) -> PrincipalComponents:
    # An eigenvector has no sign of its own: the entry furthest from 0 is made positive.
    furthest = vectors[np.abs(vectors).argmax(axis=0), np.arange(values.size)]
    vectors = vectors * np.sign(furthest)
    use: Integers = standard.markers
    loadings = np.empty((use.size, values.size))
    filled = 0
    for places, block in standard.blocks(genotypes):
        loadings[filled : filled + places.size] = block.T @ vectors
        filled += places.size
    # z' loadings / (m value) is the sample's own entry of the eigenvector.
    loadings /= np.maximum(values, 1e-12) * int(standard.used.sum())
    kept = Standard(standard.mean[use], standard.scale[use], *np.ones((2, use.size), bool))
    names, counted = (c[use] for c in (genotypes.markers.names, genotypes.markers.counted))
    return PrincipalComponents(genotypes.ids, values, vectors, total, loadings, kept, names,
                               counted, method, rounds)  # fmt: skip
