"""Every table of the hub, gathered from every noun."""

import importlib
from pathlib import Path

from sqlalchemy import MetaData

from hub.storage.base import Base

for _path in sorted(Path(__file__).parents[1].glob("*/models.py")):
    if _path.parent.name != "migrations":
        importlib.import_module(f"hub.{_path.parent.name}.models")

metadata: MetaData = Base.metadata
