"""Parents by likelihood: the formula by hand, simulated flocks, and real pigs and cattle."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.genotypes.imputation import transmission
from agrigen.genotypes.parentage_likelihood import _critical, _Tables, parentage_likelihood
from tests.agrigen.genotypes.flock import flock


def by_hand(o, c, p, e):
    """Sum over true genotypes of both; a wrong genotype is a random one."""
    chance = np.array([(1 - p) ** 2, 2 * p * (1 - p), p**2])
    seen = (1 - e) * np.eye(3) + e * np.ones((3, 1)) * chance
    total = 0.0
    for true_o in range(3):
        for true_c in range(3):
            passed = sum(chance[m] * transmission()[true_c, m, true_o] for m in range(3))
            total += chance[true_c] * passed * seen[true_o, o] * seen[true_c, c]
    return np.log10(total / (chance[o] * chance[c]))


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_the_score_of_a_pair_is_the_sum_over_true_genotypes(p):
    tables = _Tables.of(np.array([p]), 0.01)
    for o in range(3):
        for c in range(3):
            children, candidates = np.array([[o]], np.int8), np.array([[c]], np.int8)
            score = tables.lod(children, candidates)[0, 0]
            assert score == pytest.approx(by_hand(o, c, p, 0.01), abs=1e-6)
            absent = np.array([[-1]], np.int8)
            pair = tables.pair_lod(children[0], candidates, absent)[0, 0]
            assert pair == pytest.approx(score, abs=1e-6)  # an unknown dam tells nothing


def test_the_score_of_both_parents_is_the_sum_over_true_genotypes():
    p, e = 0.3, 0.02
    tables = _Tables.of(np.array([p]), e)
    chance = np.array([(1 - p) ** 2, 2 * p * (1 - p), p**2])
    seen = (1 - e) * np.eye(3) + e * np.ones((3, 1)) * chance
    for o, s, d in [(0, 0, 2), (1, 1, 1), (2, 0, 1)]:
        total = sum(
            chance[ts] * chance[td] * transmission()[ts, td, to]
            * seen[to, o] * seen[ts, s] * seen[td, d]
            for to in range(3) for ts in range(3) for td in range(3)
        )  # fmt: skip
        expected = np.log10(total / (chance[o] * chance[s] * chance[d]))
        rows = (np.array([x], np.int8) for x in (o, s, d))
        child, sire, dam = rows
        assert tables.pair_lod(child, sire[None], dam[None])[0, 0] == pytest.approx(
            expected, abs=1e-5
        )


@pytest.fixture(scope="module")
def sheep():
    return flock(markers=400, on_x=10, error=0.01, missing=0.03)


def test_true_parents_come_first_among_close_relatives(sheep):
    result = parentage_likelihood(
        sheep.genotypes(), [i for i in sheep.ids if i[0] in "lg"], pedigree=sheep.pedigree(),
        error=0.01,
    )  # fmt: skip
    best = result.candidates[result.candidates["rank"] == 1]
    assert len(best) == 160
    assert (best["candidate"] == best["recorded"]).mean() > 0.99
    pairs = best.set_index(["id", "role"])
    right = [pairs.loc[(i, "sire"), "other"] == sheep.dam[sheep.row(i)] for i in set(best["id"])]
    assert np.mean(right) > 0.98
    assigned = result.assigned()
    assert (assigned["candidate"] == assigned["recorded"]).mean() > 0.98
    assert (result.simulated["right"] > 0.85).all()


def test_planted_wrong_parents_are_found(sheep):
    wrong = flock(markers=400, on_x=10, error=0.01, missing=0.03)
    for number in (3, 11, 27):
        wrong.sire[wrong.row(f"l{number}")] = f"s{(number + 1) % 6}"
    result = parentage_likelihood(
        wrong.genotypes(), ["l3", "l11", "l27", "l4"], dams=[], pedigree=wrong.pedigree()
    )
    best = result.candidates[result.candidates["rank"] == 1].set_index("id")
    for number in (3, 11, 27):
        assert best.loc[f"l{number}", "candidate"] == f"s{number % 6}"
        assert best.loc[f"l{number}", "candidate"] != best.loc[f"l{number}", "recorded"]
        assert best.loc[f"l{number}", "confidence"] == "strict"
    assert best.loc["l4", "candidate"] == best.loc["l4", "recorded"]


def test_a_small_panel_is_less_sure_than_a_large_one(sheep):
    genotypes = sheep.genotypes()
    few, many = (
        parentage_likelihood(genotypes[:, :n], ["l1"], pedigree=sheep.pedigree(), rng=2)
        for n in (25, 400)
    )
    assert few.simulated["right"].mean() < many.simulated["right"].mean()
    assert few.critical["dam"]["strict"] >= few.critical["dam"]["relaxed"]


def test_critical_deltas_keep_the_share_of_right_assignments():
    deltas = np.array([5.0, 4.0, 3.0, 2.0, 1.0, -np.inf])
    right = np.array([True, True, True, False, True, False])
    assert _critical(deltas, right, 0.8) == 0.0  # all of them together
    assert _critical(deltas, right, 0.9) == 3.0
    assert _critical(deltas, right, 0.95) == 3.0
    assert _critical(deltas, ~right, 0.95) == np.inf


def test_pigs_have_the_parents_that_opposing_homozygotes_accept(reference):
    genotypes, pedigree = real(reference, "msuprp_pig/pig.bed")
    some = genotypes[:, ::8]
    checked = ag.verify_parents(some, pedigree, discover=False).pairs
    accepted = checked[checked["verdict"] == "accepted"]
    young = list(dict.fromkeys(accepted["id"]))[:60]
    result = parentage_likelihood(some, young, pedigree=pedigree, simulations=100)
    best = result.candidates[result.candidates["rank"] == 1].set_index(["id", "role"])
    mine = accepted[accepted["id"].isin(young)]
    assert len(mine) > 100
    for row in mine.itertuples():  # also where a full sib has the higher score alone
        assert best.loc[(row.id, row.role), "candidate"] == row.parent


def test_no_cow_without_genotyped_parents_is_given_a_pair(reference):
    genotypes, pedigree = real(reference, "synbreed_cattle/cattle.bed")
    some = list(genotypes.ids[:30])
    found = ag.discover_parents(genotypes, some, pedigree=pedigree)
    assert not (found["verdict"] == "proposed").any()
    result = parentage_likelihood(genotypes, some, pedigree=pedigree, simulations=50)
    assert result.assigned("relaxed").empty  # full sibs score high but have too many conflicts
    assert not (result.candidates["pair_lod"] > result.candidates["lod"]).any()


def real(reference, name):
    """Genotypes and pedigree of a public set."""
    path = reference / "data" / name
    frame = pd.read_csv(path.with_name("pedigree.csv"), dtype=str, keep_default_na=False)
    return ag.Genotypes.read(path), ag.Pedigree.from_frame(frame[["id", "sire", "dam"]])


def test_what_is_out_of_range_is_named(sheep):
    genotypes = sheep.genotypes()
    with pytest.raises(ag.DataError, match=r"error is 0\.0. Give a number above 0"):
        parentage_likelihood(genotypes, error=0.0)
    with pytest.raises(ag.GenotypeError, match="nobody is not among"):
        parentage_likelihood(genotypes, ["nobody"])
    once = parentage_likelihood(genotypes, ["l1"], sires=["s1"], dams=[], simulations=20)
    twice = parentage_likelihood(genotypes, ["l1"], sires=["s1", "s1"], dams=[], simulations=20)
    pd.testing.assert_frame_equal(once.candidates, twice.candidates)
    one = parentage_likelihood(genotypes, ["l1"], simulations=0, pedigree=sheep.pedigree())
    assert one.critical == {}
    assert set(one.candidates["confidence"]) == {""}
    with pytest.raises(ag.DataError, match="no confidence 'sure'"):
        one.assigned("sure")
    constant = ag.Genotypes.from_dosages(np.zeros((3, 4)), list("abc"))
    with pytest.raises(ag.GenotypeError, match="No autosomal marker varies"):
        parentage_likelihood(constant)
