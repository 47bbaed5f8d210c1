"""The newborns of a birth that are animals of the farm already, so that they are not made again."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from hub.etl.elsewhere import HasAnimals


class Born:
    """Animals of the farm by tag: imported, or told of, before their birth was."""

    def __init__(self, stock: HasAnimals) -> None:
        mine = stock.animals.filter(pl.col("farm_id") == str(stock.farm_id))
        rows = mine.select("tag", "id", "birth_date", "dam_id").iter_rows()
        self._by_tag = {tag: (id_, on, dam) for tag, id_, on, dam in rows}

    def told(self, fields: Mapping[str, Any], dam: UUID | None, on: date | None) -> dict[str, UUID]:
        """Which animal a row's newborn is: the one of its tag, born that day, of no other dam."""
        id_, born, known_dam = self._by_tag.get(fields.get("young_tag", ""), ("", "", None))
        if id_ and born == str(on) and known_dam in (None, str(dam)):
            return {"young_animal_id": UUID(id_)}
        return {}
