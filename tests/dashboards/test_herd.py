"""What follows from a herd's data, and how it is said."""

import pandas as pd
import pytest

from agrigen.client import Evaluation, Item
from dashboards.herd import data, views
from dashboards.herd.data import Herd, TraitChoice
from dashboards.herd.state import PAGE_ROWS, HerdState


@pytest.fixture
def animals() -> pd.DataFrame:
    rows = [
        ("1", "A1", "Bess", "F", "Texel", "2020-03-01", "alive", 1.0, 0.7, 60.0),
        ("2", "A2", "", "F", "Texel", "2020-04-01", "alive", 2.0, 0.6, 80.0),
        ("3", "A3", "", "M", "Texel", "2020-05-01", "sold", 3.0, 0.5, 99.9),
        ("4", "A4", "<i>", "F", "Lleyn", "2022-03-01", "alive", -1.5, None, 10.0),
        ("5", "A5", "", "U", "", None, "alive", None, None, None),
    ]
    names = ["id", "tag", "name", "sex", "breed", "birth_date", "status"]
    values = ["breeding_value", "accuracy", "percentile"]
    frame = pd.DataFrame(rows, columns=[*names, *values])
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    return frame


@pytest.fixture
def trait() -> TraitChoice:
    item = Item(id="e", farm_ids=["f"], traits=["weaning_weight"], published_at="2026-01-02")
    return TraitChoice("weaning_weight", "Weaning weight", "kg", Evaluation(None, item))


def tags(animals: pd.DataFrame, **choices: object) -> list[str]:
    return data.chosen(animals, HerdState(**choices))["tag"].tolist()


def test_living_animals_are_counted_by_sex(animals):
    assert data.alive_by_sex(animals) == {"all": 4, "F": 3, "M": 0}


def test_years_without_births_are_shown_as_none(animals):
    assert data.born_per_year(animals).to_dict() == {2020: 3, 2021: 0, 2022: 1}


def test_a_year_with_few_animals_has_no_mean(animals):
    assert data.trend(animals).to_dict() == {2020: 2.0}


def test_the_yearly_change_is_the_slope_of_the_trend():
    assert data.yearly_change(pd.Series({2020: 1.0, 2021: 2.0, 2023: 4.0})) == pytest.approx(1.0)
    assert data.yearly_change(pd.Series({2020: 1.0, 2021: 2.0})) is None


def test_small_breeds_are_put_together():
    frame = pd.DataFrame({"breed": list("aaabbbccddefgh"), "status": "alive"})
    counts = data.breeds(frame)
    assert len(counts) == data.MOST_BREEDS
    assert counts["other"] == 3
    assert counts.sum() == len(frame)


def test_the_list_shows_the_best_living_animals_first(animals):
    assert tags(animals) == ["A2", "A1", "A4", "A5"]


def test_the_list_can_be_narrowed_and_turned_round(animals):
    assert tags(animals, sex="F", order="value") == ["A4", "A1", "A2"]
    assert tags(animals, status="", order="-birth_date")[:2] == ["A4", "A3"]
    assert tags(animals, text="bess") == ["A1"]
    assert tags(animals, text="a(") == []


def test_a_long_list_is_cut_into_pages():
    frame = pd.DataFrame({"tag": range(PAGE_ROWS + 3)})
    assert len(data.page_of(frame, 0)) == PAGE_ROWS
    assert len(data.page_of(frame, 1)) == 3
    assert "26 to 28 of 28 animals" in views.position(len(frame), 1)


def test_breeding_values_carry_sign_accuracy_and_place(animals, trait):
    html = views.animal_list(animals, trait, lambda id: f"animal?id={id}")
    for text in ("+3.00", "−1.50", "70 %", "99 %", "1 March 2020", "female", "animal?id=3"):
        assert text in html
    assert "100 %" not in html  # nobody is better than the whole of their own breed


def test_what_an_animal_gives_as_a_mother_is_a_column_where_it_was_evaluated(animals, trait):
    assert "As a mother" not in views.animal_list(animals, trait, lambda id: id)
    effects = [
        {"name": "a", "role": "direct", "traits": ["weaning_weight"]},
        {"name": "m", "role": "maternal", "traits": ["weaning_weight"]},
    ]
    item = Item(trait.evaluation.item, genetic_effects=effects)
    both = TraitChoice("weaning_weight", "Weaning weight", "kg", Evaluation(None, item))
    assert both.maternal == "m"
    html = views.animal_list(animals.assign(maternal=-0.25), both, lambda id: id)
    assert "As a mother, kg" in html
    assert "−0.25" in html
    assert "“As a mother” is what she adds" in views.legend(both)


def test_names_cannot_smuggle_markup_into_the_list(animals, trait):
    html = views.animal_list(animals, trait, lambda id: id)
    assert "&lt;i&gt;" in html
    assert "<i>" not in html


def test_a_herd_without_an_evaluation_says_so(animals):
    assert "No breeding values have been published" in views.legend(None)
    assert "Breeding value" not in views.animal_list(animals, None, lambda id: id)


def test_an_empty_list_says_what_to_do(animals, trait):
    assert "No animal matches" in views.animal_list(animals.iloc[:0], trait, lambda id: id)


def test_only_traits_whose_evaluation_has_the_farm_are_offered(trait):
    assert data.traits_of([trait], {"id": "f"}) == [trait]
    assert data.traits_of([trait], {"id": "g"}) == []


def test_one_breed_is_a_tile_and_several_are_a_chart(animals, trait):
    farm = Item(id="f", name="Hill")
    herd = Herd(farm, Item(records=12), animals, trait)
    texel = Herd(farm, Item(records=12), animals[animals["breed"] == "Texel"], trait)
    assert "the only breed" in views.overview(texel)
    assert "the only breed" not in views.overview(herd)
    assert len(views.pictures(herd)) == len(views.pictures(texel)) + 1
