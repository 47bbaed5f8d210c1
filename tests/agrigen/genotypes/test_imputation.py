"""Missing genotypes: enumeration by hand, laws of inheritance, hidden ones found again."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.genotypes.imputation import impute, transmission
from agrigen.genotypes.imputation_accuracy import imputation_accuracy
from tests.agrigen.genotypes.flock import flock

ERROR = 0.001


def enumerated(pedigree, dosages, frequency):
    """Probabilities of every animal's genotype at one locus: the sum over all combinations."""
    table = transmission()
    prior = np.array([(1 - frequency) ** 2, 2 * frequency * (1 - frequency), frequency**2])
    total = np.zeros((len(pedigree), 3))
    for states in product(range(3), repeat=len(pedigree)):
        weight = 1.0
        for (sire, dam), g, seen in zip(pedigree, states, dosages, strict=True):
            if sire is None and dam is None:
                weight *= prior[g]
            elif dam is None:
                weight *= sum(prior[d] * table[states[sire], d, g] for d in range(3))
            else:
                weight *= table[states[sire], states[dam], g]
            if seen >= 0:
                weight *= 1 - ERROR if g == seen else ERROR / 2
        for animal, g in enumerate(states):
            total[animal, g] += weight
    return total / total.sum(axis=1, keepdims=True)


TREE = [(None, None), (None, None), (0, 1), (0, 1), (0, None), (2, None)]
SEEN = [
    [-1, 2, 1, -1, 2, -1], [-1, -1, 0, 2, -1, 1], [1, -1, -1, -1, 0, 0], [-1, -1, -1, -1, -1, 2],
]  # fmt: skip


@pytest.mark.parametrize("dosages", SEEN)
def test_peeling_equals_the_sum_over_all_combinations(dosages):
    ids = list("abcdef")
    names = [[ids[p] if p is not None else "" for p in pair] for pair in TREE]
    pedigree = ag.Pedigree(ids, [n[0] for n in names], [n[1] for n in names])
    others = [f"x{k}" for k in range(40)]  # strangers that fix the frequency
    column = np.array([*dosages, *np.repeat([0, 1, 2], [16, 16, 8])])
    genotypes = ag.Genotypes.from_dosages(column[:, None], ids + others)
    frequency = float(genotypes.frequencies()[0])
    found = impute(genotypes, "family", pedigree=pedigree, error=ERROR)
    exact = enumerated(TREE, dosages, frequency)
    missing = [k for k, seen in enumerate(dosages) if seen < 0]
    assert list(found.sample) == missing
    assert found.probability == pytest.approx(exact[missing], abs=1e-4)


def test_relatives_without_genotypes_pass_on_what_they_know():
    pedigree = ag.Pedigree(["s", "d", "a", "b"], ["", "", "s", "s"], ["", "", "d", "d"])
    ids = ["a", "b", *(f"x{k}" for k in range(20))]
    column = np.array([2, -1, *[0] * 18, 1, 1])[:, None]
    genotypes = ag.Genotypes.from_dosages(column, ids)
    alone = impute(genotypes, "mean").dosage[0]
    assert impute(genotypes, "family", pedigree=pedigree).dosage[0] > 3 * alone


def test_a_child_of_opposite_homozygotes_is_heterozygous():
    genotypes = ag.Genotypes.from_dosages([[2], [0], [-1]], ["s", "d", "c"])
    pedigree = ag.Pedigree(["s", "d", "c"], ["", "", "s"], ["", "", "d"])
    found = impute(genotypes, "family", pedigree=pedigree)
    assert found.genotypes.dosages()[2, 0] == 1
    assert found.probability[0, 1] > 0.99


@pytest.fixture(scope="module")
def sheep():
    return flock(markers=600, on_x=10)


