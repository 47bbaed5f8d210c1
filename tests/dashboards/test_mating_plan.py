"""What a mating plan says, and how it is drawn."""

import pandas as pd
import pytest

from agrigen.client import Item
from dashboards.mating_plan import data, views


@pytest.fixture
def start() -> data.Start:
    rows = [
        ("r1", "R1", "Rex", "M", 12.0),
        ("e1", "E1", "", "F", 8.0),
        ("e2", "E2", "<b>", "F", None),
        ("e3", "E3", "", "F", -4.0),
    ]
    candidates = pd.DataFrame(rows, columns=["animal_id", "tag", "name", "sex", "index"])
    trait = {
        "trait": "weaning_weight", "name": "Weaning weight", "unit": "kg", "weight": 4.0,
        "genetic_sd": 2.5,
    }  # fmt: skip
    index = Item(traits=[trait, {**trait, "trait": "litter", "unit": "", "weight": -1.0}],
                 explanation="A <start>.")  # fmt: skip
    farm = Item(id="f", name="Hill", species="sheep")
    return data.Start(farm, index, candidates.assign(farm="Hill"), pd.DataFrame(), [])


def mating(**changes: object) -> dict:
    one = {
        "female_id": "e1", "female_tag": "E1", "male_id": "r1", "male_tag": "R1", "index": 10.0,
        "low": 1.0, "high": 19.0, "inbreeding": 0.125, "second": None,
        "notices": [{"message": "Progeny would be 12.5 % inbred.", "code": "breeding.inbred"}],
    }  # fmt: skip
    return {**one, **changes}


@pytest.mark.parametrize(
    ("inbreeding", "words"),
    [(0.0, "no known kinship"), (0.02, "distantly"), (0.0625, "first cousins"),
     (0.125, "half siblings"), (0.3, "full siblings"), (None, "not known")],
)  # fmt: skip
def test_inbreeding_is_told_as_a_kinship(inbreeding, words):
    assert words in views.meaning(inbreeding)


def test_a_mating_has_a_range_a_kinship_and_what_there_is_to_know():
    html = views.matings([mating()], lambda id: f"animal?id={id}")
    for text in ("+10.0", "nine of ten +1.0 to +19.0", "as of half siblings", "12.5 % inbred.",
                 "nobody else suits", "animal?id=e1"):  # fmt: skip
        assert text in html


def test_a_plan_of_before_ranges_were_kept_is_still_shown():
    old = {name: value for name, value in mating().items() if name not in ("low", "high")}
    assert "nine of ten" not in views.matings([old], lambda id: id)


def test_females_without_a_mate_are_listed_with_the_reason():
    reason = {"message": "2 of 2 males are too closely related.", "code": "breeding.inbreeding"}
    left = {"female_id": "e", "female_tag": "<E>", "notices": [reason]}
    html = views.unmated({"unmated": [left]}, lambda id: id)
    assert "1 female without a mate" in html
    assert "too closely related" in html
    assert "&lt;E&gt;" in html
    assert views.unmated({"unmated": []}, lambda id: id) == ""


def test_shares_of_the_index_are_what_animals_differ_in(start):
    assert data.emphases(start.index) == {"weaning_weight": 0.8, "litter": 0.2}
    assert "A &lt;start&gt;." in views.index_card(start, "kg")


def test_only_changed_points_are_sent_as_weights(start):
    usual = {one["trait"]: data.points_of(one) for one in start.index["traits"]}
    assert data.weights_of(start.index, usual) is None
    given = data.weights_of(start.index, {**usual, "litter": 5.0})
    assert given == {"weaning_weight": 4.0, "litter": 2.0}


def test_points_are_explained_in_the_unit_of_the_viewer(start):
    assert "2.50 kg" in views.points_explained(start.index, "kg")
    assert "5.51 lb" in views.points_explained(start.index, "lb")


def test_candidates_stand_best_first_and_their_names_carry_points(start):
    assert start.females["tag"].tolist() == ["E1", "E3", "E2"]
    assert [views.option(one) for one in start.males.itertuples()] == ["R1 Rex, +12.0 points"]
    assert "3 females of this farm" in views.candidates(start)


def test_a_pair_is_judged_in_words_first_and_set_beside_the_herd(start):
    parent = {"tag": "R1", "name": "", "index": 12.0, "inbreeding": 0.0}
    expected = {"what": "index", "unit": "points", "mean": 10.0, "low": 2.0, "high": 18.0}
    found = {
        "sire": parent, "dam": {**parent, "tag": "E1", "index": 8.0}, "index": expected,
        "traits": [{**expected, "what": "weaning_weight", "unit": "kg"}], "inbreeding": 0.0625,
        "relation": "As between first cousins.", "genes": [], "prnp": [], "notices": [],
        "verdict": "avoid", "text": "Better not: <too close>.",
    }  # fmt: skip
    html = views.pair(found, start, "lb")
    for text in ("Better not", "&lt;too close&gt;", "6.25 %", "+22.05 lb", "better than 67 %"):
        assert text in html
    assert len(views.pair_picture(found, start)) == 1
    assert views.pair_picture({**found, "index": None}, start) == []
