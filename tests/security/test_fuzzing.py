"""Thousands of made-up requests: the service does what its OpenAPI document says, and no more.

Right and wrong values, methods that are not there, missing headers, no and invalid credentials
(API8, API9). `make test` sends some hundred; `make verify` ten thousand, as three people.
"""

from collections.abc import Iterator

import pytest

from tests.hubs import LiveApi, running_api
from tests.security.fuzzing import OPERATIONS, fuzz
from tests.signing import Signer

PEOPLE = ("farmer", "steward", "admin")
FEW = ("get_me", "list_farms", "list_my_tokens", "create_my_token", "list_icar", "list_people")


def test_a_few_hundred_made_up_requests_are_answered_as_the_document_says(
    live_api: LiveApi,
) -> None:
    signer = Signer(live_api)
    found = fuzz(
        live_api.url, lambda: signer.token("steward"), FEW, examples=5,
        phases=("coverage", "fuzzing"),
    )  # fmt: skip
    assert not found.wrong and not found.errors, found.report
    assert found.cases >= 200, found.report


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """A hub of its own: what is made up here would stand in the way of other tests."""
    with running_api(tmp_path_factory.mktemp("fuzzed")) as api:
        yield api


@pytest.mark.slow
@pytest.mark.parametrize("person", PEOPLE)
def test_thousands_of_made_up_requests_are_answered_as_the_document_says(
    fuzzed: LiveApi, person: str
) -> None:
    """Each person sends values to every operation, and tries out all of a part of them."""
    signer = Signer(fuzzed)
    some = OPERATIONS[PEOPLE.index(person) :: 15]
    values = fuzz(
        fuzzed.url, lambda: signer.token(person), OPERATIONS, examples=6, phases=("fuzzing",)
    )
    edges = fuzz(fuzzed.url, lambda: signer.token(person), some, examples=1, phases=("coverage",))
    told = f"{values.report}\n\n{edges.report}"
    assert not values.wrong and not values.errors and not edges.wrong and not edges.errors, told
    assert values.cases + edges.cases >= 3_400, told
