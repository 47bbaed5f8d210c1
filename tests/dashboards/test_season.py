"""The season of a farm: what follows from its data, how it is said, and what the form reads."""

from datetime import date

import pytest

from agrigen.client import FieldError, Invalid, Item
from dashboards.components import event_fields, event_words
from dashboards.components.event_fields import FIELDS, Field, Unreadable
from dashboards.components.event_form import Asked, tell
from dashboards.components.finding import NotOne, the_one
from dashboards.season import data, views
from hub.events import Kind
from hub.work.rules import AlertKind

TODAY = date(2026, 3, 2)


def due(tag: str, on: str, kind: str = "parturition", *, overdue: bool = False) -> dict:
    return {"animal_id": tag, "tag": tag, "name": "<b>", "kind": kind, "overdue": overdue,
            "due_on": date.fromisoformat(on), "because": "Mated on 2025-10-06."}  # fmt: skip


def female(state: str, on: str | None = None, parity: int = 0) -> Item:
    return Item(state=state, due_on=on, parity=parity, last_check_on=None)


def scan(animal: str, on: str, result: str, count: int | None = None) -> Item:
    return Item(animal_id=animal, occurred_on=on,
                details={"result": result, "foetus_count": count})  # fmt: skip


@pytest.fixture
def season() -> data.Season:
    work = [due("B", "2026-03-05"), due("A", "2026-02-01", overdue=True), due("C", "2026-02-28"),
            due("D", "2026-04-01", "wean")]  # fmt: skip
    females = [female("pregnant", "2026-03-04"), female("served", "2026-03-19"), female("open"),
               female("open", parity=2)]  # fmt: skip
    scans = [scan("x", "2026-01-02", "pregnant", 2), scan("x", "2026-01-20", "multiple", 3),
             scan("y", "2026-01-02", "empty"), scan("z", "2026-01-02", "pregnant")]  # fmt: skip
    farm = Item(id="f", name="Hill", species="sheep")
    return data.Season(farm, TODAY, work, females, scans, [], [])


def test_what_is_overdue_stands_first_and_what_has_begun_is_for_today(season):
    groups = data.grouped(season.due, "", TODAY)
    assert [(on, [one["tag"] for one in items]) for on, items in groups] == [
        (None, ["A"]), (TODAY, ["C"]), (date(2026, 3, 5), ["B"]), (date(2026, 4, 1), ["D"])
    ]  # fmt: skip
    assert [on for on, _ in data.grouped(season.due, "wean", TODAY)] == [date(2026, 4, 1)]
    assert (data.due_within(season, 7), data.overdue(season)) == (2, 1)


def test_females_that_never_had_young_are_not_called_open(season):
    assert data.by_state(season.females) == {"pregnant": 1, "served": 1, "open": 1}


def test_expected_births_are_counted_by_the_monday_of_their_week(season):
    weeks = data.births_by_week(season.females)
    assert weeks == {date(2026, 3, 2): (1, 0), date(2026, 3, 9): (0, 0), date(2026, 3, 16): (0, 1)}
    assert data.births_by_week([]) == {}
    assert len(views.pictures(season)) == 1


def test_the_last_check_of_each_animal_counts(season):
    assert data.scan_results(season.scans) == {
        "empty": 1,
        "triplets": 1,
        "pregnant, not counted": 1,
    }
    assert "triplets" in views.scans(season)


def test_the_season_is_told_in_the_words_of_the_species_with_every_text_escaped(season):
    html = views.overview(season) + views.due_list(season, "", lambda id: f"animal?id={id}&x")
    for text in ("in lamb", "open ewes", "Overdue", "Today, 2 March 2026", "animal?id=A&amp;x",
                 "A &lt;b&gt;", "Mated on 6 October 2025"):  # fmt: skip
        assert text in html
    assert "<b>" not in views.due_list(season, "", str)
    assert "Nothing in this time" in views.due_list(season, "mate", str)


def test_every_kind_of_event_and_alert_has_a_word_of_its_own():
    assert {kind.value for kind in Kind} == event_words.KINDS.keys()
    assert {kind.value for kind in AlertKind} == views.ALERTS.keys()
    assert FIELDS.keys() <= event_words.KINDS.keys()


def test_events_are_told_in_words():
    def said(kind: str, **details: object) -> str:
        event = {"kind": kind, "details": details, "remark": "R"}
        return event_words.event_text(event, {"r": "RAM"}, "lb")

    assert said("mating", method="group", sire_ids=["r", "q"], until="2026-01-02") == (
        "in a group, RAM, an animal you cannot see, until 2 January 2026. R"
    )
    young = {"tag": "L1", "sex": "F", "birth_weight_kg": 4.5, "state": "live"}
    assert said("parturition", offspring=[young], ease=1) == "L1, female, 9.9 lb. Unassisted. R"
    assert said("treatment", product="P", dose=2.0, dose_unit="ml", withdrawal_meat_days=1) == (
        "P, 2 ml, withheld: meat 1 day. R"
    )


def test_numbers_are_read_as_people_write_them_and_weights_in_their_unit():
    kg, whole = Field("w", "Weight", "weight"), Field("n", "N", "whole")
    assert event_fields.read(kg, " 4,5 ", "kg") == 4.5
    assert event_fields.read(kg, "10", "lb") == 4.536
    assert event_fields.written(kg, 4.536, "lb", {}) == "10"
    assert event_fields.read(whole, "", "kg") is None
    for text in ("four", "1.5"):
        with pytest.raises(Unreadable, match=text):
            event_fields.read(whole, text, "kg")
    with pytest.raises(Unreadable, match="needed"):
        event_fields.read(FIELDS["treatment"][0], " ", "kg")


def test_a_refusal_stands_beside_its_field_and_the_rest_is_told():
    import panel as pn

    places = {name: Asked(pn.widgets.TextInput(name=name)) for name in ("occurred_on", "sire_ids")}
    wrong = [FieldError("details.mating.sire_ids.0", "Not a sire.", "Choose another."),
             FieldError("body", "Something on 2026-01-02.")]  # fmt: skip
    told = tell(Invalid("No.", errors=wrong), places)
    assert told == "Something on 2 January 2026."
    assert "Not a sire. Choose another." in places["sire_ids"].error.object
    assert not places["occurred_on"].error.visible
    assert "beside the field" in tell(Invalid("No.", errors=wrong[:1]), places)


def match(tag: str, *, exact: bool, state: str = "active") -> Item:
    return Item(animal=Item(id=tag, tag=tag), identifier={"state": state}, exact=exact)


def test_who_is_meant_is_found_or_the_tags_are_named():
    old, now, near = match("12", exact=True, state="retired"), match("12b", exact=True), "UK 0012"
    assert the_one("12", [now, old, match(near, exact=False)])["tag"] == "12b"
    assert the_one("12", [match(near, exact=False)])["tag"] == near
    with pytest.raises(NotOne, match="fits A 1, B 1"):
        the_one("1", [match("A 1", exact=False), match("B 1", exact=False)])
    with pytest.raises(NotOne, match="No animal"):
        the_one("1", [])
