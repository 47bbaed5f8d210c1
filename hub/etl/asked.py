"""What an import asks for, and what its rows are checked against."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import polars as pl

from hub import farms
from hub.animals import bulk as stored_animals
from hub.animals.rules import latest_today
from hub.etl import animals, events, milk, records
from hub.etl.attributes import Numeric
from hub.etl.findings import Findings
from hub.etl.models import Import
from hub.etl.read import Table
from hub.etl.rules import RULE_SETS, RuleSet
from hub.etl.schemas import Mapping
from hub.records import bulk as stored_records
from hub.storage.transaction import Transaction

Checked = animals.Checked | records.Checked | events.Checked
BY_CHUNKS = ("records", "milk_recording")
"""Kinds whose files may be of any length: rows are judged and loaded a chunk at a time."""


@dataclass(frozen=True)
class Request:
    """What an import asks for, free of its session."""

    id: UUID
    farm_id: UUID
    kind: str
    mapping: Mapping
    dry_run: bool
    created_at: datetime
    cleaning: list[dict[str, Any]] = field(default_factory=list)
    all_or_nothing: bool = False

    @classmethod
    def of(cls, row: Import) -> "Request":
        return cls(
            id=row.id, farm_id=row.farm_id, kind=row.kind,
            mapping=Mapping.model_validate(row.mapping), cleaning=list(row.cleaning),
            dry_run=row.dry_run, all_or_nothing=row.policy == "all_or_nothing",
            created_at=row.created_at,
        )  # fmt: skip

    @property
    def by_chunks(self) -> bool:
        return self.kind in BY_CHUNKS

    @property
    def rules(self) -> RuleSet:
        return RULE_SETS[self.kind]


@dataclass(frozen=True)
class Context:
    """What rows are checked against."""

    stock: animals.Stock
    traits: pl.DataFrame
    today: date

    @cached_property
    def facts(self) -> dict[str, str]:
        return records.facts(self.stock, self.traits)


async def context(tx: Transaction, farm_id: UUID, kind: str) -> Context:
    """What is stored now. Records are of the farm's own animals; others name those of studs."""
    farm = await farms.require_visible(tx, farm_id)
    only = farm_id if kind in BY_CHUNKS else None
    stock = animals.Stock(
        farm_id=farm_id,
        farm_code=farm.code,
        species=farm.species,
        animals=await stored_animals.stock(tx.session, only),
        names=await stored_animals.names(tx.session, farm_id),
        shared_farms=await farms.shared(tx),
    )
    traits = await stored_records.traits(tx.session)
    return Context(stock, traits, latest_today(datetime.now(UTC)))


def check(
    table: Table, request: Request, known: Context, numeric: Numeric | None = None
) -> Checked:
    """Everything that is found in some rows, or in all; no database, no clock."""
    findings = Findings(table, request.rules, known.facts)
    findings.look_at_form()
    if request.kind == "animals":
        return animals.check(table, request.mapping, known.stock, known.today, findings)
    if request.kind == "events":
        return events.check(table, request.mapping, known.stock, known.today, findings)
    mapping = full_mapping(table, request)
    return records.check(table, mapping, known.stock, known.traits, known.today, findings, numeric)


def full_mapping(table: Table, request: Request) -> Mapping:
    """The mapping, with the usual names of laboratories where the file is theirs."""
    if request.kind == "milk_recording":
        return milk.with_usual_names(table, request.mapping)
    return request.mapping
