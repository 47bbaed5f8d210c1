"""Parsing: what is refused, and how it is said."""

from datetime import date

import pytest
from pydantic import Field

from extensions.base.problems import HttpError, problem_of
from extensions.base.requests import parse_body, parse_path, parse_query
from extensions.base.routing import JSON_LIMIT, Call, Route, Routes
from hub.errors import Invalid
from hub.reach import Reach
from hub.schemas import Input


class CowQuery(Input):
    limit: int = Field(default=50, le=100)
    breed: tuple[str, ...] = ()
    born_to: date | None = None


class Cow(Input):
    tag: str = Field(min_length=3)


routes = Routes("Cows")


@routes.post(
    "/herds/{herd}/cows",
    public=True,
    reach=Reach.EVERYBODY,
    act="",
    query=CowQuery,
    body=Cow,
    example={"path": {"herd": "1"}, "body": {"tag": "A12"}},
)
async def add_cow(call: Call, herd: int) -> None:
    """Add a cow."""


[ROUTE] = list(routes)


def refusal(action: object, *arguments: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        action(*arguments)  # type: ignore[operator]
    return caught.value


def test_known_parameters_are_typed_and_lists_keep_all_values() -> None:
    query = parse_query(ROUTE, {"limit": [b"7"], "breed": [b"Jersey", b"Holstein"]})
    assert query == CowQuery(limit=7, breed=("Jersey", "Holstein"))


def test_an_unknown_parameter_is_refused_by_name_with_those_that_are_known() -> None:
    [error] = refusal(parse_query, ROUTE, {"bred": [b"Jersey"]}).errors
    assert (error.where, error.remedy) == ("bred", "Allowed here: born_to, breed, limit.")


def test_a_single_parameter_given_twice_is_refused() -> None:
    [error] = refusal(parse_query, ROUTE, {"limit": [b"1", b"2"]}).errors
    assert error.message == "Given more than once."


def test_a_parameter_that_is_not_utf8_is_refused() -> None:
    assert refusal(parse_query, ROUTE, {"breed": [b"\xff"]}).errors[0].where == "breed"


def test_a_value_out_of_range_names_the_parameter() -> None:
    assert refusal(parse_query, ROUTE, {"limit": [b"101"]}).errors[0].where == "limit"


@pytest.mark.parametrize("number", [b"0", b"1700000000", b"-1.5", b" 7", b"1e9"])
def test_a_number_is_no_date(number: bytes) -> None:
    [error] = refusal(parse_query, ROUTE, {"born_to": [number]}).errors
    assert (error.where, error.message) == ("born_to", "A number is no date.")
    assert "2026-03-14" in error.remedy
    assert parse_query(ROUTE, {"born_to": [b"2026-03-14"]}) == CowQuery(born_to=date(2026, 3, 14))


def test_a_path_value_of_the_wrong_form_names_its_place() -> None:
    assert parse_path(ROUTE, {"herd": "3"}) == {"herd": 3}
    assert refusal(parse_path, ROUTE, {"herd": "three"}).errors[0].where == "herd"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"tag": "A"}', b"\xff", b"null"])
def test_a_body_that_does_not_fit_is_refused_with_errors(body: bytes) -> None:
    assert refusal(parse_body, ROUTE, body, "application/json").errors


def test_a_body_must_say_that_it_is_json() -> None:
    with pytest.raises(HttpError) as caught:
        parse_body(ROUTE, b'{"tag": "A12"}', "text/plain")
    assert caught.value.status == 415


def test_a_body_over_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(HttpError, match=r"more than the 1,048,576 bytes"):
        parse_body(ROUTE, b" " * (JSON_LIMIT + 1), "application/json")


def test_an_unforeseen_exception_tells_nothing_about_itself() -> None:
    problem = problem_of(ValueError("password=hunter2 SELECT * FROM person /srv/x"))
    assert problem.status == 500
    body = str(problem.body("request-1"))
    assert "hunter2" not in body and "SELECT" not in body and "/srv" not in body
    assert "request-1" in body


def test_the_route_knows_its_own_pattern() -> None:
    assert isinstance(ROUTE, Route)
    assert ROUTE.pattern == r"/api/v1/herds/(?P<herd>[^/]+)/cows"
