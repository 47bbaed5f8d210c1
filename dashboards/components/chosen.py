"""What a person chose once for all pages: the farm they open with and the unit of weights.

What stands in the address of a page goes first.
"""

from collections.abc import Sequence
from typing import Any

from agrigen.client import Item
from dashboards.components.units import known_unit
from dashboards.session import Session


async def begin_unit(session: Session, state: Any, chooser: Any) -> None:
    """Set the unit of the page before anything is shown in it."""
    wanted = state.unit or (await session.profile()).get("weight_unit", "")
    state.unit = known_unit(wanted)
    chooser.value = state.unit


async def first_farm(session: Session, farms: Sequence[Item], wanted: str) -> str:
    """The farm of the address, else the one that the person chose, else the first."""
    ids = [farm["id"] for farm in farms]
    chosen = (await session.profile()).get("default_farm_id")
    return next((id for id in (wanted, chosen) if id in ids), ids[0])
