"""`python -m hub benchmarks`: compute the benchmarks of years that are over."""

import argparse
import asyncio
from typing import Any

from hub.commands.stores import with_database
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("benchmarks", help="compute benchmarks of years that are over")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    found = asyncio.run(_refresh(with_database(Settings())))
    for year, cells in found.items():
        print(f"{year}: {cells} new cells")
    return 0


async def _refresh(settings: Settings) -> dict[int, int]:
    from hub import reports
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        return await reports.refresh(engine)
    finally:
        await engine.dispose()
