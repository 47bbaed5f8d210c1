"""Genotype sets: the list, handing in files, and the parts of the page of one set."""

import pandas as pd
import pytest

from agrigen.client import GenotypeSet, Item
from dashboards.genotype_set import data, parts, quality, use, views
from dashboards.genotypes import data as sets_data
from dashboards.genotypes import views as sets_views


def href(id: str) -> str:
    return f"to?id={id}&x"


def genotype_set(state: str = "done", **more: object) -> GenotypeSet:
    item = {
        "id": "s", "name": "Lambs <50K>", "state": state, "error": "", "job_id": "j",
        "farm_id": "f", "panel_id": "p", "parent_id": None, "version": 1, "species": "sheep",
        "counts": {"samples": 40, "linked": 38, "markers": 5000}, "created_at": "2026-11-02T10:00",
        "file_ids": ["1", "2", "3"], "format": "bed", "coding": "auto", "content_hash": "a" * 64,
        "settings": {"rules": None}, "provenance": {"software": {"name": "AgriGen"}},
        "summary": {"chromosomes": ["10", "2", "X", "0", "1"]},
    }  # fmt: skip
    return GenotypeSet(None, Item(item | more))


@pytest.fixture
def overview() -> sets_data.Overview:
    farm = Item(id="f", name="Hill", may_write=True)
    job = Item(progress=0.4, message="checking samples and markers")
    found = [genotype_set(), genotype_set("running", id="r", counts={}, panel_id=None)]
    return sets_data.Overview(found, {"f": farm}, {"p": Item(name="OvineSNP50")}, {"r": job})


def test_the_list_says_what_each_set_is_and_how_far_it_is(overview):
    html = sets_views.sets(overview, href, may_add=True)
    for text in ("Lambs &lt;50K&gt;", "to?id=s&amp;x", "38 of 40", "5,000", "OvineSNP50", "Hill",
                 'aria-valuenow="40"', "checking samples"):  # fmt: skip
        assert text in html
    assert overview.busy


def test_without_sets_one_is_told_what_to_do(overview):
    nothing = sets_data.Overview([], {}, {}, {})
    assert "Hand in the first files" in sets_views.sets(nothing, href, may_add=True)
    assert "Hand in" not in sets_views.sets(nothing, href, may_add=False)


def test_genotypes_go_to_farms_that_one_works_on(overview):
    farms = overview.farms | {"g": Item(id="g", name="Shared", may_write=False)}
    assert [one["name"] for one in sets_data.writable(farms)] == ["Hill"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "Choose the files"),
        (["a.bed", "a.bim"], ".fam"),
        (["a.ped"], ".map"),
        (["a.vcf.gz", "b.csv"], "sets of their own"),
    ],
)
def test_files_that_do_not_belong_together_are_refused_before_they_are_sent(names, said):
    assert said in sets_data.wrong_files(names)


@pytest.mark.parametrize(
    "names", [["a.bed", "a.bim", "a.fam"], ["a.map", "A.PED"], ["x.vcf.gz"], ["FinalReport.txt"]]
)
def test_files_that_belong_together_pass(names):
    assert sets_data.wrong_files(names) == ""


def card(**more: object) -> data.SetCard:
    return data.SetCard(
        genotype_set(**more), farm=Item(name="Hill"), panel=Item(name="OvineSNP50", assembly="v4")
    )


def test_the_head_says_what_the_set_is():
    html = views.header(card(version=2))
    for text in ("Lambs &lt;50K&gt;, version 2", "Hill", "OvineSNP50, v4", "sheep"):
        assert text in html
    tiles = views.numbers(card(counts={"samples": 3, "linked": 2, "markers": 9,
                                       "excluded_markers": 1, "excluded_samples": 0}))  # fmt: skip
    assert "markers left out" in tiles
    assert "samples left out" not in tiles


def test_a_set_that_failed_says_why():
    failed = card(state="failed", error="Line 3 of <x.vcf> has 2 columns.")
    assert "Line 3 of &lt;x.vcf&gt;" in views.header(failed)
    assert "no genotypes" in views.not_there(failed)
    assert "by themselves" in views.not_there(card(state="running"))


def samples() -> pd.DataFrame:
    kept = {"name": "S1", "animal_id": "a1", "tag": "UK 1", "unlinked": "", "state": "kept",
            "reasons": [], "call_rate": 0.991, "heterozygosity": 0.35, "sex_recorded": "F",
            "sex_found": "M"}  # fmt: skip
    out = {**kept, "name": "S2", "animal_id": None, "tag": None, "unlinked": "no such tag",
           "state": "excluded", "reasons": ["sample_call_rate"], "sex_found": "U"}  # fmt: skip
    return pd.DataFrame([kept, out])


def test_samples_say_whose_they_are_and_why_they_are_left_out():
    html = views.samples(samples(), href, plain=False, more=True)
    for text in ("UK 1", "99.1 %", "no such tag", "too few genotypes known",
                 "recorded female, male by DNA", "The first 2"):  # fmt: skip
        assert text in html
    plain = views.samples(samples(), href, plain=True, more=False)
    assert "Heterozygosity" not in plain
    assert "No sample" in views.samples(samples().iloc[:0], href, plain=True, more=False)


