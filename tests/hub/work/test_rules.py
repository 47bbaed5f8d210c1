"""What deserves a look: each rule on both sides of its limit."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest

from hub.schemas import Language
from hub.work.rules import (
    Measured,
    Pairing,
    Withdrawal,
    inbred_matings,
    milk_drops,
    overdue,
    weight_losses,
    withdrawals,
)
from hub.work.texts import say

TODAY = date(2026, 11, 23)
COW = uuid4()


def measured(*kg: float, last_on: date = TODAY - timedelta(days=3)) -> list[Measured]:
    days = [last_on - timedelta(days=30 * back) for back in range(len(kg))][::-1]
    return [Measured(COW, "NL 7", day, one) for day, one in zip(days, kg, strict=True)]


@pytest.mark.parametrize(
    ("kg", "told"),
    [((30, 28, 24), True), ((30, 20, 24.1), False), ((30, 24), False), ((0, 10, 0), False),
     ((20, 30, 29, 24.1), False), ((20, 30, 29, 23), True)],
)  # fmt: skip
def test_a_fifth_less_milk_than_two_tests_before_is_told(kg, told):
    assert bool(milk_drops([measured(*kg)], TODAY)) is told


def test_a_drop_that_is_long_past_says_nothing_of_today():
    assert milk_drops([measured(30, 28, 20, last_on=TODAY - timedelta(days=61))], TODAY) == []


def test_a_new_test_is_a_new_reason_and_the_same_test_the_same():
    first, again = (milk_drops([measured(30, 28, 24)], TODAY + timedelta(days=n)) for n in (0, 5))
    [later] = milk_drops([measured(30, 28, 24, last_on=TODAY)], TODAY)
    assert first[0].key == again[0].key != later.key


@pytest.mark.parametrize(("kg", "told"), [((60, 54), True), ((60, 54.1), False), ((60,), False)])
def test_a_tenth_of_the_weight_lost_is_told(kg, told):
    assert bool(weight_losses([measured(*kg)], TODAY)) is told


@pytest.mark.parametrize(("kinship", "told"), [(0.0625, False), (0.125, True)])
def test_offspring_of_half_siblings_are_told_and_of_first_cousins_not(kinship, told):
    pairing = Pairing(uuid4(), COW, "UK 7", TODAY, "Ivor", kinship)
    found = inbred_matings([pairing])
    assert bool(found) is told
    if told:
        assert "12.5 %" in say("en", "alert.inbred_mating", tag="UK 7", **found[0].values)


@pytest.mark.parametrize(("day", "told"), [(-1, False), (0, True), (9, True), (10, False)])
def test_a_withdrawal_runs_from_the_treatment_to_its_last_day(day, told):
    start = TODAY - timedelta(days=day)
    running = Withdrawal(uuid4(), COW, "UK 7", start, "X", "meat", start + timedelta(days=9))
    assert bool(withdrawals([running], TODAY)) is told


@dataclass(frozen=True)
class Due:
    kind: str = "pregnancy_check"
    event_id: object = None
    animal_id: object = COW
    tag: str = "UK 7"
    due_on: date = TODAY - timedelta(days=12)
    to_on: date = TODAY - timedelta(days=2)
    overdue: bool = True


def test_overdue_work_says_for_how_long():
    [found] = overdue([Due(), Due(overdue=False)], TODAY)
    assert found.values["days"] == 12
    values = found.values | {"what": say("fr", "due.pregnancy_check")}
    text = say("fr", "alert.overdue", tag="UK 7", **values)
    assert text == "UK 7 : constat de gestation, prévu le 11/11/2026, il y a 12 jours."


def test_every_language_has_every_sentence():
    from hub.work.texts import _texts

    assert len({frozenset(_texts(language)) for language in Language}) == 1
