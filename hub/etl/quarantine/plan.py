"""Which rows and which column a rule is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args
from uuid import UUID

from hub.errors import FieldError, Invalid
from hub.etl.models import Import
from hub.etl.quarantine import repository
from hub.etl.quarantine.repository import Wanted
from hub.etl.quarantine.schemas import CellAction, Discard, MendByRule, Replay, TakeBack
from hub.storage.transaction import Transaction

SET_ASIDE = ("wrong_number_of_cells", "duplicate_row")
"""A row with shifted cells, or one that would replace another of its file, needs a person's look:
a rule takes it only when it names that finding, or the row."""
CELL_ACTIONS: tuple[type[Any], ...] = get_args(CellAction)


@dataclass(frozen=True)
class Plan:
    """Rows, what to do about them, and the column whose cells change ('' for none)."""

    wanted: Wanted
    action: Any
    header: str = ""

    @property
    def changes_cells(self) -> bool:
        return isinstance(self.action, CELL_ACTIONS)

    @property
    def loads(self) -> bool:
        return self.changes_cells or isinstance(self.action, Replay)

    def of(self, mending_id: UUID, after: int = 0) -> "Plan":
        """The rows after one that the mending has not changed yet."""
        return replace(self, wanted=replace(self.wanted, after=after, not_by=mending_id))


async def plan(tx: Transaction, row: Import, asked: MendByRule) -> Plan:
    """Find out what is meant, or say what is missing."""
    headers = await repository.headers(tx.session, row.id)
    wanted, action = await _wanted(tx, row, asked, headers), asked.action
    if not isinstance(action, CELL_ACTIONS):
        return Plan(wanted, action)
    column = action.column or asked.filter.column
    header = _header(headers, row, column) if column else await _only_column(tx, row, asked)
    return Plan(wanted, action, header)


async def _wanted(
    tx: Transaction, row: Import, asked: MendByRule, headers: Sequence[str]
) -> Wanted:
    chosen = asked.filter
    rule = {"rule": chosen.rule} if chosen.rule else {}
    findings: list[dict[str, str]] = [rule] if rule else []
    if chosen.column:
        findings = [{**rule, "column": name} for name in _names(headers, row, chosen.column)]
    wanted = Wanted(
        row.id,
        state="discarded" if isinstance(asked.action, TakeBack) else "rejected",
        findings=findings,
        numbers=chosen.rows,
        without=_set_aside(asked),
    )
    if chosen.value is None:
        return wanted
    column = chosen.column or getattr(asked.action, "column", None)
    if column is None:
        raise _unclear("filter.value", "The filter names a value but no column.", headers)
    return replace(wanted, header=_header(headers, row, column), value=chosen.value)


def _set_aside(asked: MendByRule) -> tuple[str, ...]:
    if isinstance(asked.action, Discard | TakeBack) or asked.filter.rows:
        return ()
    return tuple(rule for rule in SET_ASIDE if rule != asked.filter.rule)


async def _only_column(tx: Transaction, row: Import, asked: MendByRule) -> str:
    """The column in which the rule was broken, where it is one."""
    headers = await repository.headers(tx.session, row.id)
    rule = asked.filter.rule
    found = await repository.columns_of(tx.session, row.id, rule) if rule else []
    if len(found) == 1 and found[0]:
        return _header(headers, row, found[0])
    raise _unclear("action.column", "It is not plain in which column cells are to change.", headers)


def _ours(mapping: Mapping[str, Any]) -> dict[str, str]:
    """Our name to the file's, as the mapping says it."""
    named = {**mapping.get("columns", {}), **mapping.get("traits", {})}
    return {**named, "occasion": mapping["occasion"]} if mapping.get("occasion") else named


def header_of(headers: Sequence[str], mapping: Mapping[str, Any], column: str) -> str | None:
    """The file's column that is meant by our name, or the file's."""
    named = _ours(mapping).get(column)
    if named in headers:
        return named
    same = (name for name in headers if name.casefold() == column.casefold())
    return column if column in headers else next(same, None)


def _header(headers: Sequence[str], row: Import, column: str) -> str:
    header = header_of(headers, row.mapping, column)
    if header is None:
        raise _unclear("column", f"The file has no column {column!r}.", headers)
    return header


def _names(headers: Sequence[str], row: Import, column: str) -> list[str]:
    """What findings may call a column."""
    header = header_of(headers, row.mapping, column)
    ours = [name for name, named in _ours(row.mapping).items() if named == header]
    usual = [] if header is None else [header, header.casefold()]
    return list(dict.fromkeys([column, *usual, *ours]))


def _unclear(where: str, message: str, headers: Sequence[str]) -> Invalid:
    remedy = f"Name one of {', '.join(map(repr, headers))}."
    if not headers:
        remedy = "The import refused no row, so there is nothing to mend."
    return Invalid(
        "quarantine.which_column",
        f"{message} {remedy}",
        errors=[FieldError(where, message, remedy)],
    )
