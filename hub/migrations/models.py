"""Every table of the hub, gathered from every noun."""

import importlib
from pathlib import Path

from sqlalchemy import MetaData

from hub.storage.base import Base

_HUB = Path(__file__).parents[1]
for _path in sorted(_HUB.rglob("models.py")):
    if _path.parent.name != "migrations":
        _noun = ".".join(_path.parent.relative_to(_HUB).parts)
        importlib.import_module(f"hub.{_noun}.models")

metadata: MetaData = Base.metadata
