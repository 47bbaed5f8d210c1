"""Read a table in pieces: bounded memory, row policies obeyed, a fixed order."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from hub.errors import FieldError, Invalid
from hub.permissions import Permission
from hub.storage.copying import copy_out, copy_rows
from hub.storage.transaction import Transaction
from hub.tables import queries
from hub.tables.columns import Column, DType
from hub.tables.definitions import ATTRIBUTES, KINDS, UNDATED, TableOf
from hub.tables.event_sheets import SHEETS

ROWS = 50_000
_NEEDED: Mapping[str, Permission] = {
    "records": Permission.RECORDS_READ, "milk_recording": Permission.RECORDS_READ,
    "events": Permission.EVENTS_READ, "movements": Permission.EVENTS_READ,
    "breeding_values": Permission.EVALUATIONS_READ,
    "genotype_samples": Permission.GENOTYPES_READ,
}  # fmt: skip
_TAKEN = frozenset({ATTRIBUTES.name, UNDATED.name, "farm", "_row", "_cells"})
"""Names that mean something else to imports, so no attribute's column is called so."""


@dataclass(frozen=True)
class Filters:
    """Which rows: from a day to a day (both included), of these traits, kinds of events, statuses.

    The days are those of the record or event, of birth in the table of animals, and of being there
    in that of groups. A filter that a table knows nothing of leaves it whole.
    """

    start: date | None = None
    end: date | None = None
    traits: Sequence[str] | None = None
    events: Sequence[str] | None = None
    status: Sequence[str] | None = None


def require(name: str) -> TableOf:
    """The table of a name, or a refusal that says which there are."""
    if name not in KINDS:
        message = f"{name!r} is no table of the hub."
        remedy = f"Ask for {', '.join(KINDS)}."
        raise Invalid("tables.unknown", message, errors=[FieldError("kinds", message, remedy)])
    return KINDS[name]


async def columns(
    tx: Transaction, kind: str, farm_ids: Sequence[UUID], filters: Filters | None = None
) -> Sequence[Column]:
    """The columns that `chunks` will have: records bring their attributes as further ones."""
    return [column for column, _ in await _columns(tx, kind, _values(farm_ids, filters))]


def require_permissions(tx: Transaction, kinds: Iterable[str]) -> None:
    """Refuse tables of which the caller may not read what is in them; all name animals."""
    for needed in {Permission.ANIMALS_READ, *(_NEEDED[one] for one in kinds if one in _NEEDED)}:
        tx.actor.require(needed)


async def chunks(
    tx: Transaction, kind: str, farm_ids: Sequence[UUID], filters: Filters | None = None,
    *, rows: int = ROWS,
) -> AsyncIterator[pl.DataFrame]:  # fmt: skip
    """The rows of a table, farm after farm, some at a time; none at all for an empty one.

    The transaction's connection is busy until the last piece was taken.
    """
    require_permissions(tx, [kind])
    require(kind)
    values = _values(farm_ids, filters)
    found = await _columns(tx, kind, values)
    query = queries.QUERIES.get(kind) or queries.recorded(kind, [how for _, how in found if how])
    schema = {column.name: column.dtype for column, _ in found}
    order = _order(kind, found)
    async for piece in copy_rows(tx.session, query, values, rows):
        yield await asyncio.to_thread(_frame, piece, order, schema)


def empty(found: Sequence[Column]) -> pl.DataFrame:
    """A table of these columns without rows."""
    return pl.DataFrame(schema={column.name: column.dtype for column in found})


def _values(farm_ids: Sequence[UUID], filters: Filters | None) -> dict[str, Any]:
    told = asdict(filters or Filters())
    lists = {k: list(v) if isinstance(v, Sequence) else v for k, v in told.items()}
    return {**lists, "farms": list(farm_ids), "sheets": list(SHEETS)}


def _order(kind: str, found: Sequence[tuple[Column, str]]) -> list[str]:
    """The columns in the order of the query."""
    if kind != "events":
        return [column.name for column, _ in found]
    cells = dict.fromkeys(one.name for sheet in SHEETS.values() for one in sheet.columns)
    return ["farm", "event", "animal", "date", *cells, "remark"]


def _frame(piece: bytes, order: Sequence[str], schema: Mapping[str, DType]) -> pl.DataFrame:
    """Texts of COPY as columns of their types; what is missing stays null."""
    texts = pl.read_csv(
        io.BytesIO(piece), has_header=False, new_columns=list(order), infer_schema=False
    )
    return texts.select(_typed(name, dtype) for name, dtype in schema.items())


def _typed(name: str, dtype: DType) -> pl.Expr:
    cell = pl.col(name)
    return cell.str.to_date("%Y-%m-%d") if dtype is pl.Date else cell.cast(dtype)


async def _columns(
    tx: Transaction, kind: str, values: Mapping[str, Any]
) -> list[tuple[Column, str]]:
    """The columns, each with the expression that finds an attribute."""
    fixed = [(column, "") for column in require(kind).columns]
    if kind not in ("records", "milk_recording"):
        return fixed
    if await _count(tx, queries.ANY_UNDATED, values):
        fixed.append((UNDATED, queries.UNDATED))
    return fixed if kind == "milk_recording" else [*fixed, *await _attributes(tx, fixed, values)]


async def _count(tx: Transaction, query: str, values: Mapping[str, Any]) -> int:
    return int((await copy_out(tx.session, query, values)).split()[1])


async def _attributes(
    tx: Transaction, fixed: Sequence[tuple[Column, str]], values: Mapping[str, Any]
) -> list[tuple[Column, str]]:
    """Columns for the attributes of records, as far as cells can hold them."""
    found = pl.read_csv(
        io.BytesIO(await copy_out(tx.session, queries.KEYS, values)), infer_schema=False
    )
    names = {column.name.casefold() for column, _ in fixed} | _TAKEN
    plain = [
        (key, "number" if numbers == "t" else "text")
        for key, numbers, texts in found.iter_rows()
        if (numbers == "t" or texts == "t") and key.strip().casefold() not in names
    ]
    more = [(_attribute(key, type_), _found(key)) for key, type_ in plain]
    if len(plain) < found.height:
        more.append((ATTRIBUTES, _rest([key for key, _ in plain])))
    return more


def _attribute(key: str, type_: str) -> Column:
    sentence = "Noted with the record, for models to use"
    return Column(key, "number" if type_ == "number" else "text", sentence)


def _found(key: str) -> str:
    return f"r.attributes ->> {_literal(key)}"


def _rest(keys: Sequence[str]) -> str:
    """What the plain columns leave, as JSON: mixed types, and texts that look like numbers."""
    taken = ", ".join(map(_literal, keys))
    left = f"r.attributes - ARRAY[{taken}]::text[]"
    return f"nullif(({left})::text, '{{}}')"


def _literal(text: str) -> str:
    """A text within a query; parameters are marked by a percent sign there."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
