"""The extension packages, each of which can be switched on alone."""

from importlib import import_module

from extensions.base.extension import Extension
from extensions.base.routing import Route

PACKAGES = (
    "extensions.account",
    "extensions.chat",
    "extensions.collect",
    "extensions.etl",
    "extensions.farm",
    "extensions.genetics",
    "extensions.system",
)


def load(package: str) -> Extension:
    extension: Extension = import_module(package).extension
    return extension


def all_routes() -> list[Route]:
    """Every declared route of every package."""
    return [route for package in PACKAGES for route in load(package).routes]
