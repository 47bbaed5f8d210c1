"""Effective population size from linkage disequilibrium: in the past, and of the parents."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.disequilibrium import bin_edges, ld_decay
from agrigen.genotypes.standardized import Standard


def effective_size(
    genotypes: Genotypes,
    *,
    edges: npt.ArrayLike | None = None,
    cm_per_mb: float | None = 1.0,
    minor_frequency: float = 0.05,
    mutation: bool = True,
) -> pd.DataFrame:
    """Effective population size in the past, from r2 by genetic distance.

    Parameters
    ----------
    edges
        Bins of distance in cM. Default: 0.5 to 40 cM.
    cm_per_mb
        Recombination for maps in base pairs; None takes the centimorgans of the map.
    mutation
        alpha of the formula: 2 with mutation (Tenesa and others 2007), 1 without.

    Returns
    -------
    pandas.DataFrame
        from_cM, to_cM, distance_cM, pairs, r2, generations ago and effective_size.

    Notes
    -----
    E(r2) = 1 / (alpha + 4 Ne c) + 1 / n, with c the rate of recombination of Haldane's map; the
    size at c Morgans is that of about 1 / 2c generations ago (Hayes and others 2003). It assumes
    a closed population in which size changes steadily; recent mixture makes it too small.

    References
    ----------
    Sved 1971, Theor. Popul. Biol. 2:125, doi:10.1016/0040-5809(71)90011-6
    Hayes, Visscher, McPartlan and Goddard 2003, Genome Res. 13:635, doi:10.1101/gr.387103
    Tenesa et al. 2007, Genome Res. 17:520, doi:10.1101/gr.6023607
    """
    centimorgans = bin_edges(np.geomspace(0.5, 40, 24) if edges is None else edges)
    if cm_per_mb is None:
        table = ld_decay(genotypes, edges_kb=centimorgans, unit="cM",
                         minor_frequency=minor_frequency)  # fmt: skip
    else:
        kb = centimorgans * 1000 / cm_per_mb
        table = ld_decay(genotypes, edges_kb=kb, minor_frequency=minor_frequency)
        for name in ("from", "to", "distance"):
            table[f"{name}_cM"] = table[f"{name}_kb"] * cm_per_mb / 1000
    morgan = table["distance_cM"] / 100
    rate = 0.5 * (1 - np.exp(-2 * morgan))
    alpha = 2.0 if mutation else 1.0
    table["generations"] = 1 / (2 * morgan)
    size = (1 / table["adjusted"] - alpha) / (4 * rate)
    # r2 below 1/n, or above 1/alpha, is what no size explains: sampling, or families.
    table["effective_size"] = size.where((table["adjusted"] > 0) & (size > 0))
    columns = ["from_cM", "to_cM", "distance_cM", "pairs", "r2", "generations", "effective_size"]
    return table[columns]


@dataclass(frozen=True)
class ParentalSize:
    """Effective size of the parents: `size`, an interval by jackknife, and what it rests on."""

    size: float
    low: float
    high: float
    r2: float
    expected: float
    pairs: int

    def __repr__(self) -> str:
        return f"effective size {self.size:.1f} ({self.low:.1f} to {self.high:.1f})"


def parental_size(genotypes: Genotypes, *, minor_frequency: float = 0.05) -> ParentalSize:
    """Effective size of the parents' generation from r2 of markers on different chromosomes.

    Mean r2 less what sampling makes of it, 1/S + 3.19/S2 for S samples, in the formula for random
    mating of Waples and Do 2010 (Evol. Appl. 3:244, doi:10.1111/j.1752-4571.2009.00104.x), whose
    NeEstimator users know it as LDNe. The interval is 95 % by leaving out one sample at a time
    (Jones et al. 2016). Infinite where sampling alone explains the r2.

    Give one cohort: mixed generations or families pull the size down.
    """
    samples = len(genotypes)
    if samples < 30:
        message = f"{samples} samples are too few: the correction for sampling holds from 30 on."
        raise GenotypeError([Problem("too_few", (), message, "Give 30 samples or more.")])
    use = Standard.of(genotypes, minor_frequency=minor_frequency)
    names = genotypes.markers.chromosomes
    total = np.zeros((samples, samples))
    within = np.zeros(samples)
    square = linked = 0.0
    for name in genotypes.markers.chromosome_names:
        on = np.flatnonzero((names == name) & use.varies)
        product = use.gram(genotypes, on)
        total += product
        within += (product**2).sum(axis=1)
        linked += float((product**2).sum())
        square += float(on.size) ** 2
    markers = int((use.varies & (names != "0")).sum())
    pairs = int(markers**2 - square) // 2
    if pairs < 1:
        message = "All markers are on one chromosome, so none are unlinked."
        raise GenotypeError([Problem("no_map", (), message, "Give a map with chromosomes.")])
    by_sample = (total**2).sum(axis=1) - within
    r2 = (float((total**2).sum()) - linked) / (2 * pairs * samples**2)
    # Leaving sample k out removes its row and column of the products: 2 sums less the diagonal.
    left = _jackknife(r2, by_sample / (pairs * samples**2), samples)
    expected = 1 / samples + 3.19 / samples**2
    size, high, low = (_random_mating(value - expected) for value in (r2, *left))
    return ParentalSize(size, low, high, r2, expected, pairs)


def _jackknife(r2: float, share: np.ndarray, samples: int) -> tuple[float, float]:
    """r2 1.96 standard errors below and above."""
    without = (r2 - share) * (samples / (samples - 1)) ** 2
    error = np.sqrt((samples - 1) / samples * ((without - without.mean()) ** 2).sum())
    return r2 - 1.96 * float(error), r2 + 1.96 * float(error)


def _random_mating(drift: float) -> float:
    """Ne of r2 less sampling; above 1/25 the square root has no real value and 0 is taken."""
    if drift <= 0:
        return float("inf")
    return float((1 / 3 + np.sqrt(max(1 / 9 - 2.76 * drift, 0.0))) / (2 * drift))
