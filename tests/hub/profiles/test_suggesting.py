"""What is suggested follows from the facts alone, and says why."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from hub.permissions import ROLES, Role
from hub.profiles import Suggestion
from hub.profiles.suggesting import Facts, FarmFacts, Mending, suggestions

ON = date(2026, 9, 1)
HILL = FarmFacts(
    id=UUID(int=1),
    name="Hill Farm",
    animals=80,
    no_sire=0,
    no_dam=0,
    no_birth_date=0,
    matings_ahead=0,
    mating_starts=None,
    planned=False,
    sharing_ends=None,
)
FIONA = Facts(
    roles=frozenset({Role.FARMER}),
    permissions=ROLES[Role.FARMER],
    has_factor=True,
    farms=(HILL,),
    mending=None,
)


def of(**changes: object) -> Facts:
    return replace(FIONA, farms=(replace(HILL, **changes),))


def kinds(facts: Facts) -> list[Suggestion]:
    return [one.kind for one in suggestions(facts, ON)]


def test_somebody_for_whom_all_is_done_is_left_alone():
    assert suggestions(FIONA, ON) == []


def test_parents_that_are_missing_are_counted():
    [found] = suggestions(of(no_sire=12, no_dam=3), ON)
    assert found.kind is Suggestion.COMPLETE_HERD
    assert "Of 80 living animals 12 have no sire." in found.reason  # 3 of 80 are below a twentieth


def test_a_season_that_comes_again_is_told_with_its_day_until_a_plan_is_made():
    ahead = {"matings_ahead": 30, "mating_starts": date(2025, 10, 1)}
    plan, lesson = suggestions(of(**ahead), ON)
    assert plan.kind is Suggestion.MATING_SEASON
    assert "2025-10-01 with 30 matings" in plan.reason
    assert "again in 30 days" in plan.reason
    assert plan.address.endswith(f"mating-plan?farm={HILL.id}")
    assert lesson.kind is Suggestion.LESSON
    assert Suggestion.MATING_SEASON not in kinds(of(**ahead, planned=True))


@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR])
def test_who_learns_is_shown_the_lesson(role: Role):
    facts = replace(FIONA, roles=frozenset({role}), permissions=ROLES[role], farms=())
    assert kinds(facts) == [Suggestion.LESSON]


def test_one_factor_and_rows_to_mend_come_first():
    facts = replace(
        of(no_dam=80), has_factor=False, mending=Mending(UUID(int=2), HILL.id, "w.csv", 1)
    )
    assert kinds(facts) == [
        Suggestion.SECOND_FACTOR, Suggestion.MEND_IMPORT, Suggestion.COMPLETE_HERD,
    ]  # fmt: skip
    assert "1 row of w.csv" in suggestions(facts, ON)[1].reason


def test_an_empty_farm_is_filled_by_those_who_may():
    assert kinds(of(animals=0)) == [Suggestion.FIRST_FILE]
    reads_only = replace(of(animals=0), permissions=ROLES[Role.ADVISER])
    assert kinds(reads_only) == []


def test_an_end_of_sharing_is_told_with_its_day():
    [found] = suggestions(of(sharing_ends=datetime(2026, 9, 9, tzinfo=UTC)), ON)
    assert found.kind is Suggestion.SHARING_ENDS
    assert "2026-09-09" in found.reason


def test_a_season_that_began_on_a_leap_day_has_a_day_every_year():
    found = suggestions(of(matings_ahead=2, mating_starts=date(2024, 2, 29)), date(2025, 1, 1))
    assert "again in 58 days" in found[0].reason
