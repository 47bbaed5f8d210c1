"""`python -m hub objects`: what the object store holds, and removing what nobody refers to."""

import argparse
import asyncio
from datetime import timedelta
from typing import Any

from hub.commands.stores import with_database
from hub.errors import Missing
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("objects", help="look after the store of large objects")
    acts = parser.add_subparsers(dest="act", required=True)
    collect = acts.add_parser("collect", help="remove objects that nothing refers to")
    collect.add_argument(
        "--really", action="store_true", help="remove them; without, only say how many there are"
    )
    collect.add_argument(
        "--hours", type=float, default=48.0,
        help="leave alone what was written within so many hours (at least 1; default 48)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = with_database(Settings())
    print(asyncio.run(_collect(settings, timedelta(hours=arguments.hours), arguments.really)))
    return 0


async def _collect(settings: Settings, grace: timedelta, really: bool) -> str:
    from hub.files.collecting import collect
    from hub.storage.objects import open_objects
    from hub.storage.postgres import make_engine

    owner = settings.migration_url.get_secret_value()
    if not owner:
        raise Missing(
            "storage.no_owner",
            "Only the owner of the database sees all that refers to objects. Set "
            "AGRIGEN_MIGRATION_URL to its address.",
        )
    engine = make_engine(settings, owner)
    try:
        found = await collect(engine, open_objects(settings), grace=grace, really=really)
    finally:
        await engine.dispose()
    return told(found, really)


def told(found: Any, really: bool) -> str:
    """What stays and what goes, in words."""
    from hub.files.limits import amount

    went = "were removed" if really else "can be removed (add --really)"
    return (
        f"{found.kept} objects ({amount(found.kept_bytes)}) are referred to. "
        f"{found.young} are too young to judge.\n"
        f"{found.removed} objects ({amount(found.removed_bytes)}) to which nothing refers, and the "
        f"parts of {found.uploads} uploads that were given up, {went}."
    )
