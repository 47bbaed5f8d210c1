"""Quality control against plink2 and against faults that were planted."""

import json

import numpy as np
import pandas as pd
import pytest

from agrigen.errors import DataError, GenotypeError
from agrigen.genotypes import Genotypes
from agrigen.genotypes import duplicates as searching
from agrigen.genotypes.frequency import frequencies
from agrigen.genotypes.hardy_weinberg import exact_test, hardy_weinberg
from agrigen.genotypes.quality import QualityFilter, quality_control

from .conftest import without_parents
from .flock import flock

NOTHING = {
    "sample_call_rate": None, "marker_call_rate": None, "minor_frequency": None,
    "hardy_weinberg": None, "heterozygosity": None, "identity": None,
    "mendelian_markers": None, "mendelian_samples": None, "monomorphic": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def sheep():
    return flock()


@pytest.fixture(scope="module")
def mice_report(mice):
    return quality_control(mice, {**NOTHING, "chromosomes": "all"}, kind="mouse")


def table(reference, name):
    return pd.read_csv(reference / f"results/mouse_hs1940/plink2_qc.{name}.gz", sep="\t")


def test_frequencies_and_call_rates_of_the_mice_equal_plink2(mice_report, mice, reference):
    theirs = table(reference, "afreq")
    markers = mice_report.markers
    assert markers["marker"].tolist() == theirs["ID"].tolist()
    same = (theirs["ALT"] == mice.markers.counted).to_numpy()
    ours = np.where(same, markers["frequency"], 1 - markers["frequency"])
    np.testing.assert_allclose(ours, theirs["ALT_FREQS"], atol=6e-7)
    assert (2 * markers[["two", "one", "none"]].sum(axis=1)).equals(theirs["OBS_CT"])
    missing = table(reference, "vmiss")
    np.testing.assert_array_equal(markers["missing"], missing["MISSING_CT"])
    of_samples = table(reference, "smiss")
    np.testing.assert_allclose(
        1 - mice_report.samples["call_rate"], of_samples["F_MISS"], atol=1e-6
    )


def test_hardy_weinberg_of_the_mice_equals_plink2(mice_report, reference):
    theirs = table(reference, "hardy")["P"]
    np.testing.assert_allclose(mice_report.markers["hardy_weinberg"], theirs, rtol=6e-6)
    assert theirs.min() < 1e-40


def test_heterozygosity_of_the_mice_equals_plink2(mice_report, mice, reference):
    theirs = table(reference, "het")
    np.testing.assert_allclose(mice_report.samples["f"], theirs["F"], atol=6e-7)
    varies = (mice_report.markers["minor_frequency"] > 0).sum()
    assert varies == theirs["OBS_CT"].iloc[0]


def test_with_missing_genotypes_and_x_all_equal_plink2(sheep, plink2):
    dosages = sheep.dosages.copy()
    g = without_parents(sheep.genotypes(dosages))
    folder = plink2(g, "--chr-set", 26, "--freq", "--missing", "--hardy", "--het")
    report = quality_control(g, {**NOTHING, "chromosomes": "all"}, kind="sheep")

    def read(name):
        return pd.read_csv(folder / f"out.{name}", sep=r"\s+")

    freq = read("afreq")
    same = (freq["ALT"] == g.markers.counted).to_numpy()
    ours = report.markers["frequency"]
    np.testing.assert_allclose(np.where(same, ours, 1 - ours), freq["ALT_FREQS"], atol=6e-7)
    np.testing.assert_allclose(frequencies(g, kind="sheep")["frequency"], ours, rtol=1e-12)
    on_autosomes = (report.markers["kind"] == "autosome").to_numpy()
    p = report.markers.loc[on_autosomes, "hardy_weinberg"]
    np.testing.assert_allclose(p, read("hardy")["P"], rtol=6e-6)
    np.testing.assert_allclose(report.samples["f"], read("het")["F"], atol=6e-6)
    np.testing.assert_allclose(1 - report.samples["call_rate"], read("smiss")["F_MISS"], rtol=6e-6)


@pytest.mark.parametrize(
    "counts",
    [
        (0, 0, 0), (10, 0, 0), (0, 1, 0), (0, 21, 79), (1, 19, 80), (2, 17, 81), (3, 15, 82),
        (8, 5, 87), (10, 1, 89), (57, 14, 50), (300, 2, 299),
    ],
)  # fmt: skip
def test_the_exact_test_is_the_sum_over_all_that_is_no_likelier(counts):
    assert exact_test([counts])[0] == pytest.approx(_plain(*counts), rel=1e-10)


def _plain(two, one, none):
    """The definition, with factorials."""
    from math import lgamma

    n, rare = two + one + none, 2 * min(two, none) + one
    if n == 0:
        return 1

    def log_probability(het):
        a = (rare - het) // 2
        parts = [a, het, n - a - het]
        return (
            het * np.log(2)
            + lgamma(n + 1)
            - sum(lgamma(k + 1) for k in parts)
            + lgamma(rare + 1)
            + lgamma(2 * n - rare + 1)
            - lgamma(2 * n + 1)
        )

    all_of = np.array([log_probability(h) for h in range(rare % 2, rare + 1, 2)])
    own = log_probability(one)
    return min(1, np.exp(all_of[all_of <= own + 1e-9]).sum())


def test_the_exact_test_does_not_mind_large_counts_or_impossible_ones():
    p = exact_test([(50_000, 0, 50_000), (25_000, 50_000, 25_000), (0, 100_000, 0)])
    assert p[0] == 0
    assert p[1] == pytest.approx(1)
    assert p[2] == 0
    with pytest.raises(GenotypeError):
        exact_test([(-1, 2, 3)])
    rng = np.random.default_rng(2)
    g = Genotypes.from_dosages(rng.binomial(2, 0.4, (50, 5)), [f"a{i}" for i in range(50)])
    assert (hardy_weinberg(g, mid=True) <= hardy_weinberg(g)).all()


def planted(sheep):
    """The flock with one fault of each kind."""
    x = sheep.dosages.copy()
    x[sheep.row("l9"), : len(x[0]) // 2] = -1  # half its calls are gone
    x[sheep.row("l30")] = x[sheep.row("l31")]  # a sample twice
    x[sheep.row("l30"), :3] = -1
    autosomes = slice(0, 1500)
    rng = np.random.default_rng(9)
    mixed = rng.random(1500) < 0.5
    x[sheep.row("l40"), autosomes] = np.where(
        mixed, 1, x[sheep.row("l40"), autosomes]
    )  # two in one tube
    x[:, 100] = 2
    x[:, 101] = np.where(np.arange(len(x)) == 5, 1, 2)
    x[:, 102] = 1  # every sample heterozygous
    x[rng.random(len(x)) < 0.3, 103] = -1
    x[:, 104] = rng.permutation(x[:, 104])  # calls of other samples
    return x


@pytest.fixture(scope="module")
def report(sheep):
    return quality_control(
        sheep.genotypes(planted(sheep)), kind="sheep", pedigree=sheep.pedigree()
    )  # fmt: skip


def reasons(report, what, name):
    rows = report.samples if what == "samples" else report.markers
    key = "id" if what == "samples" else "marker"
    return rows.set_index(key).loc[name, "reasons"]


def test_every_planted_fault_is_dropped_with_its_reason(report):
    assert reasons(report, "samples", "l9") == ("sample_call_rate",)
    assert reasons(report, "samples", "l30") == ("duplicate",)
    assert "heterozygosity" in reasons(report, "samples", "l40")
    assert reasons(report, "markers", "m100") == ("monomorphic",)
    assert reasons(report, "markers", "m101") == ("minor_frequency",)
    assert "hardy_weinberg" in reasons(report, "markers", "m102")
    assert reasons(report, "markers", "m103") == ("marker_call_rate",)
    assert "mendelian" in reasons(report, "markers", "m104")
    assert reasons(report, "markers", "m1600") == ("not_autosomal",)


def test_little_else_is_dropped(report):
    assert report.counts["samples"] - report.counts["samples_kept"] == 3
    on_autosomes = report.markers["kind"] == "autosome"
    assert (~report.markers.loc[on_autosomes, "keep"]).sum() <= 8
    dropped = report.dropped.set_index("reason")["number"]
    assert dropped["not_autosomal"] == 120
    assert dropped["duplicate"] == 1


def test_conflicts_of_parents_and_sex_are_flagged_or_dropped_as_asked(sheep):
    wrong = list(sheep.sire)
    wrong[sheep.row("l0")] = "s1"
    sex = list(sheep.sex)
    sex[sheep.row("d9")] = 0
    from agrigen.pedigree import Pedigree

    said = Pedigree(sheep.ids, wrong, sheep.dam)
    g = sheep.genotypes()
    mistaken = sheep.dosages.copy()
    mistaken[sheep.row("d20"), 1500:] = sheep.dosages[sheep.row("s2"), 1500:]  # a ram's X
    g = sheep.genotypes(mistaken)
    flagged = quality_control(g, kind="sheep", pedigree=said)
    found = flagged.samples.set_index("id")["flags"]
    assert found["l0"] == ("parents",)
    assert found["d20"] == ("sex",)
    assert flagged.samples["keep"].all()
    dropped = quality_control(g, {"drop_conflicts": True}, kind="sheep", pedigree=said)
    assert dropped.samples.loc[~dropped.samples["keep"], "id"].tolist() == ["d20", "l0"]


def test_the_filter_repeats_itself_and_travels_as_json(report, sheep):
    g = sheep.genotypes(planted(sheep))
    clean = report.apply(g)
    assert clean.shape == (report.counts["samples_kept"], report.counts["markers_kept"])
    again = QualityFilter.from_mapping(json.loads(json.dumps(report.filter.to_mapping())))
    assert again == report.filter
    assert again.apply(g).sha256 == clean.sha256
    assert again.source == g.sha256
    new = sheep.genotypes()[["g1", "g2"]]
    assert again.apply(new, what="markers").shape == (2, clean.shape[1])
    with pytest.raises(GenotypeError, match="same chip"):
        again.apply(g[:, :50])


def test_a_clean_set_passes_a_second_time_untouched(report, sheep):
    clean = report.apply(sheep.genotypes(planted(sheep)))
    second = quality_control(clean, {"mendelian_markers": None}, kind="sheep")
    assert second.counts["samples_kept"] == second.counts["samples"]
    assert second.counts["markers"] - second.counts["markers_kept"] <= 1


def test_the_report_is_written_with_tables_and_pictures(report, tmp_path):
    folder = report.write(tmp_path / "qc")
    names = {path.name for path in folder.iterdir()}
    assert {"report.json", "filter.json", "samples.csv", "markers.csv"} <= names
    assert {"call_rates.svg", "heterozygosity.svg", "minor_frequency.svg"} <= names
    counts = json.loads((folder / "report.json").read_text())["counts"]
    assert counts == report.counts
    assert "half" not in repr(report)
    assert "the same animal as another sample" in repr(report)


def test_markers_without_a_place_are_named_and_dropped(sheep):
    g = sheep.genotypes()
    from dataclasses import replace

    position = g.markers.positions.copy()
    position[7] = 0
    bare = Genotypes(g.packed, g.samples, replace(g.markers, positions=position))
    found = quality_control(bare, NOTHING, kind="sheep")
    assert reasons(found, "markers", "m7") == ("unplaced",)
    none = Genotypes(g.packed, g.samples, list(g.markers.names))
    found = quality_control(none, NOTHING)
    assert found.counts["markers_kept"] == 1620
    assert any("no map" in note for note in found.notes)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"minor_frequency": 2}, "minor_frequency is 2"),
        ({"heterozygosity": 0}, "heterozygosity is 0"),
        ({"chromosomes": "X"}, "Give one of autosomes"),
        ({"hwe": 0.1}, "hwe is no rule"),
    ],
)
def test_rules_that_make_no_sense_are_refused(sheep, rules, text):
    with pytest.raises(DataError, match=text):
        quality_control(sheep.genotypes(), rules)


