"""`python -m hub export`: take tables of farms, or genotypes, along as a person of the hub."""

import argparse
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.commands.stores import farm_coded, person_named, with_database
from hub.commands.wishes import checked
from hub.errors import Invalid
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("export", help="export tables of farms, or genotypes")
    parser.add_argument("target", type=Path, help="file to write, or a folder to put it in")
    parser.add_argument("--as", dest="username", required=True, help="user name of who exports")
    parser.add_argument("--farm", action="append", default=[], help="code; may be given again")
    parser.add_argument("--kind", action="append", help="such as animals; may be given again")
    parser.add_argument(
        "--format", default="csv", help="csv, xlsx, parquet, json, jsonl; plink, vcf, blupf90"
    )
    parser.add_argument("--from", dest="start", help="first day, such as 2024-01-01")
    parser.add_argument("--to", dest="end", help="last day")
    parser.add_argument("--trait", action="append", help="only this trait; may be given again")
    parser.add_argument("--genotype-set", help="id of the set, for plink, vcf and blupf90")
    parser.set_defaults(run=export_command)


def export_command(arguments: argparse.Namespace) -> int:
    """Ask for the export, wait for the worker, save the archive."""
    return asyncio.run(_export(with_database(Settings()), arguments))


async def _export(settings: Settings, arguments: argparse.Namespace) -> int:
    from hub.storage.objects import open_objects
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        actor = await person_named(settings, arguments.username)
        done = await _over(engine, actor, await _ask(engine, actor, arguments))
        await _save(engine, actor, open_objects(settings), done, arguments.target)
    finally:
        await engine.dispose()
    return 0


async def _ask(engine: Any, actor: Any, arguments: argparse.Namespace) -> Any:
    from hub import exports
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        found = [(await farm_coded(tx, code)).id for code in arguments.farm]
        return await exports.create(tx, _wanted(found, arguments))


def _wanted(farm_ids: list[Any], arguments: argparse.Namespace) -> Any:
    from hub.exports import ExportCreate

    filters = {"from": arguments.start, "to": arguments.end, "traits": arguments.trait}
    given = {"kinds": arguments.kind, "genotype_set_id": arguments.genotype_set}
    told = {name: value for name, value in given.items() if value is not None}
    wanted = {
        "farm_ids": farm_ids, "format": arguments.format, **told,
        "filters": {k: v for k, v in filters.items() if v is not None},
    }  # fmt: skip
    return checked(ExportCreate, wanted, "exports.not_possible")


async def _over(engine: Any, actor: Any, asked: Any) -> Any:
    """Wait for the worker, telling how far it is."""
    from hub import exports, jobs
    from hub.storage.transaction import begin

    told = ""
    while True:
        async with begin(engine, actor) as tx:
            found = await exports.get(tx, asked.id)
            job = await jobs.get(tx, asked.job_id)
        if job.message and job.message != told:
            told = job.message
            print(f"{100 * job.progress:3.0f} %  {told}", flush=True)
        if found.state == "done":
            return found
        if found.state in jobs.FINAL:
            raise Invalid("exports.not_done", found.error or f"The export is {found.state}.")
        await asyncio.sleep(0.3)


async def _save(engine: Any, actor: Any, objects: Any, done: Any, target: Path) -> None:
    from hub import exports
    from hub.storage.transaction import begin

    async with begin(engine, actor) as tx:
        _, pieces = await exports.content(tx, objects, done.id)
    path = await asyncio.to_thread(_written, pieces, target, done.name)
    print(f"{path}  sha256 {done.sha256}")


def _written(pieces: Iterator[bytes], target: Path, name: str) -> Path:
    path = target / name if target.is_dir() else target
    try:
        with path.open("wb") as file:
            file.writelines(pieces)
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror})."
        raise Invalid("exports.no_file", f"{message} Choose another place.") from error
    return path
