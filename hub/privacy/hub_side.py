"""What JupyterHub asks about erasures: who has to go; and that they are gone."""

import json
from collections.abc import Awaitable, Callable

from hub.privacy import repository
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer

HubSide = Callable[[str], Awaitable[None]]
"""Removes a user of JupyterHub with servers and home folder; again is as good as once."""


async def of_hub(engine: Engine, sealer: Sealer, remove: HubSide) -> int:
    """Remove everybody who is being erased, and note each one that is gone."""
    async with engine.connect() as connection:
        waiting = await repository.for_hub(connection)
    for one in waiting:
        kept = json.loads(sealer.open(f"erasure:{one.id}", one.sealed))
        await remove(kept["username"])
        async with engine.begin() as connection:
            await repository.hub_done(connection, one.id)
    return len(waiting)
