"""The life of an animal on its card: names, standing, events, weights, milk, health, changes."""

from dataclasses import replace

import pandas as pd
import pytest

from agrigen.client import Item
from dashboards.animals import changes, data, family, growth, health, identity, milk, timeline


def href(id: str) -> str:
    return f"animal?id={id}&t=x"


def event(kind: str, on: str, **more: object) -> Item:
    told = {"id": f"{kind}-{on}", "kind": kind, "occurred_on": on, "details": {}, "remark": "",
            "voided": False, "reason": "", "revision": 1,
            "possible_duplicate_of": None}  # fmt: skip
    return Item(told | more)


@pytest.fixture
def card() -> data.AnimalCard:
    gone = {"scheme": "tag", "value": "OLD<1>", "state": "lost", "valid_to": "2025-03-01"}
    animal = Item(
        id="z", tag="Z", name="", breed="", sex="F", birth_date="2024-03-02", birth_type=None,
        status="alive", sire=None, dam=None, breed_fractions={"Texel": 0.75, "Lleyn": 0.25},
        foster_dam=Item(id="f", tag="F<", name=""), note="kicks", custom={"fleece_color": "grey"},
        possible_sires=[Item(id=id, tag=id.upper(), name="") for id in ("p", "q")],
        identifiers=[gone],
    )  # fmt: skip
    return data.AnimalCard(
        animal, Item(id="f", name="Hill", may_write=True), [], [], [], pd.DataFrame(), {}
    )


def test_names_of_before_and_everybody_who_had_a_part_in_it_are_named(card):
    html = identity.identity(card, href, "herd")
    for text in ("OLD&lt;1&gt;", "lost until 1 March 2025", "Sire, one of", "animal?id=q&amp;t=x",
                 "Reared by", "F&lt;", "75 % Texel, 25 % Lleyn", "kicks", "Fleece color",
                 "grey"):  # fmt: skip
        assert text in html


STANDING = {
    "species": "sheep", "present": True, "sire_ids": ["r"], "due_on": "2026-03-16",
    "due_from": None, "due_to": None, "last_service_on": "2025-10-20", "parity": 2,
    "last_parturition_on": "2025-03-01", "foetus_count": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("pregnant", "In lamb with 2 lambs by RAM, due 16 March 2026"),
        ("served", "Mated on 20 October 2025 by RAM, not yet checked; would be due 16 March 2026"),
        ("open", "Open, last lambing on 1 March 2025, 2 lambings recorded"),
        ("immature", "Too young to be mated"),
        ("male", ""),
    ],
)
def test_where_she_stands_is_said_in_words(state, said):
    assert identity.standing(STANDING | {"state": state}, {"r": "RAM"}) == said
    assert identity.standing(STANDING | {"state": state, "present": False}, {}) == ""


def test_events_are_listed_and_what_did_not_happen_only_on_demand(card):
    events = [
        event("remark", "2026-02-01", remark="<i>"),
        event("heat", "2026-01-01", revision=2, reason="day"),
        event("dry_off", "2025-12-01", voided=True, reason="cow?"),
    ]
    known = replace(card, events=events)
    shown = timeline.timeline(known, "kg", voided=False, all=False, may=True)
    assert "&lt;i&gt;" in shown
    assert 'href="#change-remark-2026-02-01"' in shown
    assert "corrected: day" in shown
    assert "cow?" not in shown
    everything = timeline.timeline(known, "kg", voided=True, all=False, may=False)
    assert "did not happen: cow?" in everything
    assert "#change-" not in everything
    many = replace(card, events=[event("heat", f"2025-01-{i:02}") for i in range(1, 15)])
    assert "2 older entries" in timeline.timeline(many, "kg", voided=False, all=False, may=True)


