"""What comes in and goes out field by field, for every route (C4, API3)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel, ValidationError

from extensions.base.routing import Route
from extensions.points import all_routes
from hub.schemas import Input

ROUTES = all_routes()
# Words that stand in no answer; the second is where one is given out once, and said so.
SECRET = ("password", "hash", "sealed", "digest", "secret", "private", "token", "code")
SHOWN = {
    ("TokenMade", "token"), ("Pair", "access_token"), ("Pair", "refresh_token"),
    ("TotpStarted", "secret"), ("FeedMade", "secret"), ("RecoveryCodes", "codes"),
}  # fmt: skip
HARMLESS = {
    "content_hash", "result_hash", "trait_code", "token_type", "issued_token_type", "sha256",
    "recovery_codes_left", "code", "user_code", "hashes",
}  # fmt: skip
# Codes of what a column holds, not of anybody.
OF_COLUMNS = {("ColumnTold", "codes"), ("FrozenColumn", "codes")}


def models(kind: Any, seen: set[type] | None = None) -> Iterator[type[BaseModel]]:
    """Every model in a type, those inside of others too."""
    seen = set() if seen is None else seen
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind not in seen:
            seen.add(kind)
            yield kind
            for field in kind.model_fields.values():
                yield from models(field.annotation, seen)
        return
    for argument in get_args(kind):
        yield from models(argument, seen)


@pytest.mark.parametrize("part", ["body", "query"])
def test_every_model_that_comes_in_refuses_fields_that_nobody_declared(part: str) -> None:
    """C4: mass assignment: `roles`, `owner` or `person_id` slipped into a body is an error."""
    loose = {
        model.__name__
        for route in ROUTES
        for model in models(getattr(route, part))
        if not issubclass(model, Input) or model.model_config.get("extra") != "forbid"
    }
    assert loose == set()


def test_no_answer_has_a_field_for_a_secret_but_those_that_give_one_out_once() -> None:
    told = {
        (model.__name__, name)
        for route in ROUTES
        for model in models(route.returns)
        for name in model.model_fields
        if any(word in name for word in SECRET) and name not in HARMLESS
    }
    assert told - SHOWN - OF_COLUMNS == set(), sorted(told - SHOWN)


def test_no_number_is_read_as_a_day() -> None:
    """D9: 20260314 would be a day of August 1970, in every model with a day or a moment."""
    tried = set()
    for route in ROUTES:
        for model in (*models(route.body), *models(route.query)):
            for name, field in model.model_fields.items():
                if is_temporal(field.annotation):
                    tried.add(name)
                    for value in (20260314, "20260314", 0, 1.5, True):
                        with pytest.raises(ValidationError) as told:
                            model.model_validate({field.alias or name: value})
                        kinds = {one["type"] for one in told.value.errors()}
                        assert "date_as_number" in kinds, (model, name, value)
    assert {"recorded_on", "birth_date", "occurred_at", "since", "valid_until"} <= tried


def is_temporal(kind: Any) -> bool:
    if kind in (date, datetime, AwareDatetime):
        return True
    return get_origin(kind) is not list and any(is_temporal(one) for one in get_args(kind))


def test_a_secret_that_is_given_out_is_kept_for_no_repeated_request() -> None:
    """An Idempotency-Key would store the answer, and the secret with it."""
    assert [
        route.name for route in ROUTES if gives_a_secret(route) and not route.answers_once
    ] == []


def gives_a_secret(route: Route) -> bool:
    return any(model.__name__ in {one for one, _ in SHOWN} for model in models(route.returns)) and (
        route.writes
    )
