"""Use cases of lineage: the graph of a thing, the origin of a breeding value, and the way back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub.errors import Missing
from hub.lineage import openlineage as events
from hub.lineage import origin, repository, rules
from hub.lineage.schemas import (
    GraphQuery,
    GraphRead,
    OpenLineageQuery,
    RestingValue,
    RestingValuesQuery,
    Start,
    ValueLineage,
    ValueQuery,
)
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

DEEPEST = 30


async def graph(tx: Transaction, kind: Start, id_: UUID, query: GraphQuery) -> GraphRead:
    """What a thing was made from, what was made from it, or both.

    Of what the caller may not see the graph says the type and nothing else.
    """
    tx.actor.require(Permission.LINEAGE_READ)
    steps = []
    for up in {"up": (True,), "down": (False,), "both": (True, False)}[query.direction]:
        steps += await repository.walk(tx.session, kind, id_, up=up, depth=query.depth)
    drawn = await _drawn(tx, steps, (kind, id_))
    return drawn.read(drawn.thing((kind, id_)))


async def value(
    tx: Transaction, objects: ObjectStore, evaluation_id: UUID, animal_id: UUID, query: ValueQuery
) -> ValueLineage:
    """From which rows of which files, and from which events, a breeding value was computed."""
    tx.actor.require(Permission.LINEAGE_READ)
    values = await repository.values(tx.session, evaluation_id, animal_id)
    frozen = await repository.frozen(tx.session, evaluation_id)
    if not values or frozen is None:
        message = "The evaluation has no breeding value of this animal that you may see."
        raise Missing("lineage.no_value", message)
    found = await origin.rows(tx, objects, frozen[1], str(animal_id), query)
    start = ("evaluation", evaluation_id)
    steps = await repository.walk(tx.session, *start, up=True, depth=DEEPEST)
    drawn = await _drawn(tx, steps, start)
    tag = values[0].pop("tag")
    facts = {"values": [_plain(one) for one in values], "tag": tag}
    name = f"breeding value of {tag}"
    shown = rules.node(
        "breeding_value", f"{evaluation_id}-{animal_id}", name, facts,
        f"/animals/{animal_id}/breeding-values",
    )  # fmt: skip
    drawn.nodes[shown.id] = shown
    drawn.connect(drawn.thing(start), shown, None)
    return ValueLineage.model_validate(
        {
            "evaluation_id": evaluation_id, "animal_id": animal_id, "tag": tag,
            "values": [_plain(one) for one in values], "graph": drawn.read(shown), **found,
        }
    )  # fmt: skip


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in value.items() if name != "tag"}


async def resting_values(
    tx: Transaction, kind: Start, id_: UUID, query: RestingValuesQuery
) -> Page[RestingValue]:
    """Published breeding values that rest on a file, import, dataset or genotype set."""
    tx.actor.require(Permission.LINEAGE_READ)
    await _visible(tx, [], (kind, id_))
    steps = await repository.walk(tx.session, kind, id_, up=False, depth=DEEPEST)
    evaluations = {step["to_id"] for step in steps if step["to_type"] == "evaluation"}
    if kind == "evaluation":
        evaluations.add(id_)
    page = await repository.resting(tx.session, evaluations, query)
    tags, named = await repository.named(tx.session, page.items)
    items = [
        RestingValue(
            evaluation_id=row.evaluation_id, evaluation=named[row.evaluation_id].name,
            published_at=named[row.evaluation_id].published_at, animal_id=row.animal_id,
            tag=tags[row.animal_id], farm_id=row.farm_id, trait=row.trait_code, effect=row.effect,
            value=row.value, reliability=row.reliability,
        )
        for row in page.items
    ]  # fmt: skip
    return Page(items, page.next_cursor)


async def openlineage(
    tx: Transaction, query: OpenLineageQuery, namespace: str
) -> list[dict[str, Any]]:
    """Events of the runs that one may see, the oldest first, in the form of OpenLineage."""
    tx.actor.require(Permission.LINEAGE_READ)
    number, at = _since(query.since)
    rows = await repository.told(tx.session, number, at, query.run, query.limit)
    return [events.event(row, namespace) for row in rows if row["run"]]


def _since(text: str) -> tuple[int, datetime | None]:
    if text.isdigit():
        return int(text), None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return 0, None
    return 0, at if at.tzinfo else at.replace(tzinfo=UTC)


async def _drawn(tx: Transaction, steps: Sequence[dict[str, Any]], start: rules.Thing) -> Any:
    visible = await _visible(tx, steps, start)
    farms = {step["farm_id"] for step in steps if step["farm_id"]}
    drawn = rules.Graph(visible, await repository.farms(tx.session, farms))
    drawn.add_steps(steps)
    return drawn


async def _visible(
    tx: Transaction, steps: Sequence[dict[str, Any]], start: rules.Thing
) -> rules.Visible:
    """Everything that one may see of the graph; its start must be among it."""
    visible = await repository.nodes(tx.session, rules.things(steps, start))
    if start not in visible:
        words = start[0].replace("_", " ")
        raise Missing("lineage.not_found", f"There is no such {words} that you may see.")
    return visible
