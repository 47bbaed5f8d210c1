"""Use cases of analytics: what a farm's data say about one subject, as tables."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pandas as pd

from hub import events, farms
from hub.events.machine import FORGOTTEN
from hub.farms import FarmRead
from hub.reports import policy, repository, rules, tables
from hub.reports.repository import Rows
from hub.reports.rules import Span
from hub.reports.schemas import AnalyticsQuery, AnalyticsRead, ReportQuery, Subject
from hub.reports.texts import Texts
from hub.storage.transaction import Transaction

Found = dict[str, Rows]


@dataclass(frozen=True)
class Question:
    """What is asked: of which farm and species, as of the farm's day."""

    tx: Transaction
    farm: FarmRead
    species: str
    today: date

    @property
    def span(self) -> Span:
        return rules.SPANS.get(self.species, rules.SPANS["sheep"])

    async def rows(self, name: str, **values: Any) -> Rows:
        return await repository.rows(self.tx.session, name, **self._whose, **values)

    async def frame(self, name: str, **values: Any) -> pd.DataFrame:
        return await repository.frame(self.tx.session, name, **self._whose, **values)

    @property
    def _whose(self) -> dict[str, Any]:
        return {"farm": self.farm.id, "species": self.species}


def ask(tx: Transaction, farm: FarmRead, query: AnalyticsQuery) -> Question:
    """The question of a query, as of today on the farm."""
    return Question(tx, farm, query.species or farm.species, farms.today(farm))


async def analytics(
    tx: Transaction, farm_id: UUID, subject: Subject, query: AnalyticsQuery | None = None
) -> AnalyticsRead:
    """What a farm's data say about a subject, as of today."""
    query = query or AnalyticsQuery()
    farm = await policy.readable(tx, farm_id)
    return await answer(ask(tx, farm, query), subject, query)


async def answer(question: Question, subject: Subject, query: ReportQuery) -> AnalyticsRead:
    """The tables of a subject in a language."""
    texts = Texts(query.language)
    found = await ASKED[subject](question)
    return AnalyticsRead(
        farm_id=question.farm.id,
        farm=question.farm.name,
        subject=subject,
        title=texts.title(subject.value),
        as_of=question.today,
        tables=[tables.table(name, found[name], texts) for name in tables.SUBJECTS[subject]],
    )


async def _composition(asked: Question) -> Found:
    return {
        "composition": await asked.rows("COMPOSITION"),
        "ages": await asked.rows("AGES", today=asked.today),
        "reproduction": await asked.rows("REPRODUCTION", today=asked.today),
    }


async def _growth(asked: Question) -> Found:
    traits = ["birth_weight", "weaning_weight", "weight"]
    since = rules.first_day(asked.today, rules.YEARS)
    weights = await asked.frame("WEIGHTS", traits=traits, since=since)
    sires = await repository.tags(asked.tx.session, weights["sire_id"].dropna().unique())
    return await asyncio.to_thread(rules.growth, weights, sires, asked.span)


async def _milk(asked: Question) -> Found:
    since = rules.first_day(asked.today, rules.MILK_YEARS)
    found = await asked.rows("MILK", since=since)
    of_lactation = [row for row in found if row["no_month"] and row["lactation"]]
    return {
        "milk_by_month": [row for row in found if not row["no_month"]],
        "milk_by_lactation": [row for row in of_lactation if row["no_day"]],
        "milk_curves": [row for row in of_lactation if row["from_day"] is not None],
    }


async def _fertility(asked: Question) -> Found:
    span, today = asked.span, asked.today
    days = {"shortest": span.shortest, "longest": span.longest, "forgotten": FORGOTTEN}
    sure = events.rules_of(asked.species).check_sure.days
    matings = await asked.rows("MATINGS", today=today, sure=sure, **days)
    sizes = await asked.rows("LITTER_SIZES")
    intervals = await asked.rows("INTERVALS")
    return {
        "matings_by_year": [_with_rate(row) for row in matings],
        "litters_by_year": await asked.rows("LITTERS_BY_YEAR"),
        "litter_sizes": rules.shares(sizes, "parity", "litters"),
        "intervals": [_with_quantiles(row) for row in intervals if row["from_day"] is None],
        "interval_classes": [row for row in intervals if row["from_day"] is not None],
    }


def _with_rate(row: dict[str, Any]) -> dict[str, Any]:
    known = row["known"]
    return {**row, "conception_rate": 100 * row["conceived"] / known if known else None}


def _with_quantiles(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **dict(zip(("q10", "q25", "q50", "q75", "q90"), row["quantiles"], strict=True))}


async def _survival(asked: Question) -> Found:
    since = rules.first_day(asked.today, rules.YEARS)
    horizon = asked.span.horizon
    young = await asked.frame("YOUNG", since=since, today=asked.today, horizon=horizon)
    return await asyncio.to_thread(rules.young, young, horizon)


async def _disposals(asked: Question) -> Found:
    return {"disposals": rules.shares(await asked.rows("DISPOSALS"), "year", "animals")}


async def _trends(asked: Question) -> Found:
    return {
        "breeding_value_trend": await asked.rows("BREEDING_VALUE_TREND"),
        "phenotype_trend": await asked.rows("PHENOTYPE_TREND"),
    }


async def _inbreeding(asked: Question) -> Found:
    own = await asked.frame("PARENTS")
    known, found = set(own["id"]), [own.iloc[:0]]
    wanted = rules.missing_parents(known, own)
    while wanted:
        more = await repository.more_parents(asked.tx.session, wanted)
        known |= set(wanted)
        found.append(more)
        wanted = rules.missing_parents(known, more)
    others = pd.concat(found, ignore_index=True)
    return {"inbreeding": await asyncio.to_thread(rules.inbreeding, own, others)}


ASKED: dict[Subject, Callable[[Question], Awaitable[Found]]] = {
    Subject.COMPOSITION: _composition,
    Subject.GROWTH: _growth,
    Subject.MILK: _milk,
    Subject.FERTILITY: _fertility,
    Subject.SURVIVAL: _survival,
    Subject.DISPOSALS: _disposals,
    Subject.TRENDS: _trends,
    Subject.INBREEDING: _inbreeding,
}
