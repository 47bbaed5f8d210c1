"""`python -m hub dataset`: freeze tables of farms, list, compare, tag, cite, bring back."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from hub.commands.imports import over, tell
from hub.commands.stores import farm_coded, person_named, with_database
from hub.commands.wishes import checked
from hub.errors import Invalid, Missing
from hub.settings import Settings

VERSION = "its id; or its name for the newest, or NAME@3, or NAME@TAG"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("dataset", help="freeze, list, compare, tag, cite, bring back")
    parser.add_argument("--as", dest="username", required=True, help="user name of who asks")
    chosen = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _add_freeze(chosen)
    again = chosen.add_parser("again", help="the next version: the same selection as it is now")
    again.add_argument("version", help=VERSION)
    again.add_argument("--why", default="")
    again.set_defaults(run=_command(_freeze_again))
    listed = chosen.add_parser("list", help="versions, newest first")
    listed.add_argument("--name", help="only those of this dataset")
    listed.set_defaults(run=_command(_list))
    compared = chosen.add_parser("compare", help="count rows added, removed and changed")
    compared.add_argument("before", help=VERSION)
    compared.add_argument("after", help=VERSION)
    compared.set_defaults(run=_command(_compare))
    tagged = chosen.add_parser("tag", help="give a version a tag, or move the tag to it")
    tagged.add_argument("version", help=VERSION)
    tagged.add_argument("tag", help="such as official")
    tagged.add_argument("--fixed", action="store_true", help="it stays at this version for good")
    tagged.add_argument("--why", default="")
    tagged.set_defaults(run=_command(_tag))
    cited = chosen.add_parser("cite", help="how to cite a version")
    cited.add_argument("version", help=VERSION)
    cited.add_argument("--bibtex", action="store_true", help="as an entry for BibTeX")
    cited.set_defaults(run=_command(_cite))
    _add_restore(chosen)


def _add_freeze(chosen: Any) -> None:
    parser = chosen.add_parser("freeze", help="keep tables of farms as they are now")
    parser.add_argument("name", help="name of the dataset")
    parser.add_argument("--farm", action="append", help="code; may be given again; all by default")
    parser.add_argument("--kind", action="append", help="such as animals; may be given again")
    parser.add_argument("--why", default="")
    parser.set_defaults(run=_command(_freeze))


def _add_restore(chosen: Any) -> None:
    parser = chosen.add_parser("restore", help="bring a version's rows back by imports")
    parser.add_argument("version", help=VERSION)
    parser.add_argument(
        "--dry-run", action=argparse.BooleanOptionalAction, default=True,
        help="say what would change and load nothing, unless --no-dry-run is given",
    )  # fmt: skip
    parser.add_argument("--kind", action="append", help="such as animals; may be given again")
    parser.add_argument("--farm", help="only the rows of the farm that had this code")
    parser.add_argument("--into", help="code of another farm that takes them")
    parser.set_defaults(run=_command(_restore))


Ask = Callable[[Any, Any, Settings, argparse.Namespace], Awaitable[int]]


def _command(ask: Ask) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        return asyncio.run(_asked(with_database(Settings()), arguments, ask))

    return run


async def _asked(settings: Settings, arguments: argparse.Namespace, ask: Ask) -> int:
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        actor = await person_named(settings, arguments.username)
        return await ask(engine, actor, settings, arguments)
    finally:
        await engine.dispose()


async def _freeze(engine: Any, actor: Any, _: Settings, arguments: argparse.Namespace) -> int:
    from hub import versions
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        wanted: dict[str, Any] = {"name": arguments.name, "why": arguments.why}
        if arguments.farm:
            wanted["farms"] = [(await farm_coded(tx, code)).id for code in arguments.farm]
        if arguments.kind:
            wanted["kinds"] = arguments.kind
        new = checked(versions.Freeze, wanted, "versions.not_possible")
        asked = await versions.freeze(tx, new)
    return await _frozen(engine, actor, asked)


async def _freeze_again(engine: Any, actor: Any, _: Settings, arguments: argparse.Namespace) -> int:
    from hub import versions
    from hub.storage.transaction import begin

    new = checked(versions.NextVersion, {"why": arguments.why}, "versions.not_possible")
    async with begin(engine, actor) as tx:
        version = await _version(tx, arguments.version)
        asked = await versions.freeze_again(tx, version.id, new)
    return await _frozen(engine, actor, asked)


async def _frozen(engine: Any, actor: Any, asked: Any) -> int:
    """Wait for the worker and print the version."""
    from hub import datasets, jobs
    from hub.storage.transaction import begin

    while True:
        async with begin(engine, actor) as tx:
            job = await jobs.get(tx, asked.job_id)
            if job.state == "done":
                print(_line(await datasets.get(tx, asked.dataset_id)))
                return 0
        if job.state in jobs.FINAL:
            raise Invalid("versions.not_done", job.error or f"The freeze is {job.state}.")
        await asyncio.sleep(0.3)


def _line(one: Any) -> str:
    rows = ", ".join(f"{table.rows:,} {table.kind}" for table in one.tables)
    return (
        f"{one.id}  {one.name} version {one.number}  {one.created_at:%Y-%m-%d %H:%M}  "
        f"{one.content_hash[:12]}  {rows}"
    )


async def _list(engine: Any, actor: Any, _: Settings, arguments: argparse.Namespace) -> int:
    """A line a version, with its tags."""
    from hub import datasets
    from hub.storage.transaction import begin

    query = datasets.DatasetsQuery(name=arguments.name, tables=True, limit=1000)
    async with begin(engine, actor) as tx:
        found = (await datasets.search(tx, query)).items
        first = {one.series_id: one.id for one in found}
        tags = [tag for id in first.values() for tag in await datasets.tags(tx, id)]
    for one in found:
        named = ", ".join(tag.name for tag in tags if tag.version_id == one.id)
        print(_line(one) + (f"  [{named}]" if named else ""))
    if not found:
        print("No version yet.")
    return 0


async def _version(tx: Any, text: str) -> Any:
    """The version that is meant by an id, a name, or a name with a number or a tag."""
    from hub import datasets

    try:
        return await datasets.get(tx, UUID(text))
    except ValueError:
        name, _, mark = text.partition("@")
    number = int(mark) if mark.isdecimal() else None
    tag = mark if mark and number is None else None
    query = datasets.DatasetsQuery(name=name, tag=tag, tables=True, limit=1000)
    for one in (await datasets.search(tx, query)).items:
        if number in (None, one.number):
            return one
    message = f"There is no version {text!r}. `dataset list` shows those that you see."
    raise Missing("datasets.not_found", message)


async def _compare(
    engine: Any, actor: Any, settings: Settings, arguments: argparse.Namespace
) -> int:
    """A line a table; exit code 0 also when they differ."""
    from hub import datasets
    from hub.storage.objects import open_objects
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        before = await _version(tx, arguments.before)
        query = datasets.DifferenceQuery(to=(await _version(tx, arguments.after)).id, limit=1)
        found = await datasets.diff(tx, open_objects(settings), before.id, query)
    if found.equal:
        print("The content is the same.")
    for one in found.tables:
        counts = (f"{getattr(one, what):,} {what}" for what in ("added", "removed", "changed"))
        print(f"{one.kind}: {', '.join(counts)}, {one.unchanged:,} the same")
    for which, kinds in (("first", found.only_before), ("second", found.only_after)):
        if kinds:
            print(f"Only the {which} has {', '.join(kinds)}.")
    return 0


async def _tag(engine: Any, actor: Any, _: Settings, arguments: argparse.Namespace) -> int:
    from hub import datasets
    from hub.storage.transaction import begin

    wanted = {"name": arguments.tag, "fixed": arguments.fixed, "why": arguments.why}
    new = checked(datasets.TagSet, wanted, "datasets.not_possible")
    async with begin(engine, actor) as tx:
        version = await _version(tx, arguments.version)
        await datasets.put_tag(tx, version.id, new)
    print(f"{version.name} version {version.number} bears the tag {new.name}.")
    return 0


async def _cite(engine: Any, actor: Any, settings: Settings, arguments: argparse.Namespace) -> int:
    from hub import datasets
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        version = await _version(tx, arguments.version)
    address = f"{settings.base_url}/services/api/api/v1/datasets/{version.id}"
    found = datasets.citation(version, address)
    print(found.bibtex if arguments.bibtex else found.text)
    return 0


async def _restore(
    engine: Any, actor: Any, settings: Settings, arguments: argparse.Namespace
) -> int:
    """Every import with its rows; exit code 2 when rows were refused."""
    from hub import versions
    from hub.storage.objects import open_objects
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        version = await _version(tx, arguments.version)
        wanted = {
            "dry_run": arguments.dry_run, "kinds": arguments.kind, "farm": arguments.farm,
            "into": (await farm_coded(tx, arguments.into)).id if arguments.into else None,
        }  # fmt: skip
        new = checked(versions.Restore, wanted, "versions.not_possible")
        asked = await versions.restore(tx, open_objects(settings), version.id, new)
    codes = [await _restored(engine, actor, one) for one in asked.imports]
    if arguments.dry_run:
        print("Nothing was loaded. Give --no-dry-run to bring the rows back.")
    return max(codes, default=0)


async def _restored(engine: Any, actor: Any, one: Any) -> int:
    print(f"{one.kind}:", flush=True)
    return await tell(engine, actor, await over(engine, actor, one))
