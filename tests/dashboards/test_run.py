"""The page of one run: components, correlations and pictures in plain words."""

import pandas as pd
import pytest

from agrigen.client import Evaluation, Item
from dashboards.run import data, views

EFFECTS = [
    {"name": "a", "role": "direct", "traits": ["birth_weight", "weaning_weight"]},
    {"name": "m", "role": "maternal", "traits": ["weaning_weight"]},
]
TRAITS = {"weaning_weight": Item(code="weaning_weight", name="Weaning weight", unit="kg")}


def evaluation(state: str = "done", **more: object) -> Evaluation:
    item = {
        "id": "e", "name": "Lambs <1>", "state": state, "published_at": None, "withdrawn_at": None,
        "error": "", "traits": ["weaning_weight", "birth_weight"], "genetic_effects": EFFECTS,
        "created_at": "2026-01-01T10:00:00+00:00", "started_at": None, "finished_at": None,
        "model": {"effects": [{"name": "a", "type": "animal"}]}, "result_hash": "f" * 64,
        "provenance": {"dataset": {"content_hash": "d" * 64}, "citations": ["Henderson 1975"]},
        "summary": {
            "animals": {"evaluated": 2282, "with_records": 2067}, "converged": True,
            "records": {"used": 2067, "dropped": 1, "reasons": {"missing dam_age": 1}},
            "estimate": "reml", "solver": "direct", "equations": 7761, "log_likelihood": -73.5,
            "peak_memory_mb": 750,
        },
    }  # fmt: skip
    return Evaluation(None, Item(item | more))


def ratio(kind: str, one: tuple[str, str], two: tuple = (None, None), value: float = 0.2) -> dict:
    names = ("effect_1", "trait_1", "effect_2", "trait_2")
    named = dict(zip(names, (*one, *two), strict=True))
    return {"kind": kind, **named, "value": value, "se": 0.05, "lower": -0.02, "upper": 0.3}


@pytest.fixture
def known() -> data.RunCard:
    weaning = "weaning_weight"
    variances = [
        ("a", weaning, weaning, None, None, 3.819, 1.5, None),
        ("a:m", "birth_weight", weaning, None, None, -0.0923, 0.12, None),
        ("residual", weaning, weaning, None, None, 13.56, None, "HILL"),
        ("curve", weaning, weaning, 0, 1, 1.0, None, None),
    ]
    columns = [
        "effect", "trait_1", "trait_2", "coefficient_1", "coefficient_2", "value", "se", "group",
    ]  # fmt: skip
    ratios = [
        ratio("heritability", ("m", weaning)),
        ratio("heritability", ("total", weaning)),
        ratio("correlation", ("a", "birth_weight"), ("m", weaning), -0.78),
        ratio("correlation", ("residual [HILL]", "birth_weight"), ("residual [HILL]", weaning)),
    ]
    trends = [
        (weaning, effect, role, year, 10, year - 2020.0)
        for effect, role in (("m", "maternal"), ("a", "direct"))
        for year in (2020, 2021)
    ]
    diagnostics = Item(
        estimate="reml", converged=True, iterations=1, notes=["Sire <9> has one record."],
        history=[{"iteration": n, "log_likelihood": y} for n, y in enumerate((-80.0, -73.5))],
        reliability=[{"trait": weaning, "role": "direct", "counts": [1] * 20, "mean": 0.4}],
    )  # fmt: skip
    trend = ["trait", "effect", "role", "birth_year", "animals", "mean"]
    return data.RunCard(
        evaluation(), Item(), TRAITS, pd.DataFrame(variances, columns=columns),
        pd.DataFrame(ratios), pd.DataFrame(trends, columns=trend), diagnostics,
    )  # fmt: skip


def test_the_head_says_what_was_done_with_what(known):
    html = views.header(known)
    for text in (
        "Lambs &lt;1&gt;",
        "Weaning weight, birth weight",
        "2,282, 2,067 with records",
        "1 left out (missing dam age: 1)",
        "estimated from the records (REML)",
    ):
        assert text in html


def test_a_run_at_work_shows_how_far_it_is_and_no_results():
    job = Item(progress=0.57, message="REML iteration 7, log-likelihood -7366.9")
    known = data.RunCard(evaluation("running", summary={}), job)
    html = views.header(known)
    assert 'aria-valuenow="57"' in html
    assert "REML iteration 7" in html
    assert "by themselves" in views.not_there(known)