@pytest.mark.parametrize("method", ["mean", "family", "population"])
def test_what_was_observed_stays(sheep, method):
    genotypes = sheep.genotypes()
    options = {"pedigree": sheep.pedigree()} if method == "family" else {}
    found = impute(genotypes, method, **options)
    before, after = genotypes.dosages(), found.genotypes.dosages()
    assert (before == after)[before >= 0].all()
    assert found.left == 0
    assert found.probability.sum(axis=1) == pytest.approx(1.0)
    assert found.dosages()[before < 0] == pytest.approx(
        found.dosage[np.lexsort((found.marker, found.sample))]
    )
    again = impute(genotypes, method, **options)
    assert again.genotypes.sha256 == found.genotypes.sha256


def test_families_know_more_than_frequencies(sheep):
    genotypes = sheep.genotypes()
    mean = imputation_accuracy(genotypes, "mean", rng=1)
    family = imputation_accuracy(genotypes, "family", rng=1, pedigree=sheep.pedigree())
    assert family.concordance > mean.concordance + 0.05
    assert family.correlation > 0.5
    assert np.isnan(mean.correlation)  # expected copies are the mean, nothing varies
    assert family.hidden == mean.hidden == family.filled
    assert family.by_frequency["hidden"].sum() == family.hidden
    assert family.by_sample["hidden"].sum() == family.hidden


def test_real_pigs_are_filled_from_linked_markers(reference):
    pigs = ag.Genotypes.read(reference / "data/msuprp_pig/pig.bed")
    part = pigs[:, np.isin(pigs.markers.chromosomes, ["17", "18"])]
    mean = imputation_accuracy(part, "mean", rng=1)
    linked = imputation_accuracy(part, "population", rng=1)
    assert linked.concordance > 0.94 > 0.65 > mean.concordance
    assert linked.correlation > 0.93


def test_a_function_of_the_caller_can_be_judged(sheep):
    genotypes = sheep.genotypes()
    one = imputation_accuracy(genotypes, lambda g: impute(g, "mean"), rng=3, share=0.02)
    assert one.concordance == imputation_accuracy(genotypes, "mean", rng=3, share=0.02).concordance


def test_a_chip_of_lower_density_is_a_share_of_one(sheep):
    genotypes = sheep.genotypes()
    young = [name for name in genotypes.ids if name.startswith("g")]
    found = imputation_accuracy(
        genotypes, "family", share=1, samples=young, markers=slice(1, 600, 2),
        pedigree=sheep.pedigree(),
    )  # fmt: skip
    assert set(found.by_sample["sample"]) == set(young)
    assert found.concordance > 0.6


def test_uncertain_genotypes_can_stay_missing(sheep):
    genotypes = sheep.genotypes()
    found = impute(genotypes, "family", pedigree=sheep.pedigree(), certainty=0.9)
    sure = found.probability.max(axis=1) >= 0.9
    assert found.left == (~sure).sum()
    assert 0 < found.left < found.sample.size


def test_what_cannot_be_imputed_is_named(sheep):
    genotypes = sheep.genotypes()
    with pytest.raises(ag.ModelError, match="no method 'magic'"):
        impute(genotypes, "magic")
    with pytest.raises(ag.GenotypeError, match=r"linked is 65\. Give 1 to 64"):
        impute(genotypes, linked=65)
    with pytest.raises(ag.GenotypeError, match="No sample has a parent"):
        impute(genotypes, "family", pedigree=ag.Pedigree(["z"], [""], [""]))
    with pytest.raises(ag.GenotypeError, match="cannot be hidden"):
        imputation_accuracy(genotypes, share=0.0)
    empty = ag.Genotypes.from_dosages(np.full((3, 2), -1), list("abc"))
    with pytest.raises(ag.GenotypeError, match="No known genotype"):
        imputation_accuracy(empty)
    parents = ag.Pedigree(list("abc"), ["", "", "a"], ["", "", "b"])
    for left in (impute(empty, "mean"), impute(empty, "family", pedigree=parents)):
        assert left.left == 6
        assert np.isnan(left.probability).all()


def test_the_report_is_a_frame(sheep):
    frame = imputation_accuracy(sheep.genotypes(), "population", rng=1).to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert {"class", "hidden", "concordance", "expected", "correlation"} <= set(frame)
