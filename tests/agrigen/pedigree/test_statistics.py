"""Statistics of a pedigree against their definitions and closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

import agrigen as ag
from tests.agrigen.reference.pedigrees import (
    equivalent_generations,
    founder_shares,
    gene_drop_ancestors,
)
from tests.agrigen.strategies import parents, pedigree_of


def with_parents(pedigree):
    return np.flatnonzero((pedigree.sire >= 0) & (pedigree.dam >= 0))


@given(parents())
@settings(deadline=None)
def test_equivalent_generations_count_every_ancestor(pair):
    pedigree = pedigree_of(*pair)
    expected = equivalent_generations(pedigree.sire, pedigree.dam)
    np.testing.assert_allclose(pedigree.equivalent_generations(), expected, atol=1e-12)
    deep = int(pedigree.generation.max(initial=0)) + 1
    known = pedigree.completeness(deep)
    by_generation = known[[str(g + 1) for g in range(deep)]].sum(axis=1)
    np.testing.assert_allclose(by_generation, expected, atol=1e-12)


@given(parents())
@settings(deadline=None)
def test_founder_contributions_follow_the_genes(pair):
    pedigree = pedigree_of(*pair)
    reference = with_parents(pedigree)
    assume(reference.size)
    found = pedigree.founder_contributions()
    shares = founder_shares(tuple(pedigree.sire), tuple(pedigree.dam), reference)
    expected = {}
    for (animal, _), value in shares.items():
        expected[pedigree.ids[animal]] = expected.get(pedigree.ids[animal], 0) + value
    assert dict(zip(found["id"], found["contribution"], strict=True)) == pytest.approx(expected)
    assert found["contribution"].sum() == pytest.approx(1)


@given(parents())
@settings(deadline=None)
def test_each_ancestor_is_the_one_that_explains_most_of_the_rest(pair):
    pedigree = pedigree_of(*pair)
    reference = with_parents(pedigree)
    assume(reference.size)
    sire, dam = tuple(pedigree.sire), tuple(pedigree.dam)
    found = pedigree.ancestor_contributions()
    chosen = []
    for step, row in enumerate(found.itertuples()):
        before = gene_drop_ancestors(sire, dam, reference, frozenset(chosen))
        chosen.append(pedigree.index(row.id))
        after = gene_drop_ancestors(sire, dam, reference, frozenset(chosen))
        assert row.cumulative == pytest.approx(after, abs=1e-12)
        assert row.marginal == pytest.approx(after - before, abs=1e-12)
        if step < 2:  # no other animal would have explained more
            others = [
                gene_drop_ancestors(sire, dam, reference, frozenset([*chosen[:-1], i]))
                for i in range(len(pedigree))
            ]
            assert max(others) == pytest.approx(after, abs=1e-12)
    assert found["cumulative"].iloc[-1] == pytest.approx(1)


@given(parents())
@settings(deadline=None)
def test_paths_of_inbreeding_sum_to_the_coefficient(pair):
    pedigree = pedigree_of(*pair)
    for place in np.flatnonzero(pedigree.inbreeding() > 0)[:3]:
        paths = pedigree.inbreeding_paths(pedigree.ids[place])
        assert paths["contribution"].sum() == pytest.approx(pedigree.inbreeding()[place])


def test_paths_of_a_mating_of_half_sibs():
    pedigree = ag.Pedigree(["a", "b", "x"], ["s", "s", "a"], ["d", "e", "b"])
    paths = pedigree.inbreeding_paths("x")
    assert paths.iloc[0].tolist() == ["s", "a - s - b", 1, 1, 0.0, 0.125]
    assert len(paths) == 1
    assert pedigree.inbreeding_paths("a").empty
    assert pedigree.common_ancestors("a", "b").to_dict("list") == {
        "id": ["s"],
        "generations_a": [1],
        "generations_b": [1],
    }
    assert pedigree.common_ancestors("x", "a")["id"].tolist() == ["a", "s", "d"]


def test_too_many_paths_are_refused_with_a_way_out():
    pedigree = circular(males=2, females=2, generations=9)
    with pytest.raises(ag.DataError, match="more than 50 paths"):
        pedigree.inbreeding_paths(pedigree.ids[-1], most=50)


def circular(males, females, generations):
    """Every generation all males mate in turn with all females, and each sex is born."""
    ids, sires, dams = [], [], []
    for g in range(generations + 1):
        for k in range(males + females):
            ids.append(f"{g}m{k}" if k < males else f"{g}f{k - males}")
            sires.append(f"{g - 1}m{k % males}" if g else "")
            dams.append(f"{g - 1}f{(k // 2 + g) % females}" if g else "")
    return ag.Pedigree(ids, sires, dams)


def random_mating(males, females, generations, seed):
    """Every parent is drawn anew: Wright's idealized population with two sexes."""
    rng = np.random.default_rng(seed)
    ids, sires, dams, births = [], [], [], []
    for g in range(generations + 1):
        for k in range(males + females):
            ids.append(f"{g}m{k}" if k < males else f"{g}f{k - males}")
            sires.append(f"{g - 1}m{rng.integers(males)}" if g else "")
            dams.append(f"{g - 1}f{rng.integers(females)}" if g else "")
            births.append(f"{2000 + 2 * g}-01-01")
    return ag.Pedigree(ids, sires, dams, birth=births)


