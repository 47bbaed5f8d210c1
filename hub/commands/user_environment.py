"""`python -m hub user-environment`: make or renew the environment of user servers."""

import argparse
from typing import Any

from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "user-environment", help="make or renew the environment of user servers"
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    from hub.local import environment

    environment.make(Settings().home.resolve() / "user-env")
    return 0
