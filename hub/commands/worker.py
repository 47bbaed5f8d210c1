"""`python -m hub worker`: take jobs from the queue until asked to stop."""

import argparse
import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hub.settings import Settings

if TYPE_CHECKING:
    from hub import mail


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
    """Jobs, and beside them the upkeep of chats, sessions, phones, keys, and erasures."""
    from hub import accounts, audit, collect, limits, lineage, privacy, reports, sessions, tokens
    from hub.chat import upkeep
    from hub.etl import watching
    from hub.jobs import worker
    from hub.storage.postgres import make_engine

    engine = make_engine(settings)
    beside = [
        asyncio.create_task(accounts.keep(engine, settings, unwanted=_unwanted(settings))),
        asyncio.create_task(upkeep.keep(settings)),
        asyncio.create_task(audit.keep(engine, settings)),
        asyncio.create_task(limits.keep(engine)),
        asyncio.create_task(reports.keep(engine)),
        asyncio.create_task(collect.keep(engine)),
        asyncio.create_task(sessions.keep(engine)),
        asyncio.create_task(lineage.keep(engine, settings)),
        asyncio.create_task(watching.keep(engine, settings)),
        asyncio.create_task(tokens.keep(engine, settings)),
        asyncio.create_task(privacy.keep(engine, settings)),
    ]
    try:
        await worker.run(settings)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await engine.dispose()


def _unwanted(settings: Settings) -> "mail.Unwanted":
    """Asks people's profiles which letters they do not want."""
    from hub import profiles
    from hub.storage.dynamodb import open_store

    async def asked(person_id: UUID, kind: str) -> bool:
        store = await asyncio.to_thread(opened)
        return await profiles.mail_is_unwanted(store, person_id, kind)

    opened = cache(lambda: open_store(settings))
    return asked
