"""Which kind of file this is, when nobody said so: by its template, its sheets and its columns."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from uuid import UUID

from hub.etl import asked, import_templates, mapping
from hub.etl.event_sheets import KIND_COLUMN, kind_of
from hub.etl.import_templates import TemplateRead
from hub.etl.mapping import Suggestion
from hub.etl.read import Table
from hub.etl.schemas import Kind
from hub.storage.transaction import Transaction

KINDS: tuple[Kind, ...] = ("animals", "records", "milk_recording", "events")
USUAL: Kind = "records"
_LOOKED_AT = 200
"""Columns; which kind a file is shows in the first ones."""
_SURE = 100.0


async def likeliest(tx: Transaction, farm_id: UUID, tables: MappingOf[Kind, Table]) -> Kind:
    """The kind whose template was used last for such files, or else the one that fits best."""
    known = [
        found for kind, table in tables.items()
        if (found := await import_templates.find(tx, farm_id, kind, table.columns))
    ]  # fmt: skip
    if known:
        return max(known, key=_used).kind
    context = await asked.context(tx, farm_id, USUAL)
    scores = {kind: _score_of(kind, table, context) for kind, table in tables.items()}
    best = max(scores, key=lambda kind: scores[kind])
    return USUAL if not scores[best] and USUAL in scores else best


def _used(template: TemplateRead) -> float:
    return (template.used_at or template.created_at).timestamp()


def _score_of(kind: Kind, table: Table, context: asked.Context) -> float:
    names = table.columns[:_LOOKED_AT]
    traits = mapping.traits_of(context.traits, context.stock.species)
    tags = context.stock.names["value"] if kind != "animals" else ()
    found = mapping.suggest(names, table.frame, kind, traits, animals=tags)
    return score(kind, found, table.notes.get("sheets", ()))


def score(kind: Kind, suggestions: Sequence[Suggestion], sheets: Sequence[str] = ()) -> float:
    """How well columns fit a kind; 0 when they lack what every such file has."""
    good = [one for one in suggestions if one.score >= mapping.GOOD]
    ours = {one.ours for one in good if one.part == "columns"}
    traits = {one.ours for one in good if one.part == "traits"}
    fit = sum(one.score for one in good)
    if kind == "events":
        if ours & {"animal", "date"} and any(kind_of(sheet) for sheet in sheets):
            return _SURE
        return fit if {"animal", "date", KIND_COLUMN} <= ours else 0.0
    if kind == "animals":
        return fit if "id" in ours and len(ours) > 1 else 0.0
    if kind == "milk_recording":
        # what a laboratory sends could be read as records, too, but not the other way round
        return fit + 0.5 if {"animal", "date"} <= ours and "milk_yield" in traits else 0.0
    return fit if "animal" in ours and (traits or {"trait", "value"} <= ours) else 0.0
