"""`python -m hub keys`: the keys that sign access tokens."""

import argparse
import asyncio
from typing import Any

from hub.commands.stores import with_database
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("keys", help="look after the keys that sign access tokens")
    acts = parser.add_subparsers(dest="act", required=True)
    rotate = acts.add_parser("rotate", help="take the next key into use and make another")
    rotate.add_argument(
        "--lost", action="store_true",
        help="others may have the keys: all go, and programs refresh their tokens",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = with_database(Settings())
    signing = asyncio.run(_rotate(settings, lost=arguments.lost))
    after = "No older key verifies any more" if arguments.lost else "Older keys verify for a day"
    print(f"Access tokens are signed with {signing} from now on (within a minute). {after}.")
    return 0


async def _rotate(settings: Settings, *, lost: bool) -> str:
    from hub import tokens
    from hub.storage.postgres import make_engine
    from hub.storage.sealing import open_sealer

    engine = make_engine(settings)
    try:
        return await tokens.rotate(engine, open_sealer(settings), lost=lost)
    finally:
        await engine.dispose()
