"""The published schemas in a compact form (`schemas.json`), and what a message has against them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}
_WORDS = {
    "object": "an object", "array": "a list", "string": "a text", "number": "a number",
    "integer": "a whole number", "boolean": "true or false",
}  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_SHOWN = 60


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a message: where it stands, what, and what to do about it."""

    where: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} {self.remedy}"


@cache
def _document() -> dict[str, Any]:
    text = files("agrigen.io.icar_ade").joinpath("schemas.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


VERSION = "1.4.0"


def definition(name: str) -> dict[str, Any]:
    """One schema by its name, such as `icarWeightEventResource`."""
    found: dict[str, Any] = _document()["definitions"][name]
    return found


def resources() -> tuple[str, ...]:
    """The resources that can be sent on their own."""
    return tuple(name for name in _document()["definitions"] if name.endswith("Resource"))


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema itself, not the reference to it."""
    while "$ref" in schema:
        schema = definition(schema["$ref"])
    return schema


def validate(message: Any, resource: str) -> list[Finding]:
    """Everything in which a message differs from the published schema of its resource."""
    return list(_check(message, definition(resource), resource))


def _check(value: Any, schema: dict[str, Any], where: str) -> Iterator[Finding]:
    schema = resolve(schema)
    kind = schema.get("type")
    if value is None:
        yield Finding(where, "null is no value in ADE.", "Leave the field out.")
        return
    if kind and not has_type(value, kind):
        yield Finding(where, f"{shown(value)} is not {_WORDS[kind]}.", f"Write {_WORDS[kind]}.")
        return
    yield from _check_text(value, schema, where)
    if "minimum" in schema and value < schema["minimum"]:
        yield Finding(where, f"{value} is less than {schema['minimum']}.", "Correct the number.")
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value):
            yield from _check(one, schema["items"], f"{where}[{place}]")
    if isinstance(value, dict):
        yield from _check_fields(value, schema, where)


def _check_fields(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[Finding]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Finding(f"{where}.{name}", "This field is missing.", "Add it.")
    for name, one in schema.get("properties", {}).items():
        if name in value:
            yield from _check(value[name], one, f"{where}.{name}")


def _check_text(value: Any, schema: dict[str, Any], where: str) -> Iterator[Finding]:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        yield Finding(
            where, f"{shown(value)} is not one of the values of ADE.",
            f"Write one of {', '.join(map(str, allowed))}.",
        )  # fmt: skip
    if schema.get("format") == "date-time" and not _is_instant(value):
        yield Finding(
            where, f"{shown(value)} is not a date and time.",
            "Write it in UTC as in RFC 3339, such as 2026-03-14T12:00:00Z.",
        )  # fmt: skip
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield Finding(where, f"{shown(value)} does not have the form of ADE.", "Correct it.")
    if len(value) > schema.get("maxLength", len(value)) if isinstance(value, str) else False:
        yield Finding(where, "The text is too long.", f"At most {schema['maxLength']} characters.")


def _is_instant(value: str) -> bool:
    if not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def has_type(value: Any, kind: str) -> bool:
    """Whether a value of JSON is of a type of JSON Schema; `true` is no number."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def shown(value: Any) -> str:
    """A value as it can stand in a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
