"""Two farms with people and phones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest_asyncio

from hub.actor import Actor
from hub.permissions import Role
from tests.database import As, Make
from tests.hub.collect.phone import Phone


@dataclass
class Scene:
    """Fiona owns HILL and Walt works there; Marc owns LIND."""

    make: Make
    as_: As
    fiona: Actor
    walt: Actor
    marc: Actor
    hill: UUID
    lind: UUID
    count: int = 0

    def phone(self, actor: Actor | None = None, **more: Any) -> Phone:
        """A new phone; Fiona's unless told otherwise."""
        self.count += 1
        return Phone(self.as_, actor or self.fiona, f"number-{self.count}", **more)

    async def ewe(self, farm: UUID | None = None, **values: Any) -> UUID:
        self.count += 1
        columns = {"sex": "F", "birth_date": values.pop("birth_date", None), **values}
        return await self.make.animal(farm or self.hill, f"EWE{self.count}", **columns)


MakeScene = Callable[[], Scene]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make, as_: As) -> Scene:
    fiona, walt, marc = [await make.person(name, Role.FARMER) for name in ("fiona", "walt", "marc")]
    hill = await make.farm("HILL", owner=fiona, worker=walt)
    lind = await make.farm("LIND", owner=marc)
    return Scene(make, as_, fiona, walt, marc, hill, lind)
