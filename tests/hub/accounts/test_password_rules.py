"""Which passwords are taken; A1, A2 and A3 of the checklist."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from hub.accounts import LocalAccountCreate
from hub.accounts.password_rules import common, problem

TYPED = st.characters(exclude_categories=("Cs", "Cc"))


@given(st.text(TYPED, min_size=8, max_size=256))
def test_any_characters_are_taken_unless_they_are_easy_to_guess(password: str) -> None:
    """A1, A2: no rules about which characters; spaces, emoji and every script count as they are."""
    wrong = problem(password, "fiona", "Fiona Hill")
    assert not wrong or "lists of common" in wrong or "your name" in wrong


@pytest.mark.parametrize(
    "password",
    [
        "a" * 256,
        "            x",
        "päßwörter über alles",
        "羊と山と谷と川と空",
        "🐑🐐🐄🐖🐓🐎🦙🐇",
        "zzzzzzzzzzzzzzzzzzzz",
    ],
)
def test_long_passwords_of_one_kind_of_character_are_taken(password: str) -> None:
    """A2: no composition rules."""
    assert problem(password) == ""


@pytest.mark.parametrize("password", ["", "1234567", "🐑" * 7, "a" * 257, "x" * 100_000])
def test_too_short_and_too_long_are_refused_with_the_limits(password: str) -> None:
    """A1: at least 8, at most 256; nothing is cut off in silence."""
    assert "8 to 256 characters" in problem(password)


def test_every_entry_of_the_lists_is_refused() -> None:
    """A3: the whole breached list, in whatever case."""
    entries = {word for words in FREQUENCY_LISTS.values() for word in words if len(word) >= 8}
    assert len(entries) > 20_000
    for word in entries:
        assert problem(word), word
        assert problem(word.upper()), word


@pytest.mark.parametrize(
    "password",
    [
        "fionafiona",
        "Fiona2026!",
        "fiona.hill",
        "FionaHill99",
        "agrigen123",
        "AgriGen-2026",
        "jupyterhub1",
    ],
)
def test_names_of_the_person_and_the_hub_are_refused(password: str) -> None:
    """A3: context words."""
    assert "your name or that of the hub" in problem(password, "fiona.hill", "Fiona Hill")


def test_a_sentence_with_ones_name_in_it_is_taken() -> None:
    assert problem("wool over fiona's eyes", "fiona", "Fiona Hill") == ""


def test_a_check_takes_less_than_a_tenth_of_a_second() -> None:
    common.cache_clear()
    common()
    started = time.perf_counter()
    for number in range(20):
        problem(f"fiona{number}" * 20, "fiona.hill@farm.example", "Fiona " * 30)
    assert (time.perf_counter() - started) / 20 < 0.1


def test_an_account_with_a_common_password_is_refused_without_repeating_it() -> None:
    """A3: at making."""
    with pytest.raises(ValidationError) as refusal:
        LocalAccountCreate(username="fiona", password=SecretStr("iloveyou1"))
    [error] = refusal.value.errors(include_input=False)
    assert error["loc"] == ("password",)
    assert "iloveyou1" not in error["msg"]
    assert "common and stolen" in error["msg"]
