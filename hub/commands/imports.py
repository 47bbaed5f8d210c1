"""`python -m hub import`: take a file in as a person of the hub, and print what was refused."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from hub.commands.stores import farm_coded, person_named, with_database
from hub.errors import Invalid, Missing
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("import", help="import a file of animals or records")
    parser.add_argument("file", type=Path)
    parser.add_argument("--as", dest="username", required=True, help="user name of who imports")
    parser.add_argument("--farm", required=True, help="code of the farm, such as HILL")
    parser.add_argument(
        "--kind", required=True, choices=("animals", "records", "events", "milk_recording")
    )
    parser.add_argument("--mapping", type=Path, help="JSON file that says what columns mean")
    parser.add_argument("--cleaning", type=Path, help="JSON file with steps of cleaning")
    parser.add_argument(
        "--policy", choices=("good_rows", "all_or_nothing"), default="good_rows",
        help="all_or_nothing loads nothing when any row is refused",
    )  # fmt: skip
    parser.add_argument("--template", help="read it as this template says, by name")
    parser.add_argument(
        "--suggested", action="store_true",
        help="without --mapping and --cleaning: those that a look at the file suggests, which are "
        "printed",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="check and report, load nothing")
    parser.set_defaults(run=import_command)


def import_command(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every row is in (or would be), 2 when rows were refused."""
    return asyncio.run(_import(with_database(Settings()), arguments))


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    from hub.storage.objects import open_objects
    from hub.storage.postgres import make_engine

    _require(arguments.file)
    given = {
        name: _json(path)
        for name, path in (("mapping", arguments.mapping), ("cleaning", arguments.cleaning))
        if path is not None
    }
    engine = make_engine(settings)
    try:
        actor = await person_named(settings, arguments.username)
        done = await _bring(engine, open_objects(settings), actor, arguments, given)
        return await tell(engine, actor, done)
    finally:
        await engine.dispose()


def _require(path: Path) -> None:
    """The file can be read, and is nothing that is never taken."""
    from hub.files import sniff

    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise Invalid(
            "imports.no_file", f"{path} cannot be read ({error.strerror}). Check its name."
        ) from error
    if refused := sniff.look(path, path.name).refused:
        raise Invalid("imports.refused", refused)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise Invalid(
            "imports.no_file", f"{path} cannot be read ({error.strerror}). Check its name."
        ) from error
    except ValueError as error:
        raise Invalid("imports.no_json", f"{path} is no JSON: {error}. Correct it.") from error


async def _bring(
    engine: Any, objects: Any, actor: Any, arguments: argparse.Namespace, given: dict[str, Any]
) -> Any:
    from hub import etl, files
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        farm = await farm_coded(tx, arguments.farm)
        digest = await asyncio.to_thread(objects.put_file, arguments.file)
        file = await files.note(
            tx, name=arguments.file.name, media_type="text/csv", digest=digest,
            size=arguments.file.stat().st_size,
        )  # fmt: skip
        wanted = {"farm_id": farm.id, "kind": arguments.kind, "file_id": file.id}
        if arguments.template:
            given = {"template_id": await _template(tx, farm.id, arguments.template), **given}
        elif arguments.suggested:
            given = {**await _suggested(tx, objects, wanted), **given}
        new = _checked({
            **wanted, **given, "dry_run": arguments.dry_run, "policy": arguments.policy,
        })  # fmt: skip
        asked = await etl.create(tx, new)
    return await over(engine, actor, asked)


def _checked(values: dict[str, Any]) -> Any:
    """The import that is asked for; what is wrong in its JSON is told by its place."""
    from pydantic import ValidationError

    from hub.etl import ImportCreate

    try:
        return ImportCreate.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        text = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems)
        raise Invalid("imports.not_possible", f"{text}. Correct the file given.") from error


async def _template(tx: Any, farm_id: Any, name: str) -> Any:
    from hub.etl import import_templates

    query = import_templates.TemplatesQuery(farm_id=farm_id, limit=1000)
    found = (await import_templates.search(tx, query)).items
    for one in found:
        if one.name == name:
            return one.id
    there = ", ".join(repr(one.name) for one in found) or "none"
    raise Missing("imports.no_template", f"There is no template {name!r}; there is {there}.")


async def _suggested(tx: Any, objects: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """What a look at the file suggests, printed so that it can be kept and changed."""
    from hub.etl.preview import PreviewCreate, preview

    seen = await preview(tx, objects, PreviewCreate.model_validate(wanted))
    for name, used in (("mapping", seen.mapping), ("cleaning", seen.cleaning)):
        print(f"{name}: {json.dumps(used, ensure_ascii=False)}", flush=True)
    return {"mapping": seen.mapping, "cleaning": seen.cleaning}


async def over(engine: Any, actor: Any, asked: Any) -> Any:
    """Wait for the worker, telling how far it is."""
    from hub import etl, jobs
    from hub.storage.transaction import begin

    told = ""
    while True:
        async with begin(engine, actor) as tx:
            found = await etl.get(tx, asked.id)
            job = await jobs.get(tx, asked.job_id)
        if job.message and job.message != told and found.state not in jobs.FINAL:
            told = job.message
            print(f"{100 * job.progress:3.0f} %  {told}", flush=True)
        if found.state in jobs.FINAL:
            print(job.message or job.error, flush=True)
            return found
        await asyncio.sleep(0.3)


async def tell(engine: Any, actor: Any, done: Any) -> int:
    """Every problem as file:row:column rule: message -> remedy."""
    from hub import etl
    from hub.storage.transaction import begin

    cursor = None
    while True:
        async with begin(engine, actor) as tx:
            query = etl.ProblemsQuery(cursor=cursor, limit=500)
            page = await etl.problems(tx, done.id, query)
        for row in page.items:
            for p in row.problems:
                print(f"{p.file}:{p.row}:{p.column} {p.rule}: {p.message} -> {p.remedy}")
        cursor = page.next_cursor
        if cursor is None:
            break
    if done.state != "done":
        raise Invalid("imports.not_done", done.error or f"The import is {done.state}.")
    return 2 if done.rows_rejected else 0
