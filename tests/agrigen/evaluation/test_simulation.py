"""Do estimates mean what they claim? Many simulated populations (slow; run by `make verify`).

Genes are dropped through a pedigree by the package's simulation, which knows nothing of
relationship matrices: 1,000 loci of which the base population's frequencies, and so its additive
variance, are known. Every replicate is estimated; seeds are fixed, so a failure repeats.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.simulate import Genome, Trait, founder_haplotypes, make_cross

pytestmark = pytest.mark.slow

REPLICATES = 500
SELECTED = 200
NORMAL_95 = 1.959964
GENOME = Genome(20, length_morgan=1.0, loci_per_chromosome=50)
GENETIC, RESIDUAL = 40.0, 60.0
SIRES, DAMS, GENERATIONS, BIRTHS, HERDS = 20, 80, 3, 160, 20


@dataclass(frozen=True)
class Population:
    """A pedigree, records and true breeding values."""

    pedigree: ag.Pedigree
    records: pd.DataFrame
    true: np.ndarray


def base_trait(rng):
    """A trait of the genetic variance wanted, at the frequencies of an endless base population."""
    frequency = rng.uniform(0.2, 0.8, GENOME.n_loci)
    effect = rng.normal(size=GENOME.n_loci)
    effect *= np.sqrt(GENETIC / np.sum(2 * frequency * (1 - frequency) * effect**2))
    locus = np.arange(GENOME.n_loci)
    return Trait("y", 100.0, GENETIC, locus, effect, frequency, residual_variance=RESIDUAL)


def population(seed, select):
    """Founders and three generations of offspring, one record an animal, twenty herds.

    `select` chooses parents by their records' deviation from the mean of their herd-mates, which
    holds no herd effect (Henderson's condition for selection that leaves BLUP unbiased): sires the
    best 10 of 80, dams the best 40.
    """
    rng = np.random.default_rng(seed)
    trait = base_trait(rng)
    haplotypes = founder_haplotypes(SIRES + DAMS, GENOME, frequency=trait.base_frequency, rng=rng)
    born = [_Birth(haplotypes, np.full(SIRES + DAMS, -1), np.full(SIRES + DAMS, -1), trait, rng)]
    males, females = np.arange(SIRES), np.arange(SIRES, SIRES + DAMS)
    first = 0
    for _ in range(GENERATIONS):
        if select:
            merit = born[-1].deviation
            males = males[np.argsort(-merit[males])][:10]
            females = females[np.argsort(-merit[females])][:40]
        fathers, mothers = rng.choice(males, BIRTHS), rng.choice(females, BIRTHS)
        calves = make_cross(born[-1].haplotypes, fathers, mothers, GENOME, rng=rng)
        born.append(_Birth(calves, first + fathers, first + mothers, trait, rng))
        first += len(born[-2].haplotypes)
        males, females = np.arange(0, BIRTHS, 2), np.arange(1, BIRTHS, 2)
    sire, dam, herd, y, true = (
        np.concatenate([getattr(birth, name) for birth in born])
        for name in ("sire", "dam", "herd", "y", "true")
    )
    names = [f"a{i}" for i in range(len(sire))] + [""]
    pedigree = ag.Pedigree(names[:-1], [names[i] for i in sire], [names[i] for i in dam])
    order = [int(name[1:]) for name in pedigree.ids]
    return Population(
        pedigree, pd.DataFrame({"animal": names[:-1], "herd": herd, "y": y}), true[order]
    )


class _Birth:
    """One generation: its parents' places in the pedigree, herds, records and true values."""

    def __init__(self, haplotypes, sire, dam, trait, rng):
        self.haplotypes, self.sire, self.dam = haplotypes, sire, dam
        self.herd = rng.permutation(np.arange(len(sire)) % HERDS)
        self.y = trait.pheno(haplotypes, rng=rng)[:, 0] + 5.0 * (self.herd % 7)
        self.true = trait.bv(haplotypes)
        mean = np.bincount(self.herd, self.y) / np.bincount(self.herd)
        self.deviation = self.y - mean[self.herd]


MODEL = ag.Model("y", [ag.Fixed("herd"), ag.Animal()])


def replicate(seed, select):
    """Estimates with their errors, and what predictions at known variances did."""
    made = population(seed, select)
    found = ag.reml(MODEL, made.records, made.pedigree)
    table = found.variances.set_index("parameter")
    heritability = None if select else found.heritability.iloc[0]
    known = {"a": GENETIC, "residual": RESIDUAL}
    values = ag.evaluate(MODEL, made.records, made.pedigree, known).breeding_values
    u, error = values.breeding_value.to_numpy(), made.true - values.breeding_value.to_numpy()
    spread = u - u.mean()
    return {
        "a": table.value["a"],
        "a_se": table.se["a"],
        "residual": table.value["residual"],
        "residual_se": table.se["residual"],
        "h2": heritability.value if heritability is not None else np.nan,
        "h2_se": heritability.se if heritability is not None else np.nan,
        "slope": spread @ (made.true - made.true.mean()) / (spread @ spread),
        "covered": np.mean(np.abs(error) < NORMAL_95 * values.se),
        "mean_squared_error": np.mean(error**2),
        "pev": values.pev.mean(),
        "bias": error[-BIRTHS:].mean() - error[: SIRES + DAMS].mean(),
    }


def replicates(select):
    first, count = (10_000, SELECTED) if select else (1, REPLICATES)
    return pd.DataFrame([replicate(first + i, select) for i in range(count)])


@pytest.fixture(scope="module")
def unselected():
    return replicates(select=False)


@pytest.fixture(scope="module")
def selected():
    return replicates(select=True)


def standard_error(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def assert_mean(values, expected):
    """Within three standard errors of a mean over the replicates."""
    assert abs(values.mean() - expected) < 3 * standard_error(values), values.mean()


TRUE = {"a": GENETIC, "residual": RESIDUAL, "h2": GENETIC / (GENETIC + RESIDUAL)}


@pytest.mark.parametrize("parameter", ["a", "residual"])
def test_reml_is_unbiased(unselected, parameter):
    assert_mean(unselected[parameter], TRUE[parameter])


@pytest.mark.parametrize("parameter", ["a", "residual"])
def test_reml_is_unbiased_under_selection_that_the_records_show(selected, parameter):
    assert_mean(selected[parameter], TRUE[parameter])


@pytest.mark.parametrize("parameter", ["a", "residual", "h2"])
def test_intervals_of_95_percent_cover_93_to_97(unselected, parameter):
    distance = np.abs(unselected[parameter] - TRUE[parameter])
    covered = np.mean(distance < NORMAL_95 * unselected[f"{parameter}_se"])
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("parameter", ["a", "residual", "h2"])
def test_standard_errors_are_the_spread_of_the_estimates(unselected, parameter):
    # The spread of 500 estimates is itself known to 1 / sqrt(2 * 500), 3.2 percent.
    ratio = unselected[f"{parameter}_se"].mean() / unselected[parameter].std(ddof=1)
    assert abs(ratio - 1) < 0.1


@pytest.mark.parametrize("population", ["unselected", "selected"])
def test_true_breeding_values_regress_on_estimated_ones_by_one(request, population):
    assert_mean(request.getfixturevalue(population).slope, 1.0)


def test_intervals_of_breeding_values_cover_95_percent(unselected):
    assert 0.945 <= unselected.covered.mean() <= 0.955


@pytest.mark.parametrize("population", ["unselected", "selected"])
def test_the_error_of_prediction_is_what_is_reported(request, population):
    table = request.getfixturevalue(population)
    assert_mean(table.mean_squared_error - table.pev, 0.0)


@pytest.mark.parametrize("population", ["unselected", "selected"])
def test_genetic_trend_is_estimated_without_bias(request, population):
    assert_mean(request.getfixturevalue(population).bias, 0.0)
