"""Parents, duplicates, swaps and sexes told by genotypes."""

import numpy as np
import pandas as pd
import pytest

from agrigen.errors import DataError, GenotypeError
from agrigen.genotypes import Genotypes
from agrigen.genotypes.duplicates import duplicates, identity_by_state
from agrigen.genotypes.mendelian import mendelian_conflicts
from agrigen.genotypes.parentage import (
    ParentageRules,
    discover_parents,
    opposing_homozygotes,
    verify_parents,
)
from agrigen.genotypes.sex import check_sex
from agrigen.pedigree import Pedigree

from .flock import flock


@pytest.fixture(scope="module")
def sheep():
    return flock()


def recorded(sheep, **changed):
    """The pedigree with the sires of some animals changed."""
    sire = [changed.get(id, old) for id, old in zip(sheep.ids, sheep.sire, strict=True)]
    birth = [2000 + (2 if i[0] == "l" else 4 if i[0] == "g" else 0) for i in sheep.ids]
    return Pedigree(sheep.ids, sire, sheep.dam, birth=birth)


def test_opposing_homozygotes_are_those_of_a_plain_loop(sheep):
    g = sheep.genotypes()
    found = opposing_homozygotes(g, ["l0", "l0", "d3"], ["s0", "s1", "g19"])
    for a, b, conflicts, compared, _ in found.itertuples(index=False):
        x, y = sheep.dosages[sheep.row(a)], sheep.dosages[sheep.row(b)]
        both = (x >= 0) & (y >= 0)
        assert conflicts == (both & (abs(x.astype(int) - y) == 2)).sum()
        assert compared == both.sum()


def test_true_parents_are_accepted(sheep):
    result = verify_parents(sheep.genotypes(), sheep.pedigree(), kind="sheep")
    assert result.counts == {"accepted": 160}
    assert result.proposals.empty
    assert result.swaps.empty
    assert "120 markers are not on an autosome" in result.notes[0]


def test_a_planted_wrong_sire_is_found_and_the_right_one_is_proposed(sheep):
    wrong = recorded(sheep, l0="s1", l7="s4")  # truly s0 and s1
    result = verify_parents(sheep.genotypes(), wrong, kind="sheep")
    excluded = result.pairs[result.pairs["verdict"] == "excluded"]
    assert list(zip(excluded["id"], excluded["parent"], strict=True)) == [
        ("l0", "s1"),
        ("l7", "s4"),
    ]
    fixed = result.corrections()
    assert fixed.to_numpy().tolist() == [
        ["l0", "sire", "s1", "s0"], ["l7", "sire", "s4", "s1"],
    ]  # fmt: skip
    assert "l0: sire s0 instead of s1" in repr(result)


def test_no_parent_is_proposed_where_the_true_one_is_not_genotyped(sheep):
    g = sheep.genotypes()
    without = g[[id for id in sheep.ids if id != "s0"]]
    result = verify_parents(without, recorded(sheep, l0="s1"), kind="sheep")
    assert result.proposals.query("id == 'l0' and verdict == 'proposed'").empty
    assert result.counts["not genotyped"] == 9


def test_unknown_parents_are_found_as_a_pair_among_all_samples(sheep):
    bare = Pedigree(sheep.ids, [""] * len(sheep.ids), [""] * len(sheep.ids))
    found = discover_parents(sheep.genotypes(), ["l3", "g2"], pedigree=bare, kind="sheep")
    best = found.drop_duplicates(["id", "role"]).set_index(["id", "role"])["candidate"]
    for id in ("l3", "g2"):
        row = sheep.row(id)
        assert best[id, "sire"] == sheep.sire[row]
        assert best[id, "dam"] == sheep.dam[row]


def test_birth_dates_keep_an_animals_own_offspring_from_being_its_parent(sheep):
    found = discover_parents(
        sheep.genotypes(), ["l3"], pedigree=sheep.pedigree(), kind="sheep"
    )  # fmt: skip
    assert not found["candidate"].str.startswith("g").any()


def test_without_dates_or_another_parent_the_direction_is_not_told(sheep):
    pair = sheep.genotypes()[["s0", "l0"]]
    bare = Pedigree(["s0", "l0"], ["", ""], ["", ""])
    found = discover_parents(pair, pedigree=bare, kind="sheep")
    assert set(found["verdict"]) == {"direction unknown"}
    dated = Pedigree(["s0", "l0"], ["", ""], ["", ""], birth=[2000, 2002], sex=["M", "M"])
    found = discover_parents(pair, pedigree=dated, kind="sheep")
    assert found[["id", "candidate", "verdict"]].to_numpy().tolist() == [["l0", "s0", "proposed"]]


def test_two_exchanged_samples_are_found(sheep):
    dosages = sheep.dosages.copy()
    a, b = sheep.row("l2"), sheep.row("l16")  # both male, of other sires and dams
    dosages[[a, b]] = dosages[[b, a]]
    result = verify_parents(sheep.genotypes(dosages), sheep.pedigree(), kind="sheep")
    assert result.swaps[["a", "b"]].to_numpy().tolist() == [["l2", "l16"]]
    assert result.swaps["conflicting_after"].item() == 0


