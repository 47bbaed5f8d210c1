"""Animals of other farms, as exports name them: by tag and farm, `M 12 [stud]`."""

from typing import Protocol
from uuid import UUID

import polars as pl


class HasAnimals(Protocol):
    """What is stored already."""

    @property
    def farm_id(self) -> UUID: ...

    @property
    def animals(self) -> pl.DataFrame: ...


def of_other_farms(stock: HasAnimals) -> pl.DataFrame:
    """Name (`value`), id (`shared_id`) and how many bear the name (`bearers`: one)."""
    others = stock.animals.filter(pl.col("farm_id") != str(stock.farm_id))
    return others.select(
        pl.format("{} [{}]", "tag", "farm").alias("value"),
        pl.col("id").alias("shared_id"),
        pl.lit(1, pl.UInt32).alias("bearers"),
    )
