"""`python -m hub source`: places that are watched for files of farms."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from hub.commands.stores import person_named, with_database
from hub.errors import Invalid, Missing
from hub.settings import Settings

KINDS = ("animals", "records", "events", "milk_recording", "genotypes")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("source", help="watch folders, buckets and databases")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, text in (
        ("list", "list what is watched"), ("places", "list what may be watched"),
        ("add", "watch a place"), ("run", "look into a place now, and wait"),
        ("files", "list what was seen in a place"), ("pause", "run it by hand only"),
        ("resume", "follow the schedule again"), ("remove", "watch a place no longer"),
    ):  # fmt: skip
        act = acts.add_parser(name, help=text)
        act.add_argument("--as", dest="username", required=True, help="user name of a steward")
        if name == "add":
            _add_options(act)
        elif name not in ("list", "places"):
            act.add_argument("source", help="its name, or its id")
    parser.set_defaults(run=source_command)


def _add_options(act: argparse.ArgumentParser) -> None:
    act.add_argument("name")
    act.add_argument("--farm", required=True, help="code of the farm, such as HILL")
    act.add_argument("--kind", required=True, choices=KINDS)
    act.add_argument("--place", required=True, help="folder:NAME, s3://..., database:NAME")
    act.add_argument("--pattern", default="*", help="files to take, such as '*.csv'")
    act.add_argument("--query", type=Path, help="file with the SELECT for a database")
    act.add_argument("--mapping", type=Path, help="JSON file that says what columns mean")
    act.add_argument("--schedule", default="", help="cron, such as '15 6 * * *'; none: by hand")
    act.add_argument("--timezone", default="UTC", help="in which the schedule is meant")
    act.add_argument("--all-or-nothing", action="store_true", help="one bad row holds up the file")


def source_command(arguments: argparse.Namespace) -> int:
    """Exit code 0 when it was done."""
    return asyncio.run(_source(with_database(Settings()), arguments))


async def _source(settings: Settings, arguments: argparse.Namespace) -> int:
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        actor = await person_named(settings, arguments.username)
        await _ACTS[arguments.act](engine, actor, settings, arguments)
        return 0
    finally:
        await engine.dispose()


async def _list(engine: Any, actor: Any, *_: Any) -> None:
    for one in await _all(engine, actor):
        print(_line(one))


async def _places(engine: Any, actor: Any, settings: Settings, _: Any) -> None:
    from hub.etl import watching
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        for one in (await watching.places(tx, settings)).items:
            print(one.place)


async def _add(engine: Any, actor: Any, settings: Settings, given: argparse.Namespace) -> None:
    from hub import farms
    from hub.etl import watching
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        page = await farms.search(tx, farms.FarmQuery(text=given.farm, limit=1000))
        farm = next((one for one in page.items if one.code == given.farm), None)
        if farm is None:
            raise Missing("farms.not_found", f"{actor.username} sees no farm {given.farm!r}.")
        new = watching.SourceCreate(
            farm_id=farm.id, name=given.name, kind=given.kind, place=given.place,
            pattern=given.pattern, query=_read(given.query), schedule=given.schedule,
            mapping=json.loads(_read(given.mapping) or "{}"), timezone=given.timezone,
            policy="all_or_nothing" if given.all_or_nothing else "good_rows",
        )  # fmt: skip
        print(_line(await watching.create(tx, settings, new)))


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text()
    except OSError as error:
        text = f"{path} cannot be read ({error.strerror}). Check its name."
        raise Invalid("sources.no_file", text) from error


async def _run(engine: Any, actor: Any, _: Settings, given: argparse.Namespace) -> None:
    from hub import jobs
    from hub.etl import watching
    from hub.storage.transaction import begin

    found = await _named(engine, actor, given.source)
    async with begin(engine, actor) as tx:
        asked = await watching.run_now(tx, found.id)
    while True:
        async with begin(engine, actor) as tx:
            job = await jobs.get(tx, asked.job_id or asked.id)
        if job.state in jobs.FINAL:
            break
        await asyncio.sleep(0.3)
    if job.state != "done":
        raise Invalid("sources.failed", job.error or f"The run was {job.state}.")
    print(job.message)


async def _files(engine: Any, actor: Any, _: Settings, given: argparse.Namespace) -> None:
    from hub.etl import watching
    from hub.storage.transaction import begin

    found = await _named(engine, actor, given.source)
    cursor = None
    while True:
        async with begin(engine, actor) as tx:
            query = watching.SourceFilesQuery(cursor=cursor, limit=500)
            page = await watching.files(tx, found.id, query)
        for one in page.items:
            print(f"{one.state:<10} {one.key}  {one.import_id or one.genotype_set_id or one.note}")
        cursor = page.next_cursor
        if cursor is None:
            return


async def _switch(engine: Any, actor: Any, settings: Settings, given: argparse.Namespace) -> None:
    from hub.etl import watching
    from hub.storage.transaction import begin

    found = await _named(engine, actor, given.source)
    changed = watching.SourceUpdate(enabled=given.act == "resume")
    async with begin(engine, actor) as tx:
        print(_line(await watching.change(tx, settings, found.id, changed)))


async def _remove(engine: Any, actor: Any, _: Settings, given: argparse.Namespace) -> None:
    from hub.etl import watching
    from hub.storage.transaction import begin

    found = await _named(engine, actor, given.source)
    async with begin(engine, actor) as tx:
        await watching.remove(tx, found.id)
    print(f"{found.name} is watched no longer; what was imported stays.")


async def _named(engine: Any, actor: Any, text: str) -> Any:
    found = [one for one in await _all(engine, actor) if text in (str(one.id), one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid("sources.which", f"Several farms have a source {text!r}. Give its id.")
    raise Missing("sources.not_found", f"{actor.username} sees no source {text!r}.")


async def _all(engine: Any, actor: Any) -> list[Any]:
    from hub.etl import watching
    from hub.storage.transaction import begin

    found: list[Any] = []
    cursor = None
    while True:
        async with begin(engine, actor) as tx:
            page = await watching.search(tx, watching.SourcesQuery(cursor=cursor, limit=1000))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _line(one: Any) -> str:
    when = "paused" if not one.enabled else str(one.next_run_at or "by hand")
    told = f"  last run failed: {one.error}" if one.error else ""
    return f"{one.id}  {one.name}  {one.kind}  {one.place}  next: {when}{told}"


_ACTS = {
    "list": _list, "places": _places, "add": _add, "run": _run, "files": _files,
    "pause": _switch, "resume": _switch, "remove": _remove,
}  # fmt: skip
