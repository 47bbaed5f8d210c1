"""The page of one animal: what is said about it and how its pedigree is drawn."""

from dataclasses import replace

import pandas as pd
import pytest

from agrigen.client import Item
from dashboards.animals import data, identity, views
from dashboards.components.pedigree import ancestry, pedigree_html


def href(id: str) -> str:
    return f"animal?id={id}&t=x"


def node(id: str, tag: str, sire: str | None = None, dam: str | None = None) -> Item:
    return Item(id=id, tag=tag, name="", sire_id=sire, dam_id=dam, sex="U")


@pytest.fixture
def ancestors() -> list[Item]:
    return [node("z", "Z", "s", "d"), node("s", "S", "g"), node("d", "S", "g"), node("g", "<G>")]


@pytest.fixture
def card(ancestors) -> data.AnimalCard:
    animal = Item(
        id="z", tag="Z", name="Daisy", breed="Texel", sex="F", birth_date="2024-03-02",
        birth_type=2, status="alive", sire=Item(id="s", tag="S", name="Duke"), dam=None,
        identifiers=[{"scheme": "rfid", "value": "982<"}],
    )  # fmt: skip
    value = Item(
        trait="weaning_weight", value=3.456, se=1.1, accuracy=0.71, percentile=84.2, breed="Texel",
        records=1, inbreeding=0.0625, evaluation="Spring", published_at="2026-05-01T10:00:00Z",
    )  # fmt: skip
    records = pd.DataFrame(
        {
            "trait": ["weaning_weight"] * 4,
            "recorded_on": pd.to_datetime(["2024-06-01", "2024-05-01", "2024-08-01", None]),
            "value": [30.0, 25.0, 40.0, 1.0],
            "occasion": ["", "", "late", ""],
        }
    )
    trait = Item(code="weaning_weight", name="Weaning weight", unit="kg")
    return data.AnimalCard(
        animal, Item(id="f", name="Hill"), ancestors, [], [value], records, {trait.code: trait}
    )


def test_the_identity_card_is_in_plain_words(card):
    html = identity.identity(card, href, "herd")
    for text in ("Daisy (Z)", "female", "2 March 2024, twin", "Duke (S)", "6.2 %", "982&lt;"):
        assert text in html
    assert "not recorded, or on a farm you cannot see" in html


def test_a_breeding_value_says_where_it_stands_and_how_sure_it_is(card):
    html = views.breeding_values(card)
    for text in ("+3.46 kg", "Better than 84 % of Texel", "Accuracy 71 %", "1 own record"):
        assert text in html


def test_what_an_animal_gives_as_a_mother_stands_on_a_card_of_its_own(card):
    card.values.append(Item(card.values[0], role="maternal", value=-0.5, records=3))
    html = views.breeding_values(card)
    for text in ("Weaning weight, as a mother", "−0.50 kg", "3 records of offspring", "milk"):
        assert text in html


def test_an_animal_without_an_evaluation_is_told_so(card):
    nothing = data.AnimalCard(card.animal, card.farm, [], [], [], card.records.iloc[:0], {})
    assert "No published evaluation" in views.breeding_values(nothing)
    assert "nothing to draw" in views.pedigree(nothing, href)
    assert "No records" in views.record_list(nothing)
    assert views.footer(nothing) == ""


def test_the_trait_one_came_with_stands_first():
    values = [Item(trait="a"), Item(trait="b"), Item(trait="c")]
    assert [one.trait for one in data.ordered(values, "b")] == ["b", "a", "c"]


def test_dated_records_are_in_order_by_occasion(card):
    groups = data.groups_over_time(card.records)
    assert [(name, values) for name, _, values in groups] == [("", [25.0, 30.0]), ("late", [40.0])]


def test_equal_tags_of_two_farms_stay_two_animals(ancestors):
    known = ancestry(ancestors)
    assert known.ids == ("Z", "S", "S (2)", "<G>")
    assert (known.sire, known.dam) == ((1, 3, 3, -1), (2, -1, -1, -1))


def test_every_ancestor_is_a_link_in_drawing_and_list(ancestors):
    html = pedigree_html(ancestors, href)
    drawing, tree = html.split('<ul class="tree listed">')
    assert drawing.count('href="animal?id=g&amp;t=x"') == 2
    assert tree.count('href="animal?id=g&amp;t=x"') == 2
    assert "<G>" not in html
    assert "&lt;G&gt;" in html


def test_an_animals_genotypes_say_what_dna_says_of_its_parents(card):
    row = {"set_id": "s", "set_name": "Flock <5k>", "version": 2, "markers": 5123, "state": "kept",
           "call_rate": 0.994, "created_at": "2026-11-02T10:00:00+00:00"}  # fmt: skip
    sire = {"role": "sire", "recorded": "R <1>", "status": "excluded",
            "proposed": [{"animal_id": "r2", "tag": "R 2"}]}  # fmt: skip
    dam = {"role": "dam", "recorded": None, "status": "unknown", "proposed": []}
    genotyped = replace(card, genotypes=[Item(row), Item(row, state="excluded")],
                        parents=[Item(sire), Item(dam)])  # fmt: skip
    html = views.genotypes(genotyped, lambda id: f"set?id={id}", href)
    for text in ("Flock &lt;5k&gt;, version 2", "set?id=s", "5,123", "99.4 %", "left out",
                 "sire R &lt;1&gt; cannot be the sire", "fits as the sire",
                 "animal?id=r2&amp;t=x", "No dam is recorded."):  # fmt: skip
        assert text in html
    assert views.genotypes(card, str, href) == ""