def test_effective_sizes_of_an_idealized_population_agree_with_wright():
    sizes = []
    for seed in range(12):
        pedigree = random_mating(10, 30, 12, seed)
        youngest = [i for i in pedigree.ids if i.startswith("12")]
        found = pedigree.effective_size(youngest)
        assert set(found.table["estimator"]) == {
            "increase in inbreeding",
            "increase in coancestry",
            "regression",
            "sires and dams",
        }
        sizes.append([found["increase in inbreeding"], found["increase in coancestry"]])
    harmonic = 1 / np.mean(1 / np.array(sizes), axis=0)
    assert harmonic == pytest.approx(30, rel=0.12)  # 4 x 10 x 30 / 40; 12 replicates of 12


def test_founders_that_contribute_alike_are_all_effective():
    ids = [f"x{k}" for k in range(4)]
    pedigree = ag.Pedigree(ids, ["s0", "s0", "s1", "s1"], ["d0", "d1", "d2", "d3"])
    diversity = pedigree.diversity()
    # Two sires give a quarter each, four dams an eighth.
    assert diversity.effective_founders == pytest.approx(1 / (2 / 16 + 4 / 64))
    assert diversity.effective_ancestors == pytest.approx(diversity.effective_founders)
    assert diversity.founders == 6
    # Mean relationship: 4 of 1, 4 of 0.25 (half sibs), the rest 0, over 16.
    assert diversity.founder_genomes == pytest.approx(16 / 5)
    assert "effective founders" in str(diversity)
    assert set(diversity.to_frame().columns) == {"name", "value"}
    assert "Boichard" in ag.cite(diversity)


def test_an_unknown_parent_is_a_founder_of_its_own():
    found = ag.Pedigree(["x", "y"], ["s", "x"], ["d", ""]).founder_contributions(["y"])
    rows = {(row.id, row.unknown): row.contribution for row in found.itertuples()}
    assert rows == {("y", "dam"): 0.5, ("s", "both"): 0.25, ("d", "both"): 0.25}


def test_bounds_hold_the_effective_number_of_ancestors():
    pedigree = random_mating(6, 12, 6, seed=3)
    whole = pedigree.diversity(most=1000)
    for most in (1, 3, 10):
        low, high = pedigree.diversity(most=most).bounds
        assert low <= whole.effective_ancestors <= high


def test_completeness_of_a_half_known_pedigree():
    table = ag.Pedigree(["x", "s", "y"], ["s", "g", "s"], ["d", "", ""]).completeness(2)
    row = table.set_index("id").loc["x"]
    assert row[["1", "2", "full", "deepest"]].tolist() == [1.0, 0.25, 1, 2]
    assert row["equivalent"] == 1.25
    assert row["index"] == pytest.approx(2 * 0.75 * 0.5 / 1.25)
    assert table.set_index("id").at["y", "index"] == 0  # nothing known of the dam's side


def test_generation_intervals_are_in_years():
    intervals = random_mating(3, 5, 4, seed=1).generation_intervals().set_index("path")
    assert intervals["mean"].round(2).tolist() == [2.0] * 5
    assert intervals.loc["all", "animals"] == intervals["animals"].iloc[:4].sum()


def test_intervals_need_births():
    with pytest.raises(ag.DataError, match="no birth dates"):
        ag.Pedigree(["1"], [""], [""]).generation_intervals()


def test_a_reference_of_nobody_is_refused():
    with pytest.raises(ag.DataError, match="reference population is empty"):
        ag.Pedigree(["1"], [""], [""]).diversity()
    with pytest.raises(ag.DataError, match="'9' is not in the pedigree"):
        ag.Pedigree(["1"], [""], [""]).diversity(["9"])


def test_the_summary_counts():
    summary = ag.Pedigree(["x", "y", "z"], ["s", "s", "s"], ["d", "", "x"]).summary()
    assert summary.to_mapping() == {
        "animals": 5,
        "founders": 2,
        "one_parent": 1,
        "implied_founders": 2,
        "groups": 0,
        "sires": 1,
        "dams": 2,
        "largest_sire_family": 3,
        "largest_dam_family": 1,
        "generations": 2,
        "equivalent_generations": pytest.approx((1 + 0.5 + 1.5) / 5),
        "inbred": 1,
        "mean_inbreeding": 0.05,
        "largest_inbreeding": 0.25,
    }
    assert "inbred animals" in str(summary)
    assert list(summary.to_frame()) == ["name", "meaning", "value"]
    assert ag.Pedigree([], [], []).summary().animals == 0


def test_statistics_of_a_published_pedigree(reference):
    """Wray et al. 1990: eight animals, four generations of close matings."""
    frame = pd.read_csv(
        reference / "data" / "nadiv_pedigrees" / "Wray90.csv", dtype=str, keep_default_na=False
    )
    pedigree = ag.Pedigree.from_frame(frame, birth="time")
    assert pedigree.inbreeding().tolist() == [0, 0, 0, 0, 0.25, 0.25, 0.3125, 0.46875]
    paths = pedigree.inbreeding_paths("8").groupby("ancestor")["contribution"].sum()
    assert paths.to_dict() == {"5": 0.3125, "4": 0.0625, "2": 0.078125, "1": 0.015625}
