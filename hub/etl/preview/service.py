"""Look at the beginning of a file: what is in it, what cleaning makes of it, what is wrong."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from hub import farms, files
from hub.errors import Invalid
from hub.etl import asked, cleaning, import_templates, mapping, sources
from hub.etl.import_templates import TemplateRead
from hub.etl.preview import columns, kinds, turns
from hub.etl.preview.schemas import PreviewCreate, PreviewRead, StepRead
from hub.etl.read import ROW, Table
from hub.etl.schemas import Kind, Mapping, Problem
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

LOOKED_AT = 2_000
"""Rows that suggestions and findings rest on."""
_MOST_FINDINGS = 500
_EXAMPLES = 5


async def preview(tx: Transaction, objects: ObjectStore, wanted: PreviewCreate) -> PreviewRead:
    """What would become of the first rows; nothing is stored, and no template is marked as used."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    async with turns.turn(tx.actor.person_id):
        return await _preview(tx, objects, wanted)


async def _preview(tx: Transaction, objects: ObjectStore, wanted: PreviewCreate) -> PreviewRead:
    await farms.require_write(tx, wanted.farm_id)
    file = await files.find(tx, wanted.file_id)
    first = wanted.mapping or Mapping()
    async with files.path(tx, objects, wanted.file_id) as path:
        kinds_of = (wanted.kind,) if wanted.kind else kinds.KINDS
        tables = await turns.in_thread(_beginnings, path, file.name, kinds_of, first)
    kind = wanted.kind or await kinds.likeliest(tx, wanted.farm_id, tables)
    template = await _template(tx, wanted, kind, tables[kind])
    context = await asked.context(tx, wanted.farm_id, kind)
    return await turns.in_thread(_look, wanted, kind, tables[kind], template, context)


def _beginnings(
    path: Path, name: str, kinds_of: Sequence[Kind], first: Mapping
) -> dict[Kind, Table]:
    """The first rows as each kind reads them; what no kind can read is refused."""
    tables: dict[Kind, Table] = {}
    refused: Invalid | None = None
    for kind in kinds_of:
        try:
            tables[kind] = _beginning(path, name, kind, first)
        except Invalid as error:
            refused = refused or error
    if refused is not None and not tables:
        raise refused
    return tables


def _beginning(path: Path, name: str, kind: str, first: Mapping) -> Table:
    """The first rows of the file; the rest is not read."""
    reading = sources.open(path, name, kind, first)
    for table in reading.chunks():
        notes = {"format": sources.format_of(path, name, kind), **reading.notes, **table.notes}
        return Table(table.name, table.frame.head(LOOKED_AT), table.ragged, notes)
    raise Invalid("imports.no_rows", "The file has a header but no rows. Add rows to import.")


async def _template(
    tx: Transaction, wanted: PreviewCreate, kind: Kind, table: Table
) -> TemplateRead | None:
    """The one that was named, or the one that fits the header."""
    if wanted.template_id is not None:
        return await import_templates.get(tx, wanted.template_id)
    return await import_templates.find(tx, wanted.farm_id, kind, table.columns)


def _look(
    wanted: PreviewCreate,
    kind: Kind,
    table: Table,
    template: TemplateRead | None,
    context: asked.Context,
) -> PreviewRead:
    suggestions = mapping.suggest(
        table.columns, table.frame, kind,
        mapping.traits_of(context.traits, context.stock.species),
        animals=context.stock.names["value"] if kind != "animals" else (),
    )  # fmt: skip
    suggestions = [one for one in suggestions if not _other_farms(one, table, context)]
    used, steps = _settings(wanted, kind, template, suggestions, table)
    shown = table.frame.head(wanted.rows)
    refused, cleaned = "", cleaning.Cleaned(table, pl.DataFrame(schema=cleaning.CHANGES))
    findings: list[dict[str, Any]] = []
    try:
        cleaned = cleaning.apply(table, steps)
        findings = _findings(wanted, kind, cleaned.table, used, context)
    except Invalid as error:
        refused = error.message
    after = cleaned.table.frame.filter(pl.col(ROW).is_in(shown[ROW].to_list()))
    return PreviewRead(
        kind=kind,
        format=table.notes["format"],
        encoding=table.notes.get("encoding"),
        delimiter=table.notes.get("delimiter"),
        notes=table.notes,
        columns=[columns.read(table.frame[name]) for name in table.columns],
        suggestions=suggestions,
        template=template,
        mapping=used.model_dump(exclude_defaults=True),
        cleaning=cleaning.dump(steps),
        policy=template.policy if template else "good_rows",
        rows_looked_at=table.frame.height,
        before=_rows(shown),
        after=_rows(after),
        steps=_steps(cleaned, steps),
        findings=[Problem.model_validate(one) for one in findings[:_MOST_FINDINGS]],
        rules=dict(Counter(one["rule"] for one in findings).most_common()),
        refused=refused,
    )


def _other_farms(one: mapping.Suggestion, table: Table, context: asked.Context) -> bool:
    """A column of herds in which this farm is not: what the sender calls herds are no farms."""
    cells = table.frame[one.theirs].drop_nulls()
    return one.ours == "farm" and len(cells) > 0 and context.stock.farm_code not in cells


def _settings(
    wanted: PreviewCreate,
    kind: Kind,
    template: TemplateRead | None,
    suggestions: list[mapping.Suggestion],
    table: Table,
) -> tuple[Mapping, list[Any]]:
    """What is asked goes first, then the template, then what is suggested."""
    used, steps = wanted.mapping, wanted.cleaning
    if used is None and template is not None:
        used = Mapping.model_validate(template.mapping)
    if used is None:
        used = mapping.mapping_of(suggestions, table.columns, kind)
    if steps is None and template is not None:
        steps = cleaning.load(template.cleaning)
    if steps is None:
        steps = cleaning.load(mapping.cleaning_of(suggestions))
    return used, steps


def _findings(
    wanted: PreviewCreate, kind: Kind, table: Table, used: Mapping, context: asked.Context
) -> list[dict[str, Any]]:
    request = asked.Request(
        id=wanted.file_id, farm_id=wanted.farm_id, kind=kind, mapping=used, dry_run=True,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    found = asked.check(table, request, context).findings
    return [problem for row in sorted(found.by_row) for problem in found.by_row[row]]


def _steps(cleaned: cleaning.Cleaned, steps: list[Any]) -> list[StepRead]:
    counts = cleaned.counts()
    shown = cleaned.changes.filter(pl.col(ROW) > 0)
    return [
        StepRead(
            step=step.step,
            changed=counts.get(number, 0),
            examples=[
                {"row": row, "column": column, "before": before, "after": after}
                for row, column, before, after, _ in shown.filter(pl.col("step") == number)
                .head(_EXAMPLES)
                .iter_rows()
            ],
        )
        for number, step in enumerate(steps)
    ]


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {"row": values.pop(ROW), "values": {name: text or "" for name, text in values.items()}}
        for values in frame.iter_rows(named=True)
    ]
