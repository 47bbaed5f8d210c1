"""Files of two small sheep farms that share rams, and what became of them."""

from typing import Any
from uuid import UUID

RAMS = "id,sex,birth_date\nR1,M,2016-03-01\nR2,M,2016-03-01\n"
FLOCK = """\
tag,sex,birth_date,sire,dam
{0}E1,F,2018-03-01,,
{0}E2,F,2018-03-01,,
{0}L1,F,2021-03-01,R1,{0}E1
{0}L2,M,2021-03-02,R1,{0}E1
{0}L3,F,2021-03-03,R2,{0}E2
{0}L4,M,2021-03-04,R2,{0}E1
"""
WEIGHTS = """\
animal,trait,date,value
{0}L1,weaning_weight,2021-06-01,{1}
{0}L2,weaning_weight,2021-06-01,33.5
{0}L3,weaning_weight,2021-06-01,29.5
"""
MODEL: dict[str, Any] = {
    "formula": "weaning_weight ~ farm + sex + animal(animal)",
    "variances": {"a": 4.0, "residual": 7.0},
}


class Flocks:
    """What was brought in, by name."""

    def __init__(self) -> None:
        self.farms: dict[str, UUID] = {}
        self.imports: dict[str, Any] = {}
        self.animals: dict[str, UUID] = {}
        self.typed: UUID
        self.weaning: UUID
