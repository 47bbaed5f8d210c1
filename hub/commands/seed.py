"""`python -m hub seed`: demonstration accounts, farms, records and the first evaluation, once."""

import argparse
import asyncio
from typing import Any

from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("seed", help="load the demonstration data (once)")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    asyncio.run(_seed(Settings()))
    return 0


async def _seed(settings: Settings) -> None:
    """Through the same door as everybody's data; the worker must be running."""
    from hub.local.seed import seed
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    try:
        await seed(settings, engine, lambda text: print(f"  {text}", flush=True))
    finally:
        await engine.dispose()