def pairs() -> pd.DataFrame:
    pair = {"animal_id": "a", "tag": "Lamb", "sample": "S1", "role": "sire", "recorded_id": "b",
            "recorded": "Ram <1>", "status": "excluded", "opposing": 212, "compared": 4980,
            "proposed": [{"animal_id": "c", "tag": "Ram 2", "opposing": 1, "compared": 4990,
                          "verdict": "proposed"}]}  # fmt: skip
    right = {**pair, "role": "dam", "recorded": "Ewe", "status": "accepted", "opposing": 0,
             "proposed": []}  # fmt: skip
    return pd.DataFrame([pair, right])


def test_a_wrong_parent_is_named_with_the_one_that_fits():
    html = views.parents(pairs(), "", href, plain=False)
    for text in ("not the sire", "Ram &lt;1&gt;", "212 of 4,980", "Ram 2", "1 of 4,990 conflict",
                 "dam confirmed"):  # fmt: skip
        assert text in html
    assert "212 of" not in views.parents(pairs(), "", href, plain=True)
    assert "Nothing to look at" in views.parents(pairs().iloc[:0], "open", href, plain=True)


def report(**more: object) -> Item:
    found = {
        "applied": False, "rules": {"sample_call_rate": 0.9},
        "counts": {"samples": 40, "samples_kept": 39, "markers": 5000, "markers_kept": 4800},
        "dropped": [{"what": "markers", "reason": "monomorphic", "meaning": "one allele only",
                     "number": 200}],
        "flagged": [{"what": "samples", "reason": "sex", "meaning": "sex <conflicts>",
                     "number": 1}],
        "duplicates": [{"a": "S1", "b": "S9", "identity": 0.999, "compared": 5000}],
        "notes": ["No marker on X."],
        "histograms": {
            name: {"edges": [0.0, 0.5, 1.0], "counts": [1, 2], "threshold": mark}
            for name, mark in (("sample_call_rate", 0.9), ("minor_frequency", None))
        },
    }  # fmt: skip
    return Item(found | more)


def test_the_report_says_what_the_rules_would_drop_and_what_they_found():
    html = quality.summary(report(), plain=False)
    for text in ("1 sample and 200 markers would be left out", "one allele only",
                 "sex &lt;conflicts&gt;", "S9", "99.9 %", "No marker on X."):  # fmt: skip
        assert text in html
    assert "1 sample and 200 markers were left out" in quality.summary(report(applied=True),
                                                                     plain=True)  # fmt: skip
    assert "Nothing was left out" in quality.summary(
        report(applied=True, dropped=[], flagged=[], duplicates=[]), plain=True
    )


def test_there_is_a_picture_for_each_measure_and_one_for_farmers():
    assert len(quality.pictures(report(), plain=False)) == 2
    assert len(quality.pictures(report(), plain=True)) == 1


def test_chromosomes_are_offered_in_their_order():
    assert data.chromosomes(card()) == ["1", "2", "10", "X"]


def test_a_region_says_how_much_of_it_is_shown():
    markers = [{"name": "m1", "position": 1_200_000}, {"name": "m2", "position": 2_000_000}]
    found = Item(markers=markers, samples=[{"name": "S1"}], dosages=[[0, 1]], total_markers=900,
                 total_samples=40)  # fmt: skip
    note = views.region_note(found)
    assert "2 markers of 900 from 1.20 to 2.00 Mb, 1 animal of 40" in note
    assert "no marker" in views.region_note(Item(found, markers=[]))
    assert len(parts._region(Item(found, markers=[m | {"counted": "A", "other": "G"}
                                                  for m in markers]))) == 1  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"), [("", None), ("0.95", 0.95), ("0,9", 0.9), ("95 %", "wrong"), ("2", "wrong")]
)
def test_a_rule_is_a_share_or_nothing(text, value):
    assert parts._number(text) == value


def test_the_origin_names_versions_and_files():
    known = data.SetCard(
        genotype_set(), origin=Item(id="o", name="Raw", version=1),
        versions=[Item(id="n", name="Clean", version=2)],
    )  # fmt: skip
    html = views.origin(known, href, {"Samples (CSV)": "files/samples.csv?id=s"})
    for text in ("Raw, version 1", "to?id=n&amp;x", "quality was only reported", "a" * 12,
                 "files/samples.csv?id=s"):  # fmt: skip
        assert text in html
    assert "3 files" in views.origin(card(), href, {})


def test_the_model_of_the_published_evaluation_is_offered_as_a_formula():
    model = {"effects": [
        {"name": "sex", "type": "fixed"}, {"name": "age_days", "type": "covariate"},
        {"name": "a", "type": "animal"}, {"name": "dam", "type": "random", "column": "dam"},
    ]}  # fmt: skip
    text = use.fixed_part("weaning_weight", model)
    assert text == "sex + linear(age_days)"
    assert use.fixed_part("x", {"effects": []}) == ""
