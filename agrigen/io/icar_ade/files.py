"""Files of ADE messages: a collection, a list, a feed of changes or one message."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agrigen.errors import AgrigenError
from agrigen.io.icar_ade.mending import mend
from agrigen.io.icar_ade.schema import Finding, resources, validate


@dataclass(frozen=True)
class Message:
    """One message of a file: as it was sent, as it is read, and what is wrong with it.

    `strict` holds the findings about the message as it was sent, `findings` those that are left
    after mending; a message without `findings` can be read.
    """

    place: int
    resource: str
    sent: Any = field(repr=False)
    value: Any = field(repr=False)
    strict: list[Finding]
    findings: list[Finding]
    notes: list[str]
    unknown: dict[str, Any]


def read_file(path: str | Path, *, resource: str | None = None) -> list[Message]:
    """All messages of a file; `resource` says what they are where they do not say it."""
    try:
        document = json.loads(Path(path).read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AgrigenError(f"{path} is no JSON: {error}. ADE messages are JSON.") from error
    return read_messages(document, resource=resource)


def read_messages(document: Any, *, resource: str | None = None) -> list[Message]:
    """All messages of a document: a collection with `member`, a list, or one message."""
    if isinstance(document, dict):
        document = document.get("member", [document])
    if not isinstance(document, list):
        raise AgrigenError("ADE messages are an object, a list, or a collection with `member`.")
    return [
        _message(place, one, resource) for place, one in enumerate(document) if not _is_frame(one)
    ]


def _is_frame(one: Any) -> bool:
    """The first and last object of a feed of changes are no resources."""
    return isinstance(one, dict) and one.get("id") in ("@context", "@continuation")


def _message(place: int, one: Any, resource: str | None) -> Message:
    name = one.get("resourceType") if isinstance(one, dict) else None
    name = name or resource
    if name not in resources():
        finding = _unknown_resource(place, name)
        return Message(place, str(name or ""), one, one, [finding], [finding], [], {})
    value, notes, unknown = mend(one, name)
    return Message(place, name, one, value, validate(one, name), validate(value, name), notes,
                   unknown)  # fmt: skip


def _unknown_resource(place: int, name: Any) -> Finding:
    where = f"message {place + 1}"
    if not name:
        return Finding(where, "resourceType is missing.", "Say with --resource what it is.")
    known = ", ".join(one for one in resources() if one.endswith("Resource"))
    return Finding(where, f"{name!r} is no resource we know.", f"Known are {known}.")
