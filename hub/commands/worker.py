"""`python -m hub worker`: take jobs from the queue until asked to stop."""

import argparse
import asyncio
from typing import Any

from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("worker", help="run background jobs until asked to stop")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    from hub.observability import logging

    settings = Settings()
    logging.configure("worker", settings.log_level)
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    """Jobs, and beside them the upkeep of conversations, sessions, phones and watched places."""
    from hub import collect, lineage, reports
    from hub.chat import upkeep
    from hub.etl import watching
    from hub.jobs import worker
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    beside = [
        asyncio.create_task(upkeep.keep(settings)),
        asyncio.create_task(reports.keep(engine)),
        asyncio.create_task(collect.keep(engine)),
        asyncio.create_task(lineage.keep(engine, settings)),
        asyncio.create_task(watching.keep(engine, settings)),
    ]
    try:
        await worker.run(settings)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await engine.dispose()
