"""`python -m hub lineage`: where a result came from, what rests on a file, events of runs."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from hub.commands.stores import person_named, with_database
from hub.errors import Invalid
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("lineage", help="show where a result came from, and back")
    parser.add_argument("--as", dest="username", required=True, help="user name of who asks")
    chosen = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    graph = chosen.add_parser("graph", help="what a thing was made from, or what of it")
    graph.add_argument("type", help="file, import, dataset, genotype_set, evaluation, ...")
    graph.add_argument("id", type=UUID)
    graph.add_argument("--direction", choices=("up", "down", "both"), default="up")
    graph.add_argument("--json", action="store_true", help="as JSON, not as lines to read")
    graph.set_defaults(run=_command(_graph))
    value = chosen.add_parser("value", help="rows of files behind one breeding value")
    value.add_argument("evaluation", type=UUID)
    value.add_argument("animal", type=UUID)
    value.add_argument("--generations", type=int, default=2)
    value.add_argument("--json", action="store_true", help="as JSON, not as lines to read")
    value.set_defaults(run=_command(_value))
    resting = chosen.add_parser("resting", help="published breeding values that rest on a thing")
    resting.add_argument("type", help="file, import, dataset, genotype_set, ...")
    resting.add_argument("id", type=UUID)
    resting.set_defaults(run=_command(_resting))
    events = chosen.add_parser("events", help="OpenLineage events, one JSON object a line")
    events.add_argument("--since", default="0", help="number of an event, day or time")
    events.set_defaults(run=_command(_events))


Ask = Callable[[Any, Settings, argparse.Namespace], Awaitable[None]]


def _command(ask: Ask) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        asyncio.run(_asked(with_database(Settings()), arguments, ask))
        return 0

    return run


async def _asked(settings: Settings, arguments: argparse.Namespace, ask: Ask) -> None:
    from hub.storage.postgres import make_engine
    from hub.storage.transaction import begin

    engine = make_engine(settings)
    try:
        actor = await person_named(settings, arguments.username)
        async with begin(engine, actor) as tx:
            await ask(tx, settings, arguments)
    finally:
        await engine.dispose()


def _type(text: str) -> Any:
    from typing import get_args

    from hub.lineage import Start

    if text not in get_args(Start):
        types = ", ".join(get_args(Start))
        raise Invalid("lineage.unknown_type", f"There is no type {text!r}. Types are {types}.")
    return text


async def _graph(tx: Any, _: Settings, arguments: argparse.Namespace) -> None:
    """Lines `source -> target (rows)`, or JSON."""
    from hub import lineage

    query = lineage.GraphQuery(direction=arguments.direction)
    found = await lineage.graph(tx, _type(arguments.type), arguments.id, query)
    if arguments.json:
        print(found.model_dump_json(indent=2))
        return
    names = {node.id: _called(node) for node in found.nodes}
    for edge in found.edges:
        rows = "" if edge.rows is None else f"  ({edge.rows:,} rows)"
        print(f"{names[edge.source]} -> {names[edge.target]}{rows}")
    if not found.edges:
        print(names[found.start])


def _called(node: Any) -> str:
    words = node.type.replace("_", " ")
    if node.hidden:
        return f"[{words} that you may not see]"
    mark = node.facts.get("sha256") or node.facts.get("content_hash") or ""
    return f"{words} {node.name!r}" + (f" {mark[:12]}" if mark else "")


async def _value(tx: Any, settings: Settings, arguments: argparse.Namespace) -> None:
    """A line a row: animal, relation, trait, day, value, and the row of the file or the door."""
    from hub import lineage
    from hub.storage.objects import open_objects

    query = lineage.ValueQuery(generations=arguments.generations)
    objects = open_objects(settings)
    found = await lineage.value(tx, objects, arguments.evaluation, arguments.animal, query)
    if arguments.json:
        print(found.model_dump_json(indent=2))
        return
    for one in found.values:
        print(f"{found.tag} {one.trait} ({one.effect}): {one.value:.4g}")
    for row in found.rows:
        what = f"{row.trait} {row.recorded_on or ''} {row.value:g}" if row.trait else "pedigree"
        print(f"  {row.tag} ({row.relation}) {what}: {_where(row)}")
    for note in found.notes:
        print(note)


def _where(row: Any) -> str:
    if row.event:
        return f"event {row.event.kind} of {row.event.occurred_on} ({row.event.id}), {_file(row)}"
    return _file(row)


def _file(row: Any) -> str:
    doors = {"exchange": "sent by a partner", "hand": "typed by hand", "phone": "from a phone"}
    if row.file:
        return f"{row.file} row {row.row} (SHA-256 {row.sha256[:12]})"
    return doors.get(row.door, "a file that you may not see" if row.door == "import" else row.door)


async def _resting(tx: Any, _: Settings, arguments: argparse.Namespace) -> None:
    """CSV of every breeding value."""
    from hub import lineage

    print("evaluation,published,tag,trait,effect,value")
    cursor = None
    while True:
        query = lineage.RestingValuesQuery(limit=1000, cursor=cursor)
        page = await lineage.resting_values(tx, _type(arguments.type), arguments.id, query)
        for one in page.items:
            day = one.published_at.date()
            cells = (one.evaluation_id, day, one.tag, one.trait, one.effect, f"{one.value:.6g}")
            print(",".join(map(str, cells)))
        cursor = page.next_cursor
        if cursor is None:
            return


async def _events(tx: Any, settings: Settings, arguments: argparse.Namespace) -> None:
    from hub import lineage

    query = lineage.OpenLineageQuery(since=arguments.since, limit=10_000)
    for one in await lineage.openlineage(tx, query, settings.base_url):
        print(json.dumps(one))
