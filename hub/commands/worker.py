"""`python -m hub worker`: take jobs from the queue until asked to stop."""

import argparse
import asyncio
from typing import Any

from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("worker", help="run background jobs until asked to stop")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    from hub.jobs import worker
    from hub.observability import logging

    settings = Settings()
    logging.configure("worker", settings.log_level)
    asyncio.run(worker.run(settings))
    return 0
