"""The request as typed values: query parameters, path parameters and the body, or FieldErrors."""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from extensions.base.problems import HttpError, field_errors
from extensions.base.routing import Route
from hub.errors import FieldError, Invalid

MOST_PARAMETERS = 100
DEEPEST = 32
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

Arguments = Mapping[str, Sequence[bytes]]


def parse_query(route: Route, given: Arguments) -> BaseModel | None:
    """Query parameters as the declared model; a misspelt one is refused, never ignored."""
    _refuse_many(given)
    model = route.query
    known = _parameters(model) if model else {}
    errors = [_unknown(name, known) for name in given if name not in known]
    values: dict[str, Any] = {}
    for name in (name for name in given if name in known):
        texts = [_text(name, value) for value in given[name]]
        if not known[name] and len(texts) > 1:
            errors.append(FieldError(name, "Given more than once.", "Give it once."))
        values[name] = texts if known[name] else texts[-1]
    if errors:
        raise _invalid(errors)
    if model is None:
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _invalid(field_errors(error)) from error


def parse_path(route: Route, given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in given.items():
        try:
            values[name] = route.path_types[name].validate_python(text)
        except ValidationError as error:
            raise _invalid(field_errors(error, name)) from error
    return values


def parse_body(route: Route, body: bytes, content_type: str) -> Any:
    """The body as the declared model, or the bytes of an upload."""
    if len(body) > route.body_limit:
        raise HttpError(
            413,
            "request.too_large",
            f"The body has more than the {route.body_limit:,} bytes that are taken here. "
            "Send less at a time.",
        )
    if route.raw_body:
        return body
    if route.body_type is None:
        return _no_body(body)
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise HttpError(
            415, "request.media_type", "Send the body as JSON with Content-Type: application/json."
        )
    _refuse_deep(body)
    try:
        return route.body_type.validate_json(body)
    except ValidationError as error:
        raise _invalid(field_errors(error)) from error


def _refuse_many(given: Arguments) -> None:
    """Before any of them is looked at: 500 unknown names would be 500 errors."""
    count = sum(len(values) for values in given.values())
    if count > MOST_PARAMETERS:
        raise Invalid(
            "request.too_many_parameters",
            f"There are {count:,} query parameters; at most {MOST_PARAMETERS} are taken.",
        )


def _refuse_deep(body: bytes) -> None:
    """JSON nested deeper than anything we take, which parsers and what comes after would follow."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    outside = b"".join(plain.split(b'"')[::2])  # brackets in texts are none
    brackets = outside.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):  # each time, the innermost pairs go
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets.count(b"[") + brackets.count(b"{") > 0:
        raise Invalid(
            "request.too_deep",
            f"The JSON is nested more than {DEEPEST} levels deep. Send it flatter.",
        )


def _no_body(body: bytes) -> None:
    if body.strip() not in (b"", b"{}"):
        message = "This operation takes no body."
        raise Invalid(
            "request.unexpected_body",
            message,
            errors=[FieldError("body", message, "Send it without a body.")],
        )


def _parameters(model: type[BaseModel]) -> dict[str, bool]:
    """Name of each query parameter, and whether it may be given several times."""
    return {
        (one.alias or name): _is_list(one.annotation) for name, one in model.model_fields.items()
    }


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return any(_is_list(one) for one in get_args(annotation))
    return (get_origin(annotation) or annotation) in (list, set, tuple, frozenset)


def _unknown(name: str, known: Mapping[str, bool]) -> FieldError:
    allowed = ", ".join(sorted(known))
    remedy = f"Allowed here: {allowed}." if allowed else "This operation takes none."
    return FieldError(name[:100], "This query parameter is not known.", remedy)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise _invalid([FieldError(name, "Not valid UTF-8.", "Encode text as UTF-8.")]) from error


def _invalid(errors: Sequence[FieldError]) -> Invalid:
    count = len(errors)
    message = f"{count} value{' is' if count == 1 else 's are'} not acceptable; see errors."
    return Invalid("request.invalid", message, errors=errors)
