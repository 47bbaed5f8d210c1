"""Reports: tables in a unit, pictures by subject, benchmarks in words, files by address."""

import pytest

from agrigen.client import Item, Missing
from dashboards.components.quartiles import quartile_bar
from dashboards.reports import data, files, views
from dashboards.reports.data import Benchmarks, Subject
from dashboards.reports.pictures import DRAWN, pictures
from dashboards.reports.state import SUBJECTS


def table(name: str, columns: list[tuple[str, str, str]], rows: list[list[object]]) -> data.Table:
    told = [{"name": n, "label": n, "unit": unit, "kind": kind, "digits": 1}
            for n, kind, unit in columns]  # fmt: skip
    answer = Item(name=name, title=name, note="", columns=told, rows=rows)
    return data._table(answer, "en")


MEASURED = [("measure", "text", ""), ("level", "text", ""), ("mean", "decimal", ""),
            ("adjusted_mean", "decimal", "")]  # fmt: skip


def test_every_subject_has_pictures():
    assert set(SUBJECTS.values()) == {*DRAWN, "benchmarks"}


def test_weights_become_pounds_in_columns_and_in_rows():
    rows = [["birth weight, kg", "2024", 4.5359237, None]]
    rows.append(["daily gain, g", "2024", 453.59237, 1.0])
    growth = table("growth_by_class", MEASURED, rows)
    found = data.in_unit(growth, "lb").rows
    assert found["mean"].tolist() == pytest.approx([10.0, 1.0])
    assert found["measure"].tolist() == ["birth weight, lb", "daily gain, lb"]
    milk = table("milk_by_month", [("milk", "decimal", "kg"), ("fat", "decimal", "%")],
                 [[45.359237, 4.0]])  # fmt: skip
    pounds = data.in_unit(milk, "lb")
    assert pounds.rows["milk"].tolist() == pytest.approx([100.0])
    assert (pounds.label("milk"), pounds.label("fat")) == ("milk, lb", "fat, %")
    assert data.in_unit(milk, "kg") is milk


def test_growth_is_drawn_by_year_whatever_the_language():
    rows = [["poids à 100 jours, kg", year, 30.0, 31.0] for year in ("2024", "2025", "femelle")]
    subject = Subject("Growth", "2026-01-01", {"growth_by_class": table("t", MEASURED, rows)})
    assert len(pictures("growth", subject)) == 1


def test_a_subject_without_data_has_no_pictures():
    empty = {"inbreeding": table("inbreeding", [("birth_year", "integer", ""),
                                                ("mean", "decimal", "%")], [])}  # fmt: skip
    assert pictures("inbreeding", Subject("Inbreeding", "2026-01-01", empty)) == []


def test_tables_are_escaped_and_years_have_no_comma():
    one = table("d", [("year", "integer", ""), ("reason", "text", "")], [[2024, "<b>"]])
    html = views.tables(Subject("Leaving", "2026-01-01", {"d": one}), lambda name: name)
    assert "&lt;b&gt;" in html
    assert ">2024<" in html


def benchmark(**changes: object) -> dict:
    cell = {"region": "", "farms": 5, "q25": 1.4, "q50": 1.5, "q75": 1.7}
    one = {
        "metric": "litter_size", "label": "litter size", "unit": "", "better": "higher",
        "breed": "Texel", "value": 1.8, "animals": 40, "breed_quartiles": cell,
        "region_quartiles": None,
    }  # fmt: skip
    return {**one, **changes}


def beside(*items: dict, years: tuple[int, ...] = (2025,)) -> Benchmarks:
    return Benchmarks(Item(year=years[-1] if years else None, years=list(years), items=list(items),
                           note="N"))  # fmt: skip


def test_a_benchmark_says_where_the_farm_stands_and_why_one_is_withheld():
    html = views.benchmarks(beside(benchmark()), "kg")
    assert "in the highest quarter" in html
    assert "Higher is better" in html
    assert "fewer than 5 farms" in html


@pytest.mark.parametrize(("value", "words"), [(1.3, "lowest"), (1.45, "below"), (1.6, "above"),
                                              (None, "")])  # fmt: skip
def test_the_quarter_of_a_value_is_named(value, words):
    assert words in views.standing(value, benchmark()["breed_quartiles"])


def test_benchmarks_that_are_not_computed_yet_say_so():
    assert "No year has been compared yet" in views.benchmarks(beside(years=()), "kg")
    assert "too little" in views.benchmarks(beside(), "kg")


def test_benchmarks_of_weights_are_told_in_pounds():
    cell = {"region": "", "farms": 5, "q25": 4.5359237, "q50": 5.0, "q75": 6.0}
    one = benchmark(unit="kg", value=4.5359237, breed_quartiles=cell)
    pounds = data.benchmark_in_unit(one, "lb")
    assert pounds["value"] == pytest.approx(10.0)
    assert pounds["breed_quartiles"]["q25"] == pytest.approx(10.0)
    assert pounds["region_quartiles"] is None


def test_a_quartile_bar_is_a_sentence_for_who_cannot_see_it():
    html = quartile_bar(1.0, 2.0, 3.0, 2.5, sentence='Half "below" 2')
    assert 'aria-label="Half &quot;below&quot; 2"' in html
    assert quartile_bar(1.0, 1.0, 1.0, None, sentence="").count("<i") == 2


@pytest.mark.parametrize("id", ["", "farm", "farm.de", "farm.en.more"])
def test_an_address_of_a_report_that_was_written_wrongly_is_refused(id):
    with pytest.raises(Missing):
        files.report_pdf(None, id)
