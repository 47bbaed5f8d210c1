"""`python -m hub check`: every setting, its value and where it came from, and what is unsafe."""

import argparse
import os
from typing import Any

from pydantic import SecretStr

from hub.commands.exposed import warnings_here
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("check", help="print all settings and where they came from")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    settings = Settings()
    width = max(map(len, Settings.model_fields)) + len("AGRIGEN_")
    for name in Settings.model_fields:
        variable = f"AGRIGEN_{name.upper()}"
        source = "environment" if variable in os.environ else "default"
        print(f"{variable:<{width}}  {source:<12} {_shown(getattr(settings, name))}")
    for sentence in warnings_here(settings):
        print(f"\n! {sentence}")
    return 0


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set, not shown)" if value.get_secret_value() else "(empty)"
    return str(value) if value not in ("", {}) else "(empty)"
