"""The page of the security checklist names tests that exist, and leaves no item without a word."""

import pytest

from tests.checklist import cited, exists, rows

ITEMS = {
    **{"A": 18, "B": 12, "C": 10, "D": 12, "E": 12, "F": 6, "K": 7, "H": 7, "I": 7},
}


def test_every_item_is_on_the_page() -> None:
    assert set(rows()) == {
        f"{letter}{n}" for letter, last in ITEMS.items() for n in range(1, last + 1)
    }


@pytest.mark.parametrize("item", sorted(rows()))
def test_an_item_names_tests_that_exist_or_says_why_there_is_none(item: str) -> None:
    _, what_we_do, proof = rows()[item]
    assert what_we_do, "what do we do about it?"
    tests = cited(proof)
    assert tests or len(proof) > 20, "neither a test nor a reason"
    assert [name for name in tests if not exists(name)] == []