def test_a_sample_twice_is_found_and_sibs_are_not(sheep):
    dosages = sheep.dosages.copy()
    dosages[sheep.row("l5")] = dosages[sheep.row("l41")]
    dosages[sheep.row("l5"), :10] = -1
    pairs = duplicates(sheep.genotypes(dosages))
    assert pairs[["a", "b"]].to_numpy().tolist() == [["l5", "l41"]]
    assert pairs["identity"].item() == 1
    assert duplicates(sheep.genotypes()).empty


def test_identity_by_state_is_the_mean_share_of_equal_alleles(sheep):
    g = sheep.genotypes()[:9]
    x = np.where(sheep.dosages[:9] < 0, np.nan, sheep.dosages[:9])
    plain = np.nanmean(1 - np.abs(x[:, None] - x[None]) / 2, axis=2)
    np.testing.assert_allclose(identity_by_state(g), plain, rtol=1e-12)


def test_mendelian_conflicts_are_those_of_a_plain_loop(sheep):
    dosages = sheep.dosages.copy()
    child, sire, dam = (sheep.row(name) for name in ("l0", "s0", "d0"))
    dosages[[child, sire, dam], :4] = np.array([[1, 0, 2, 1], [2, 2, 1, 0], [2, 1, 0, -1]])
    found = mendelian_conflicts(sheep.genotypes(dosages), sheep.pedigree())
    row = found.families.set_index("id").loc["l0"]
    c, s, d = (dosages[i].astype(int) for i in (child, sire, dam))
    with_sire = (c >= 0) & (s >= 0) & (abs(c - s) == 2)
    with_dam = (c >= 0) & (d >= 0) & (abs(c - d) == 2)
    between = (c == 1) & (s == d) & ((s == 0) | (s == 2))
    assert row["with_sire"] == with_sire.sum()
    assert row["with_dam"] == with_dam.sum()
    assert row["between"] == between.sum()
    assert row["conflicts"] == (with_sire | with_dam | between).sum()
    assert found.by_marker.sum() == found.families["conflicts"].sum()


def test_the_sex_is_told_and_a_wrong_record_is_named(sheep):
    g = sheep.genotypes()
    told = check_sex(g, kind="sheep")
    assert set(told["verdict"]) == {"agrees"}
    said = g.samples.sex.copy()
    said[sheep.row("d5")] = 1
    wrong = check_sex(g, kind="sheep", recorded=said).query("verdict == 'conflict'")
    assert wrong["id"].tolist() == ["d5"]
    assert wrong["inferred"].tolist() == ["female"]


def test_without_the_species_there_is_no_x_and_it_says_so(sheep):
    with pytest.raises(DataError, match="Name the species"):
        check_sex(sheep.genotypes())


def test_too_few_markers_say_nothing(sheep):
    result = verify_parents(sheep.genotypes()[:, :150], sheep.pedigree(), kind="sheep")
    assert result.counts == {"too few markers": 160}
    assert result.proposals.empty


def test_a_panel_may_have_a_rule_in_numbers(sheep):
    rules = ParentageRules(accept_conflicts=1, exclude_conflicts=3, verification=90)
    assert ParentageRules.from_mapping(rules.to_mapping()) == rules
    result = verify_parents(
        sheep.genotypes()[:, :100], recorded(sheep, l0="s1"), rules=rules, kind="sheep"
    )
    assert result.pairs.set_index(["id", "role"])["verdict"]["l0", "sire"] == "excluded"
    assert result.counts["accepted"] > 150


@pytest.mark.parametrize(
    "values", [{"accept": 0.03}, {"accept": -1}, {"accept_conflicts": 1}, {"nonsense": 1}]
)
def test_rules_that_contradict_themselves_are_refused(values):
    with pytest.raises(DataError):
        ParentageRules.from_mapping(values)


def test_a_genotyped_animal_missing_from_the_pedigree_is_named(sheep):
    pedigree = Pedigree(sheep.ids[:50], sheep.sire[:50], sheep.dam[:50])
    result = verify_parents(sheep.genotypes(), pedigree, kind="sheep", discover=False)
    assert any("Not in the pedigree: l20" in note for note in result.notes)


def test_only_sex_chromosomes_cannot_tell_parents(sheep):
    with pytest.raises(GenotypeError, match="autosome"):
        verify_parents(sheep.genotypes()[:, 1500:], kind="sheep")


def test_all_samples_of_one_animal_and_none_are_no_trouble(sheep):
    empty = Genotypes.from_dosages(np.empty((0, 3)), [])
    assert duplicates(empty).empty
    one = sheep.genotypes()[:1]
    assert verify_parents(one, kind="sheep").pairs.empty


def test_mendelian_conflicts_equal_plink(sheep, plink):
    dosages = sheep.dosages.copy()
    dosages[sheep.row("l4"), :1500] = sheep.dosages[sheep.row("l5"), :1500]
    g = sheep.genotypes(dosages)[:, :1500]
    folder = plink(g, "--chr-set", 26, "--mendel", "--mendel-duos")
    by_marker = pd.read_csv(folder / "out.lmendel", sep=r"\s+")
    found = mendelian_conflicts(g)
    assert found.by_marker.sum() > 100
    np.testing.assert_array_equal(found.by_marker, by_marker["N"])


def test_identity_by_state_equals_plink(sheep, plink):
    g = sheep.genotypes()[:, :1500]
    folder = plink(g, "--chr-set", 26, "--distance", "1-ibs", "square", "flat-missing")
    theirs = np.loadtxt(folder / "out.mdist")
    np.testing.assert_allclose(1 - identity_by_state(g), theirs, atol=6e-7)
