"""Merging: what is equal stays equal, and what differs is told."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.genotypes.alleles import AmbiguousWarning
from agrigen.genotypes.strand import complement

LETTERS = [("A", "G"), ("C", "A"), ("T", "C"), ("G", "T")]


def chip(samples: int = 12, markers: int = 8, seed: int = 3, *, name: str = "s") -> ag.Genotypes:
    rng = np.random.default_rng(seed)
    pairs = [LETTERS[k % 4] for k in range(markers)]
    table = ag.MarkerMap.of(
        [f"m{k}" for k in range(markers)], chromosomes=["1"] * markers,
        positions=np.arange(1, markers + 1) * 10, counted=[p[0] for p in pairs],
        other=[p[1] for p in pairs],
    )  # fmt: skip
    dosages = rng.integers(-1, 3, (samples, markers))
    return ag.Genotypes.from_dosages(dosages, [f"{name}{k}" for k in range(samples)], table)


def turned(genotypes: ag.Genotypes, swap: np.ndarray, flip: np.ndarray) -> ag.Genotypes:
    """The same genotypes counting the other allele, and spelled on the other strand."""
    markers = genotypes.markers
    counted = np.where(swap, markers.other, markers.counted)
    other = np.where(swap, markers.counted, markers.other)
    counted, other = (np.where(flip, complement(c), c).astype(object) for c in (counted, other))
    dosages = genotypes.dosages()
    dosages = np.where(swap & (dosages >= 0), 2 - dosages, dosages)
    return ag.Genotypes.from_dosages(
        dosages, genotypes.samples, replace(markers, counted=counted, other=other)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=8, max_size=8))
def test_swaps_and_flips_are_found_and_undone(how: list[tuple[bool, bool]]) -> None:
    swap, flip = np.array(how).T
    first = chip()
    second = turned(chip(5, seed=4, name="t"), swap, flip)
    found = ag.compare_alleles(first, second)
    assert set(found.names("swapped")) == {f"m{k}" for k in range(8) if swap[k] and not flip[k]}
    assert set(found.names("flipped")) == {f"m{k}" for k in range(8) if flip[k] and not swap[k]}
    both = ag.merge_genotypes([first, second])
    assert np.array_equal(both.genotypes.dosages()[:12], first.dosages())
    assert np.array_equal(both.genotypes.dosages()[12:], chip(5, seed=4, name="t").dosages())
    assert both.counts["flipped and swapped"] == (swap & flip).sum()


def test_union_and_intersection_of_samples_and_markers() -> None:
    whole = chip(12, 8)
    parts = [whole[:7, :6], whole[4:, 3:]]
    union = ag.merge_genotypes(parts, names=["old", "new"])
    assert union.genotypes.shape == (12, 8)
    wanted = whole.dosages()
    wanted[:4, 6:] = -1
    wanted[7:, :3] = -1
    assert np.array_equal(union.genotypes.dosages(), wanted)
    assert union.duplicates["sample"].tolist() == ["s4", "s5", "s6"]
    assert (union.duplicates["concordance"] == 1).all()
    both = ag.merge_genotypes(parts, markers="intersection", samples="intersection")
    assert both.genotypes.sha256 == whole[4:7, 3:6].sha256


@pytest.mark.parametrize("policy", ["refuse", "first", "missing"])
def test_a_sample_with_two_genotypes_is_told_and_treated_as_asked(policy: str) -> None:
    first = chip(4, 8)
    other = first.dosages()
    other[1, 2] = (other[1, 2] + 1) % 3 if other[1, 2] >= 0 else 1
    other[2, 5] = -1
    second = ag.Genotypes.from_dosages(other, first.samples, first.markers)
    differs = first.dosages()[1, 2] >= 0
    assert differs
    if policy == "refuse":
        with pytest.raises(ag.GenotypeError, match=r"1 samples have different .* s1 8\d\.\d\d% of"):
            ag.merge_genotypes([first, second])
        return
    found = ag.merge_genotypes([first, second], duplicates=policy)
    wanted = first.dosages()
    if policy == "missing":
        wanted[1, 2] = -1
    assert np.array_equal(found.genotypes.dosages(), wanted)
    row = found.duplicates.set_index("sample").loc["s1"]
    assert row["compared"] - row["equal"] == 1


def ambiguous(frequency: float, samples: int, name: str, letters: str = "AT") -> ag.Genotypes:
    copies = round(2 * samples * frequency)
    dosages = np.array([min(2, max(0, copies - 2 * k)) for k in range(samples)])
    table = ag.MarkerMap.of(["m"], chromosomes=["1"], positions=[5], counted=[letters[0]],
                            other=[letters[1]])  # fmt: skip
    return ag.Genotypes.from_dosages(
        dosages[:, None], [f"{name}{k}" for k in range(samples)], table
    )


@pytest.mark.parametrize(
    ("second", "letters", "state"),
    [(0.2, "AT", "same"), (0.8, "AT", "flipped and swapped"), (0.8, "TA", "swapped"),
     (0.2, "TA", "flipped"), (0.5, "AT", "undecided")],
)  # fmt: skip
def test_markers_that_look_alike_on_both_strands_are_told_by_frequency_with_a_warning(
    second: float, letters: str, state: str
) -> None:
    pair = ambiguous(0.2, 20, "a"), ambiguous(second, 20, "b", letters)
    with pytest.warns(AmbiguousWarning, match="1 markers have the alleles A and T, or C and G"):
        assert ag.compare_alleles(*pair).counts[state] == 1
    with pytest.warns(AmbiguousWarning):
        if state == "undecided":
            with pytest.raises(ag.GenotypeError, match="No marker is in all sets"):
                ag.merge_genotypes(pair)
        else:
            joined = ag.merge_genotypes(pair).genotypes
            assert joined[20:].frequencies()[0] == pytest.approx(0.2)
    assert ag.compare_alleles(*pair, ambiguous="drop").counts["undecided"] == 1


def test_strands_or_one_coding_of_both_maps_leave_no_doubt() -> None:
    first, second = ambiguous(0.2, 20, "a"), ambiguous(0.8, 20, "b")

    def of(genotypes: ag.Genotypes, **known: object) -> ag.Genotypes:
        return ag.Genotypes(
            genotypes.packed, genotypes.samples, replace(genotypes.markers, **known)
        )

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = ag.compare_alleles(of(first, coding="TOP"), of(second, coding="TOP"))
        assert told.counts["same"] == 1
        plus, minus = (np.array([sign], dtype=object) for sign in "+-")
        told = ag.compare_alleles(of(first, strands=plus), of(second, strands=minus))
        assert told.counts["flipped and swapped"] == 1


def test_a_set_without_an_allele_takes_its_name_from_the_other() -> None:
    first, second = chip(3, 2), chip(3, 2, seed=9, name="t")
    markers = replace(first.markers, counted=np.array(["0", "0"], object))
    silent = ag.Genotypes.from_dosages(np.zeros((3, 2)), first.samples, markers)
    joined = ag.merge_genotypes([silent, second]).genotypes
    assert joined.markers.counted.tolist() == second.markers.counted.tolist()
    assert np.array_equal(joined.dosages()[3:], second.dosages())


def test_other_assemblies_species_and_places_are_refused_with_words() -> None:
    first, second = chip(), chip(name="t")

    def of(genotypes: ag.Genotypes, **known: object) -> ag.Genotypes:
        return ag.Genotypes(
            genotypes.packed, genotypes.samples, replace(genotypes.markers, **known)
        )

    old, new = of(first, assembly="Oar_v3.1"), of(second, assembly="ARS-UI_Ramb_v2.0")
    with pytest.raises(ag.GenotypeError, match=r"set 2 has positions of ARS-UI.* of Oar_v3\.1"):
        ag.merge_genotypes([old, new])
    cattle = of(second, assembly="bosTau9")
    with pytest.raises(ag.GenotypeError, match=r"set 2 is of cattle, the sets before of sheep"):
        ag.merge_genotypes([of(first, species="sheep"), cattle])
    alpacas = [of(first, species="alpaca"), of(second, species="alpaca")]
    assert ag.merge_genotypes(alpacas).genotypes.markers.species == "alpaca"
    same = ag.merge_genotypes([of(first, assembly="oviAri3"), of(second, assembly="Oar_v3.1")])
    assert same.genotypes.markers.assembly == "oviAri3"
    moved = of(second, positions=second.markers.positions + np.eye(8, dtype=np.int64)[2])
    with pytest.raises(ag.GenotypeError, match=r"1 markers of set 2 have other places .*: m2\."):
        ag.merge_genotypes([first, moved])
    kept = ag.merge_genotypes([first, moved], positions="first")
    assert kept.positions["marker"].tolist() == ["m2"]
    assert kept.genotypes.markers.positions[2] == 30


def test_chromosome_27_of_sheep_is_x() -> None:
    first, second = chip(), chip(name="t")
    x, number = (
        ag.Genotypes(
            one.packed, one.samples, replace(one.markers, chromosomes=np.full(8, name, object))
        )
        for one, name in ((first, "X"), (second, "27"))
    )
    assert len(ag.merge_genotypes([x, number], kind="sheep").positions) == 0
    with pytest.raises(ag.GenotypeError, match="8 markers of set 2 have other places"):
        ag.merge_genotypes([x, number])


def test_a_third_set_may_share_samples_with_the_second_only() -> None:
    first, second = chip(4, 6), chip(5, 6, seed=4, name="t")
    names = [f"n{k}" for k in range(3)]
    third = ag.Genotypes.from_dosages(np.ones((5, 3)), list(second.ids), names)
    merged = ag.merge_genotypes([first, second, third]).genotypes
    assert merged.shape == (9, 9)
    assert np.array_equal(merged.dosages(markers=names)[4:], np.ones((5, 3)))


def test_sets_with_nothing_in_common_or_other_codings_are_refused() -> None:
    first = chip()
    strange = ag.Genotypes.from_dosages(np.ones((2, 2)), ["u", "v"], ["x1", "x2"])
    with pytest.raises(ag.GenotypeError, match="set 2 shares no marker and no sample"):
        ag.merge_genotypes([first, strange])
    ab = replace(first.markers, counted=np.full(8, "B", object), other=np.full(8, "A", object))
    coded = ag.Genotypes.from_dosages(np.ones((2, 8)), ["u", "v"], ab)
    with pytest.raises(ag.GenotypeError, match="One set spells alleles as A and B"):
        ag.merge_genotypes([first, coded])
    other = replace(first.markers, other=np.full(8, "DEL", object))
    with pytest.raises(ag.GenotypeError, match="8 of 8 markers of set 2 have other alleles"):
        ag.merge_genotypes([first, ag.Genotypes(chip(name="t").packed,
                                                chip(name="t").samples, other)])  # fmt: skip
    with pytest.raises(ag.GenotypeError, match="There are 2 sets and 1 names"):
        ag.merge_genotypes([first, first], names=["low"])
    with pytest.raises(ag.GenotypeError, match="There are 1 sets"):
        ag.merge_genotypes([first])


def test_halves_of_the_real_sheep_make_the_whole(reference: Path, tmp_path: Path) -> None:
    whole = ag.Genotypes.read(reference / "data/detectruns_sheep/Kijas2016_Sheep_subset.ped")
    rng = np.random.default_rng(1)
    size = whole.shape[1]
    part = turned(whole[60:], rng.random(size) < 0.5, np.zeros(size, bool))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AmbiguousWarning)
        joined = ag.merge_genotypes([whole[:60], part[:, rng.permutation(size)]],
                                    ambiguous="letters")  # fmt: skip
    again = joined.genotypes[whole.ids, whole.markers.names]
    assert np.array_equal(again.dosages(), whole.dosages())
    joined.write(tmp_path / "report")
    assert (tmp_path / "report/alleles.csv").exists()