def test_a_failed_run_says_why():
    known = data.RunCard(evaluation("failed", summary={}, error="Farm X < 2."), Item())
    assert "Farm X &lt; 2." in views.header(known)
    assert "no results" in views.not_there(known)


def test_heritabilities_are_by_role_with_an_interval_inside_0_and_1(known):
    html = views.heritability(known)
    for text in ("Weaning weight, maternal", "direct and maternal together", "± 0.05",
                 "0.00 to 0.30"):  # fmt: skip
        assert text in html


def test_correlations_say_between_what(known):
    html = views.correlations(known)
    assert "birth weight, direct genetic, and weaning weight, maternal genetic" in html
    assert "birth weight and weaning weight: everything else (residual) [HILL]" in html
    assert "−0.78" in html


def test_variances_say_where_differences_come_from(known):
    html = views.variances(known)
    for text in ("Weaning weight: direct genetic", "direct with maternal genetic", "−0.0923",
                 "everything else (residual) [HILL]", "Weaning weight, term 0 with"):  # fmt: skip
        assert text in html


def test_the_trend_has_a_line_for_each_genetic_effect(known):
    groups = data.trend_groups(known.trends, "weaning_weight")
    assert [(name, years) for name, years, _ in groups] == [
        ("direct", [2020, 2021]), ("maternal", [2020, 2021]),
    ]  # fmt: skip
    assert len(views.trend(known, "weaning_weight")) == 1
    assert views.trend(known, "birth_weight") == []


def test_every_way_to_converge_can_be_drawn(known):
    assert data.path(known.diagnostics) == ("log-likelihood", [0, 1], [-80.0, -73.5])
    solved = {"estimate": "none", "history": [{"iteration": 1, "residual": 0.1}]}
    assert data.path(solved) == ("relative residual", [1], [0.1])
    chain = [{"chain": c, "iteration": 5, "a": 2.0, "heritability": 0.3} for c in (1, 2)]
    assert data.path({"estimate": "gibbs", "history": chain}) == ("heritability", [5], [0.3])
    assert data.path({"estimate": "none", "history": []}) == ("", [], [])
    assert len(views.convergence(known)) == len(views.reliability(known, "weaning_weight")) == 1


def test_remarks_and_provenance_are_shown(known):
    assert "Sire &lt;9&gt; has one record." in views.remarks(known)
    html = views.computed(known)
    for text in ("a (animal)", "exactly, in one step", "7,761", "−73.500", "d" * 12, "Henderson"):
        assert text in html


def test_a_run_from_before_such_results_were_kept_still_has_a_page():
    known = data.RunCard(evaluation(), Item())
    assert list(views.tables(known)) == []
    assert views.trend(known, "weaning_weight") == views.convergence(known) == []
    assert views.remarks(known) == ""
    assert "How it was computed" in views.computed(known)


def markers() -> pd.DataFrame:
    rows = [("10", 5, 0.3, 0.1), ("2", 9, -0.2, 0.3), ("X", 1, 0.1, 0.05), ("2", 4, 0.0, 0.2)]
    frame = pd.DataFrame(rows, columns=["chromosome", "position", "value", "share"])
    return frame.assign(
        trait="weaning_weight", effect="g", marker=[f"m{n}" for n in range(len(rows))]
    )


def genomic(method: str) -> Evaluation:
    summary = {"genotypes": {"name": "Flock <5k>", "version": 2, "animals": 394}}
    model = {"effects": [{"name": "g", "type": "genomic", "method": method}]}
    return evaluation("running", genotype_set_id="s", summary=summary, model=model)


def test_marker_effects_stand_in_the_order_of_the_genome(known):
    found = data.along_genome(markers(), "weaning_weight")
    assert found["marker"].tolist() == ["m3", "m1", "m0", "m2"]
    assert data.along_genome(markers(), "birth_weight").empty
    drawn = data.RunCard(evaluation(), Item(), TRAITS, markers=markers())
    assert len(views.markers(drawn, "weaning_weight")) == 1
    assert views.markers(drawn, "birth_weight") == views.markers(known, "weaning_weight") == []


@pytest.mark.parametrize(
    ("method", "said"), [("single_step", "whole pedigree"), ("gblup", "genomic relationships")]
)
def test_a_genomic_run_names_its_genotypes_and_how_they_are_used(method, said):
    html = views.header(data.RunCard(genomic(method), Item()), "genotype-set?id=s")
    for text in ("Flock &lt;5k&gt; (version 2)", "genotype-set?id=s", "394 animals", said):
        assert text in html
