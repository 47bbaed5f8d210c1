"""What there is to do, right to the day, in every species."""

from datetime import date

import pytest

from hub.events.due import Days, Due, of_female, of_treatments, of_young
from hub.events.machine import Happening, Subject, fold
from hub.events.schemas import DueKind
from tests.hub.events.told import day, female, group, told

K = DueKind


def due(subject: Subject, today: int, *happened: Happening) -> dict[DueKind, Due]:
    return listed(subject, Days(day(-1000), day(2000), day(today)), *happened)


def listed(subject: Subject, days: Days, *happened: Happening) -> dict[DueKind, Due]:
    track = fold(subject, happened)
    return {one.kind: one for one in (*of_female(track, days), *of_young(track, days))}


@pytest.mark.parametrize(
    ("species", "heat", "check", "birth"),
    [
        ("sheep", (14, 17, 20), (25, 80, 100), (142, 147, 152)),
        ("goat", (18, 21, 24), (25, 45, 90), (145, 150, 155)),
        ("cattle", (18, 21, 24), (26, 32, 60), (273, 283, 296)),
    ],
)
def test_after_a_mating(
    species: str, heat: tuple[int, ...], check: tuple[int, ...], birth: tuple[int, ...]
) -> None:
    found = due(female(species), 10, told("mating", 0))
    for kind, days in ((K.HEAT_WATCH, heat), (K.PREGNANCY_CHECK, check), (K.PARTURITION, birth)):
        one = found[kind]
        assert (one.from_on, one.due_on, one.to_on) == tuple(day(number) for number in days), kind


def test_a_group_is_looked_at_after_the_rams_are_out() -> None:
    found = due(female(), 50, group(0, 34))
    assert K.HEAT_WATCH not in found
    check = found[K.PREGNANCY_CHECK]  # the last is seen from day 25, the first counted to day 100
    assert (check.from_on, check.due_on, check.to_on) == (day(34 + 25), day(80), day(100))
    long = due(female(), 50, group(0, 90))[K.PREGNANCY_CHECK]
    assert (long.from_on, long.due_on, long.to_on) == (day(115), day(115), day(90 + 45))
    assert found[K.PARTURITION].to_on == day(34 + 152)


def test_a_scanned_ewe_is_looked_at_no_more() -> None:
    found = due(female(), 90, told("mating", 0), told("pregnancy_check", 80, foetus_count=2))
    assert K.PREGNANCY_CHECK not in found
    assert (
        found[K.PARTURITION].because == "Found pregnant with 2 on 2025-12-20. Mated on 2025-10-01."
    )


def test_a_cow_is_dried_off_and_mated_again() -> None:
    calved, mated = told("parturition", 0), told("mating", 80)
    assert due(female("cattle"), 20, calved)[K.MATE].due_on == day(50)
    found = due(female("cattle"), 130, calved, mated, told("pregnancy_check", 112))
    assert found[K.DRY_OFF].due_on == day(80 + 283 - 60)
    dried = told("dry_off", 300)
    assert K.DRY_OFF not in due(female("cattle"), 301, calved, mated, dried)
    empty = told("pregnancy_check", 112, result="empty")
    assert due(female("cattle"), 113, calved, mated, empty)[K.MATE].due_on == day(112)


def test_a_recipient_comes_into_heat_three_weeks_after_the_heat_before_her_transfer() -> None:
    found = due(female("cattle"), 10, told("embryo_transfer", 7))
    assert found[K.HEAT_WATCH].due_on == day(21)
    assert found[K.PREGNANCY_CHECK].because.startswith("Embryo transferred on 2025-10-08;")


def test_who_aborted_or_was_found_empty_is_mated_again() -> None:
    life = [told("parturition", 0), told("mating", 80), told("abortion", 230)]
    again = due(female("cattle"), 240, *life)[K.MATE]
    assert (again.due_on, again.because) == (
        day(230 + 50), "Aborted on 2026-05-19; 50 days are waited."
    )  # fmt: skip
    heifer = [told("mating", 0), told("pregnancy_check", 40, result="empty")]
    assert due(female("cattle"), 41, *heifer)[K.MATE].due_on == day(40)


def test_a_heifer_is_old_enough() -> None:
    assert due(female("cattle", born=day(-400)), 0)[K.MATE].due_on == day(25)
    assert K.MATE not in due(female("sheep", born=day(-400)), 0)  # sheep go to the ram by season


def test_a_lamb_is_weaned_once() -> None:
    lamb = female(born=day(0))
    assert due(lamb, 30)[K.WEAN].due_on == day(60)
    assert K.WEAN not in due(lamb, 70, told("weaning", 61))


def test_meat_and_milk_are_withheld_the_days_that_are_told() -> None:
    given = told("treatment", 0, withdrawal_meat_days=28, withdrawal_milk_days=4)
    meat, milk = of_treatments(female().id, [given], Days(day(3), day(4), day(3)))
    assert (meat.from_on, meat.due_on, milk.due_on) == (day(0), day(29), day(5))
    [meat] = of_treatments(female().id, [given], Days(day(6), day(20), day(6)))
    assert "meat withheld 28 days" in meat.because
    assert not [*of_treatments(female().id, [given], Days(day(30), day(60), day(30)))]


@pytest.mark.parametrize(
    ("today", "first", "last", "falls"),
    [
        (10, 140, 141, False), (10, 140, 142, True), (10, 152, 160, True), (10, 153, 160, False),
        (153, 153, 160, True),  # overdue: on the list of today
        (153, 160, 170, False), (152 + 60, 200, 230, True), (152 + 61, 200, 230, False),
    ],
)  # fmt: skip
def test_a_thing_is_listed_while_it_can_be_done(
    today: int, first: int, last: int, falls: bool
) -> None:
    scanned = told("mating", 0), told("pregnancy_check", 80)
    days = Days(day(first), day(last), day(today))
    found = listed(female(), days, *scanned)
    assert (K.PARTURITION in found) is falls
    if falls:
        assert days.overdue(K.PARTURITION, found[K.PARTURITION].to_on) is (today > 152)


def test_a_birth_that_never_came_is_not_waited_for_forever() -> None:
    assert K.PARTURITION not in due(female(born=date(2015, 1, 1)), 400, told("mating", 0))