def test_unknown_species_no_samples_and_no_calls_are_refused_in_words(sheep):
    g = sheep.genotypes()
    with pytest.raises(DataError, match="unicorn"):
        quality_control(g, kind="unicorn")
    with pytest.raises(GenotypeError, match="0 samples"):
        quality_control(g[[]])
    gone = Genotypes.from_dosages(np.full((3, 4), -1), ["a", "b", "c"])
    with pytest.raises(GenotypeError, match="No sample has a call rate"):
        quality_control(gone)


def test_one_sample_many_times_is_refused_before_its_pairs_fill_the_memory(monkeypatch):
    monkeypatch.setattr(searching, "MOST", 1000)
    same = np.random.default_rng(1).integers(0, 3, (1, 400)).repeat(60, axis=0).astype(np.int8)
    with pytest.raises(GenotypeError, match="More than 1,000 pairs of samples are equal"):
        searching.duplicates(Genotypes.from_dosages(same, [f"s{i}" for i in range(60)]))
    assert len(searching.duplicates(Genotypes.from_dosages(same[:4], list("abcd")))) == 6


def test_samples_without_common_markers_are_no_pairs(monkeypatch):
    monkeypatch.setattr(searching, "WORDS", 1)
    dosages = np.full((40, 600), -1, np.int8)
    dosages[:10, :300] = 1
    dosages[10:20, 300:] = 1
    found = searching.duplicates(Genotypes.from_dosages(dosages, [f"s{i}" for i in range(40)]))
    assert len(found) == 2 * 45
    assert (found["compared"] == 300).all()
