"""Questions as people write them, and what is understood."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from hub.chat.tools import _farms
from hub.chat.understanding import (
    AboutAnimal,
    BestAnimals,
    CountAnimals,
    Narrowing,
    NotUnderstood,
    Vocabulary,
    understand,
)

HILL = UUID(int=1)
KNOWN = Vocabulary(
    farms={"hill farm": HILL, "hill": HILL},
    breeds={"texel": "Texel", "scottish blackface": "Scottish Blackface"},
    traits={
        "weaning weight": ("weaning_weight",),
        "weaning": ("weaning_weight",),
        "milk": ("milk_yield", "milk_305d"),
    },
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many animals do I have by breed and sex?", Narrowing(mine=True)),
        ("how many animals are there by breed and sex", Narrowing()),
        ("How many Texel ewes are on Hill Farm?", Narrowing(HILL, "sheep", "Texel", "F")),
        ("number of rams on HILL", Narrowing(HILL, "sheep", None, "M")),
        ("Count the cows, please.", Narrowing(None, "cattle", None, "F")),
        ("how many rams and ewes", Narrowing(None, "sheep")),
        ("Scottish blackface: how many?", Narrowing(None, None, "Scottish Blackface")),
        ("my sheep by breed and sex", Narrowing(species="sheep", mine=True)),
    ],
)
def test_questions_for_numbers(question: str, expected: Narrowing):
    assert understand(question, KNOWN) == CountAnimals(expected)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Which are the best 5 rams for weaning weight?",
            BestAnimals(("weaning_weight",), 5, Narrowing(None, "sheep", None, "M")),
        ),
        ("top ten for weaning", BestAnimals(("weaning_weight",), 10, Narrowing())),
        (
            "Show me my best Texel ewes at Hill for weaning_weight",
            BestAnimals(("weaning_weight",), 10, Narrowing(HILL, "sheep", "Texel", "F", mine=True)),
        ),
        (
            "best cows for milk",
            BestAnimals(("milk_yield", "milk_305d"), 10, Narrowing(None, "cattle", None, "F")),
        ),
        ("best animals", BestAnimals((), 10, Narrowing())),
        ("the 1000 best for weaning", BestAnimals(("weaning_weight",), 50, Narrowing())),
        ("lowest weaning weight", BestAnimals(("weaning_weight",), 10, Narrowing(), lowest=True)),
    ],
)
def test_questions_for_the_best(question: str, expected: BestAnimals):
    assert understand(question, KNOWN) == expected


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Tell me about HILL-2021-0042", "HILL-2021-0042"),
        ("Show animal 0042 in one page.", "0042"),
        ("Who is 'Old Bess'?", "Old Bess"),
        ("UK123456", "UK123456"),
        ("tell me about Bella", "Bella"),
        ("What do you know about animal S-1?", "S-1"),
        ("Tell me about UK0331906 00420.", "UK0331906 00420"),
    ],
)
def test_questions_about_one_animal(question: str, name: str):
    found = understand(question, KNOWN)
    assert isinstance(found, AboutAnimal)
    assert found.names[0] == name


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many animals died last winter?", ("died", "last", "winter")),
        ("How many animals are on Valley farm?", ("valley",)),
        ("best rams for wool", ("wool",)),
    ],
)
def test_a_word_nobody_knows_is_not_skipped(question: str, words: tuple[str, ...]):
    assert understand(question, KNOWN) == NotUnderstood(words)


@pytest.mark.parametrize(
    ("name", "usable"), [("rams", False), ("all", False), ("ram circle", True), ("hills", True)]
)
def test_a_farm_is_not_found_by_a_word_for_animals(name: str, usable: bool):
    assert bool(_farms({HILL: SimpleNamespace(id=HILL, name="A", code=name)}).get(name)) is usable


@pytest.mark.parametrize("question", ["What is the weather like?", "hello", "...", "¿?", "🐑"])
def test_other_questions_are_not_understood(question: str):
    assert understand(question, KNOWN) == NotUnderstood()
