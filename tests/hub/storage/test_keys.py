"""Keys of the key-value store: what people write stays in its own part."""

from hypothesis import example, given
from hypothesis import strategies as st

from hub.storage.dynamodb import key

LONGEST = 1024
"""Bytes of a sort key at most (Amazon DynamoDB, "Service, account, and table quotas")."""
PARTS = st.lists(st.text(max_size=40), min_size=1, max_size=4)


@given(PARTS, PARTS)
@example(["a", "b"], ["a#b"])
@example(["a", "", "b"], ["a", "#b"])
@example(["a%23b"], ["a#b"])
def test_two_keys_are_equal_only_when_all_their_parts_are(one: list[str], other: list[str]) -> None:
    """D2: no text of a person ends its part or reaches into the next, or into another person's."""
    assert (key(*one) == key(*other)) is (one == other)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_query_for_everything_of_one_finds_nothing_of_another(one: str, other: str) -> None:
    """D2: what begins with `name#` belongs to that name."""
    assert key(other, "x").startswith(f"{key(one)}#") is (one == other)


@given(st.lists(st.text(alphabet="\ud800\U0001f411#é", min_size=300, max_size=400), max_size=3))
def test_a_key_always_fits(parts: list[str]) -> None:
    """D2."""
    assert len(key(*parts).encode()) <= LONGEST
