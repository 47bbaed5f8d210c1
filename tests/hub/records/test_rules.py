"""What can and cannot be true of a record."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.records import rules
from hub.records.performance_traits import KNOWN_BEFORE, PERFORMANCE_TRAITS
from hub.records.standard import CARCASS_TRAITS, STANDARD_TRAITS

TODAY = date(2024, 6, 1)
BORN = date(2024, 3, 1)


@dataclass(frozen=True)
class Trait:
    code: str = "weaning_weight"
    name: str = "Weaning weight"
    unit: str = "kg"
    species: str | None = None
    lowest: float = 3
    highest: float = 500
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Animal:
    tag: str = "L1"
    species: str = "sheep"
    birth_date: date | None = BORN


def problems(
    trait: Trait = Trait(), animal: Animal = Animal(), value: float = 30, on: date | None = TODAY
) -> list[str]:
    found = rules.problems_of_record(trait, animal, value=value, recorded_on=on, today=TODAY)
    return [problem.where for problem in found]


def test_a_plausible_record_has_no_problems() -> None:
    assert problems() == []
    assert problems(on=None) == []
    assert problems(on=BORN) == []
    assert problems(animal=Animal(birth_date=None), on=date(1990, 1, 1)) == []


def test_all_problems_are_told_at_once() -> None:
    cattle_only = Trait(species="cattle")
    assert problems(cattle_only, value=30_000, on=BORN - timedelta(days=1)) == [
        "trait", "value", "recorded_on",
    ]  # fmt: skip
    assert problems(on=TODAY + timedelta(days=1)) == ["recorded_on"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_is_a_finite_number(value: float) -> None:
    assert problems(value=value) == ["value"]


@given(st.floats())
def test_a_value_is_taken_exactly_inside_the_range(value: float) -> None:
    assert (problems(value=value) == []) == (3 <= value <= 500)


def test_the_message_says_what_is_allowed() -> None:
    problem = rules.problem_of_value(Trait(), 30_000)
    assert problem
    assert "30000 kg is outside 3 to 500 kg" in problem.message
    assert "unit (kg)" in problem.remedy


def test_a_species_with_a_range_of_its_own_is_held_to_it() -> None:
    trait = Trait(ranges={"sheep": (3, 100)})
    assert problems(trait, value=100) == []
    problem = rules.problem_of_value(trait, 300, "sheep")
    assert problem
    assert "Weaning weight of sheep of 300 kg is outside 3 to 100 kg" in problem.message
    assert problems(trait, Animal(species="cattle"), value=300) == []


def test_standard_traits_have_a_range_and_a_code_of_their_own() -> None:
    before = [*STANDARD_TRAITS, *CARCASS_TRAITS]
    traits = [*before, *PERFORMANCE_TRAITS]
    assert len({trait["code"] for trait in traits}) == len(traits)
    assert all(trait["lowest"] < trait["highest"] for trait in traits)
    assert set(KNOWN_BEFORE) == {trait["code"] for trait in before}
    spans = [one for trait in PERFORMANCE_TRAITS for one in trait["ranges"].values()]
    assert all(lowest < highest for lowest, highest in spans)
