"""What real programs send, made into what the schemas say; every repair is noted.

The five examples that ADE itself publishes do not fit its schemas: `resourceType` is missing,
unknown values are null, one writes `begin-date`, another a number for a text. All of that has one
meaning, so it is read. What could mean two things is left for `validate` to refuse.
"""

import re
from collections.abc import Collection
from typing import Any

from agrigen.io.icar_ade.schema import has_type, resolve
from agrigen.io.icar_ade.times import instant_text, moment, noon_text

_KEBAB = re.compile(r"-+([A-Za-z0-9])")
_OFFSET = re.compile(r"T.*(Z|[+-]\d\d:?\d\d)$")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def mend(
    message: Any, resource: str, *, zone: str = "UTC", extensions: Collection[str] = ()
) -> tuple[Any, list[str], dict[str, Any]]:
    """The message as the schema wants it, what was done, and the fields that ADE does not know.

    Unknown fields are taken out of the message so that nothing is made of them by accident, except
    those named in `extensions`. Times without an offset are those of `zone`.
    """
    mender = _Mender(zone, extensions)
    mended = mender.value(message, {"$ref": resource}, resource)
    return mended, mender.notes, mender.unknown


class _Mender:
    """Walks through one message."""

    def __init__(self, zone: str, extensions: Collection[str]) -> None:
        self.zone = zone
        self.extensions = extensions
        self.notes: list[str] = []
        self.unknown: dict[str, Any] = {}

    def note(self, where: str, what: str) -> None:
        self.notes.append(f"{where}: {what}")

    def value(self, value: Any, schema: dict[str, Any], where: str) -> Any:
        name = schema.get("$ref", "")
        schema = resolve(schema)
        if isinstance(value, dict) and "resourceType" in schema.get("required", ()):
            value = self.typed(value, name, where)
        kind = schema.get("type")
        if kind == "array" and isinstance(value, dict):
            self.note(where, "one object was taken as a list of one")
            value = [value]
        if isinstance(value, dict) and kind == "object":
            return self.fields(value, schema, where)
        if isinstance(value, list) and kind == "array":
            return [
                self.value(one, schema.get("items", {}), f"{where}[{place}]")
                for place, one in enumerate(value)
                if one is not None
            ]
        return self.plain(value, schema, where)

    def typed(self, value: dict[str, Any], name: str, where: str) -> dict[str, Any]:
        """With the name of what it is, which nobody writes into what stands in a message."""
        if value.get("resourceType"):
            return value
        self.note(where, f"resourceType was missing; taken as {name}")
        return {"resourceType": name, **{k: v for k, v in value.items() if v is not None}}

    def fields(self, value: dict[str, Any], schema: dict[str, Any], where: str) -> dict[str, Any]:
        known = schema.get("properties", {})
        mended: dict[str, Any] = {}
        for given, one in value.items():
            name = self.name(given, known, where)
            if one is None:
                continue
            if name in known:
                mended[name] = self.value(one, known[name], f"{where}.{name}")
            elif name in self.extensions:
                mended[name] = one
            else:
                self.unknown[f"{where.partition('.')[2]}.{given}".lstrip(".")] = one
        return mended

    def name(self, given: str, known: dict[str, Any], where: str) -> str:
        """The name of the schema: `begin-date` and `BeginDate` are both beginDate."""
        if given in known:
            return given
        camel = _KEBAB.sub(lambda hit: hit[1].upper(), given.replace("_", "-"))
        camel = camel[:1].lower() + camel[1:]
        if camel in known and camel != given:
            self.note(where, f"{given} was read as {camel}")
            return camel
        return given

    def plain(self, value: Any, schema: dict[str, Any], where: str) -> Any:
        kind = schema.get("type")
        if kind and not has_type(value, kind):
            value = self.converted(value, kind, where)
        if schema.get("format") == "date-time" and isinstance(value, str):
            return self.instant(value, where)
        if isinstance(value, str) and value not in schema.get("enum", (value,)):
            same = [one for one in schema["enum"] if _plain(str(one)) == _plain(value)]
            if len(same) == 1:
                self.note(where, f"{value} was read as {same[0]}")
                return same[0]
        return value

    def instant(self, value: str, where: str) -> str:
        """Days and times without an offset as instants; what is no date stays as it is."""
        if _OFFSET.search(value):
            return value
        try:
            meant = moment(value, self.zone)
        except ValueError:
            return value
        new = instant_text(meant.instant) if meant.instant else noon_text(meant.day, self.zone)
        self.note(where, f"{value} has no offset; read as {new} ({self.zone})")
        return new

    def converted(self, value: Any, kind: str, where: str) -> Any:
        """Texts of numbers and numbers for texts; anything else stays as it is."""
        new: Any = value
        if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
            new = f"{value:.15g}" if isinstance(value, float) else str(value)
        elif kind in ("number", "integer") and isinstance(value, str):
            new = _number(value.strip(), kind, value)
        elif kind == "boolean" and str(value).lower() in ("true", "false"):
            new = str(value).lower() == "true"
        if new is not value:
            self.note(where, f"{value!r} was read as {new!r}")
        return new


def _number(text: str, kind: str, otherwise: Any) -> Any:
    if not _NUMBER.fullmatch(text):
        return otherwise
    number = float(text)
    if kind == "integer" or re.fullmatch(r"[+-]?\d+", text):
        return int(number) if number.is_integer() else otherwise
    return number


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
