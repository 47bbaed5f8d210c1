"""JSON: one object a line, a list of objects, or a list in an object; and ICAR's messages (ADE).

Numbers stay as they are written. Rows are numbered by line where each line is an object, else by
their place in the list. What is nested gets names with dots: {"weight": {"kg": 3}} is `weight.kg`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import Invalid
from hub.etl.read import LONGEST_CELL, Table
from hub.etl.schemas import Mapping
from hub.etl.sources import ade
from hub.etl.sources.encoding import Text, encoding_of
from hub.etl.sources.reading import Reading, chunk_rows, in_chunks
from hub.etl.sources.values import MOST_COLUMNS, check_columns, table_of

LARGEST_DOCUMENT = 64 << 20
"""Bytes of an object that is read as a whole, to find the list in it."""
LARGEST_OBJECT = 8 << 20
DEEPEST = 8
PARSER = "agrigen JSON 1"
_BETWEEN = re.compile(r"[\s,]*")
Record = tuple[int, dict[str, Any]]


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """Objects of a file as rows; their names together are the columns."""
    source = _Source(Text(path, encoding_of(path)))
    form = source.form()
    first = next(source.records(form), None)
    if first is None:
        raise Invalid("imports.no_rows", "The file holds no objects. Add rows to import.")
    notes: dict[str, Any] = {"parser": PARSER, "format": form, "encoding": source.encoding}
    if ade.is_message(first[1]):
        rows = ade.Rows(kind, lambda: source.records(form))
        notes |= {"parser": ade.PARSER, "format": "icar_ade", "ade_version": ade.VERSION}
        return Reading(rows.columns, notes, lambda: _tables(name, rows.columns, rows, notes))
    columns = _columns(record for _, record in source.flat(form))
    return Reading(columns, notes, lambda: _tables(name, columns, source.flat(form), notes))


def _columns(records: Iterable[dict[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for record in records:
        if record.keys() - found.keys():
            found |= dict.fromkeys(record)
            if len(found) > MOST_COLUMNS:
                break
    return check_columns(list(found))


def _tables(
    name: str, columns: list[str], records: Iterable[Record], notes: dict[str, Any]
) -> Iterator[Table]:
    for piece in in_chunks(records, chunk_rows(len(columns)), _letters):
        rows = [[record.get(column) for column in columns] for _, record in piece]
        yield table_of(name, columns, rows, [number for number, _ in piece], dict(notes))


def _letters(record: Record) -> int:
    return sum(map(len, filter(None, record[1].values())))


@dataclass(frozen=True)
class _Source:
    """A text of JSON, read as often as it takes."""

    text: Text

    @property
    def encoding(self) -> str:
        return self.text.encoding.name

    def form(self) -> str:
        """`lines`, `list` or `document`."""
        start = self.text.start().lstrip("\ufeff \t\r\n")
        if start.startswith("["):
            return "list"
        first, _, rest = start.partition("\n")
        goes_on = rest.lstrip().startswith("{")
        return "lines" if goes_on and _is_object(first) else "document"

    def records(self, form: str) -> Iterator[Record]:
        """Objects with their numbers, as they stand."""
        if form == "lines":
            return _of_lines(self.text)
        return _of_list(self.text) if form == "list" else _of_document(self.text)

    def flat(self, form: str) -> Iterator[Record]:
        for number, record in self.records(form):
            yield number, dict(_flat(record, number))


def _of_lines(text: Text) -> Iterator[Record]:
    number = 0
    for block in text.blocks():
        for line in block.removesuffix("\n").split("\n"):
            number += 1
            if line.strip():
                yield number, _object(_parse(line.lstrip("\ufeff"), f"line {number:,}"), number)


def _of_list(text: Text) -> Iterator[Record]:
    """Elements one after the other, without the rest of the list in memory."""
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=str, parse_constant=lambda _: None,
        object_pairs_hook=_without_repeats,
    )  # fmt: skip
    rest, number, begun = "", 0, False
    for block in text.blocks():
        rest += block if begun else block.lstrip("\ufeff \t\r\n").removeprefix("[")
        begun, place = True, 0
        while (start := _BETWEEN.match(rest, place).end()) < len(rest):  # type: ignore[union-attr]
            if rest[start] == "]":
                return
            try:
                value, place = decoder.raw_decode(rest, start)
            except (ValueError, RecursionError) as error:
                if len(rest) - start > LARGEST_OBJECT or isinstance(error, RecursionError):
                    raise _damaged(f"object {number + 1:,}", error) from error
                break
            number += 1
            yield number, _object(value, number)
        rest = rest[place:]
    raise _damaged(f"object {number + 1:,}", ValueError("the list has no end"))


def _of_document(text: Text) -> Iterator[Record]:
    """The one list of objects in an object; or the object itself."""
    if text.path.stat().st_size > LARGEST_DOCUMENT:
        raise Invalid(
            "imports.too_large",
            "The file is one JSON object of more than 64 MiB. Write a list, or an object a line.",
        )
    found = _object(_parse("".join(text.blocks()).lstrip("\ufeff"), "the file"), 1)
    lists = {} if ade.is_message(found) else {
        name: value for name, value in found.items()
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    }  # fmt: skip
    if len(lists) > 1:
        names = ", ".join(map(repr, lists))
        raise Invalid(
            "imports.which_list",
            f"The object holds several lists: {names}. Hand in the one that is meant.",
        )
    yield from enumerate(next(iter(lists.values()), [found]), 1)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(
            text, parse_int=str, parse_float=str, parse_constant=lambda _: None,
            object_pairs_hook=_without_repeats,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise _damaged(where, error) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it gives one name twice")
    return found


def _object(value: Any, number: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _damaged(f"row {number:,}", ValueError("it is no object"))
    return value


def _damaged(where: str, error: Exception) -> Invalid:
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Invalid(
        "imports.unreadable",
        f"The JSON cannot be read at {where}: {why}. Write one object for each row.",
    )


def _flat(record: dict[str, Any], number: int, above: str = "", depth: int = 0) -> Iterator[Any]:
    """Names and texts of an object and of the objects in it."""
    if depth > DEEPEST:
        raise _damaged(f"row {number:,}", RecursionError())
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, number, f"{above}{name}.", depth + 1)
        else:
            yield f"{above}{name}", _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value[: LONGEST_CELL + 1].strip() or None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return None
    return json.dumps(value, ensure_ascii=False)[: LONGEST_CELL + 1]
