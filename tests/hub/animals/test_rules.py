"""What can and cannot be true of animals and their parents."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.animals import rules
from hub.storage.base import new_id

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Animal:
    tag: str
    sex: str = "U"
    species: str = "sheep"
    birth_date: date | None = None
    id: UUID = NOBODY


LAMB = Animal("lamb", birth_date=date(2024, 3, 1), id=new_id())
RAM = Animal("ram", "M", birth_date=date(2020, 3, 1), id=new_id())
EWE = Animal("ewe", "F", birth_date=date(2020, 3, 1), id=new_id())


def messages(**parents: Animal) -> str:
    return " ".join(error.message for error in rules.problems_of_parents(LAMB, parents.items()))


def test_good_parents_have_no_problems() -> None:
    assert rules.problems_of_parents(LAMB, {"sire_id": RAM, "dam_id": EWE}.items()) == []
    unknown_sex = replace(EWE, sex="U", birth_date=None)
    assert rules.problems_of_parents(LAMB, {"dam_id": unknown_sex}.items()) == []


def test_all_problems_of_both_parents_are_told_at_once() -> None:
    old_bull = Animal("bull", "F", "cattle", date(2024, 2, 1), new_id())
    errors = rules.problems_of_parents(LAMB, {"sire_id": old_bull, "dam_id": old_bull}.items())
    assert [error.where for error in errors] == ["sire_id"] * 3 + ["dam_id"] * 3
    said = " ".join(error.message for error in errors)
    for part in ("is female, so it cannot be a sire", "species cattle", "29 days before lamb",
                 "same animal"):  # fmt: skip
        assert part in said


def test_nobody_is_their_own_parent() -> None:
    assert "its own dam" in messages(dam_id=replace(LAMB, sex="F"))


@pytest.mark.parametrize("species", rules.EARLIEST)
def test_a_parent_just_old_enough_passes_and_a_day_younger_does_not(species: str) -> None:
    needed = rules.EARLIEST[species].birth
    child = replace(LAMB, species=species)
    born = date(2024, 3, 1) - timedelta(days=needed)
    dam = Animal("dam", "F", species, born, new_id())
    assert rules.problems_of_parents(child, {"dam_id": dam}.items()) == []
    younger = replace(dam, birth_date=born + timedelta(days=1))
    [error] = rules.problems_of_parents(child, {"dam_id": younger}.items())
    assert f"at least {needed} days older" in error.message


def test_the_earliest_ages_are_below_what_farms_see_and_above_nonsense() -> None:
    months = {species: limit.birth / 30.4 for species, limit in rules.EARLIEST.items()}
    assert 12 < months["cattle"] < 14
    assert 7 < months["sheep"] < 9
    assert 6 < months["goat"] < 8
    assert 8 < months["pig"] < 11


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_an_age_is_refused_on_one_side_of_the_limit_only(child: date, parent: date) -> None:
    dam = Animal("dam", "F", "sheep", parent, new_id())
    refused = bool(
        rules.problems_of_parents(replace(LAMB, birth_date=child), {"dam_id": dam}.items())
    )
    assert refused == ((child - parent).days < rules.EARLIEST["sheep"].birth)


def test_offspring_forbid_a_change_of_sex_or_of_birth_date() -> None:
    offspring = rules.Offspring(as_sire=0, as_dam=2, first_birth=date(2022, 3, 1))
    assert rules.problems_with_offspring(EWE, offspring) == []
    errors = rules.problems_with_offspring(
        replace(EWE, sex="M", birth_date=date(2022, 1, 1)), offspring
    )
    assert [error.where for error in errors] == ["sex", "birth_date"]
    assert "dam of 2 animals" in errors[0].message


def test_a_birth_is_not_in_the_future_anywhere_on_earth() -> None:
    evening = datetime(2024, 3, 1, 12, tzinfo=UTC)  # already the second in Kiribati
    today = rules.latest_today(evening)
    assert today == date(2024, 3, 2)
    assert rules.problems_of_dates(today, today) == []
    assert rules.problems_of_dates(today + timedelta(days=1), today)
    assert rules.problems_of_dates(None, today) == []