def test_weights_are_told_in_the_unit_of_the_person(card):
    weighing = {"weighed_on": "2024-05-01", "age_days": 60, "weight_kg": 20.0,
                "daily_gain_kg": 0.25, "trait": "weight"}  # fmt: skip
    adjusted = [{"name": "50-day", "weight_kg": 18.0, "ratio": 104.2},
                {"name": "100-day", "weight_kg": None, "ratio": None}]  # fmt: skip
    told = {"weighings": [weighing], "birth_weight_kg": 5.0, "birth_date": "2024-03-02",
            "daily_gain_kg": 0.25, "adjusted": adjusted}  # fmt: skip
    known = replace(card, performance=Item(weights=told))
    html = growth.weights(known, "kg")
    for text in ("18.0 kg", "50-day weight, 104 % of its group", "250 g", "60 days"):
        assert text in html
    assert "100-day" not in html
    assert "39.7 lb" in growth.weights(known, "lb")
    assert len(growth.picture(known, "kg")) == 1
    assert growth.weights(card, "kg") == ""
    assert growth.picture(card, "kg") == []


def test_a_lactation_in_progress_says_what_is_expected(card):
    one = {"parity": 2, "finished": False, "calved_on": "2026-01-01", "days_in_milk": 100,
           "milk_kg": 3000.0, "fat_percent": 4.0, "protein_percent": None, "standard_days": 305,
           "milk_standard_kg": None, "projected_kg": 8000.0, "projected_error_kg": 500.0,
           "reliability": 0.7, "mean_scs": 2.5, "curve": {"points": [{"day": 1, "milk_kg": 20}]},
           "test_days": [{"dim": 30, "milk_kg": 31.0}, {"dim": 60, "milk_kg": None}]}  # fmt: skip
    known = replace(card, lactations=[Item(one)])
    html = milk.lactations(known, "kg")
    for text in ("2, in progress", "expected 8,000 kg ± 500, reliability 70 %", "4.00 %", "2.5"):
        assert text in html
    assert len(milk.pictures(known, "lb")) == 1
    assert milk.lactations(card, "kg") == ""


def test_a_running_withdrawal_is_said_first_and_in_red(card):
    given = {"treated_on": "2026-01-01", "product": "P<", "dose": 2.0, "dose_unit": "ml",
             "disease": "", "meat_until": "2026-01-29", "milk_until": "2026-01-03"}  # fmt: skip
    told = Item(on="2026-01-10", meat_until="2026-01-29", milk_until=None, diagnoses=[],
                treatments=[given], withdrawal_unknown=["t"])  # fmt: skip
    html = health.health(replace(card, health=told))
    assert "Meat must not be sold up to and including 29 January 2026." in html
    assert '<span class="held">29 January 2026</span>' in html
    assert '<span class="held">3 January 2026</span>' not in html
    for text in ("P&lt;, 2 ml", "ask before meat or milk is sold"):
        assert text in html
    assert health.health(card) == ""


def test_changes_say_who_and_only_what_differs(card):
    one = {"at": "2026-01-01T10:00:00+00:00", "person": "fiona", "action": "animals:update",
           "before": {"name": "", "sire_id": "r", "tag": "Z"},
           "after": {"name": "<Di>", "sire_id": None, "tag": "Z"}}  # fmt: skip
    html = changes.changes(replace(card, history=[Item(one)], tags={"r": "RAM"}))
    for text in ("fiona", "Update (animals)", "name: nothing → <b>&lt;Di&gt;</b>",
                 "sire id: RAM → <b>nothing</b>"):  # fmt: skip
        assert text in html
    assert "tag:" not in html
    assert changes.changes(card) == ""


def test_offspring_are_links_with_their_other_parent(card):
    lamb = Item(id="l", tag="L", name="", sex="F", birth_date=None, status="alive", dam=None,
                sire=Item(id="r", tag="RAM", name=""))  # fmt: skip
    html = family.offspring(replace(card, young=[lamb]), href)
    for text in ("1 animal as dam, 1 alive", "animal?id=l&amp;t=x", "RAM"):
        assert text in html
    assert family.offspring(card, href) == ""


def test_a_photo_has_words_for_those_who_do_not_see_it(card):
    photo = (Item(id="i", caption='"side', taken_on="2026-01-02"), b"x")
    html = identity.photos([photo], lambda id: f"photo?{id}")
    assert 'alt="&quot;side, 2 January 2026"' in html
    assert 'href="photo?i"' in html
