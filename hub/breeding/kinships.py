"""Use case of pairs that are mated already: how inbred their offspring would be."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from hub.breeding import planning, repository
from hub.permissions import Permission
from hub.storage.transaction import Transaction

Pair = tuple[UUID, UUID]


async def kinship(tx: Transaction, pairs: Collection[Pair]) -> dict[Pair, float]:
    """Kinship of each (sire, dam), the inbreeding of their offspring; of visible animals only."""
    tx.actor.require(Permission.EVENTS_READ)
    rows = await repository.pedigree(tx.session, {one for pair in pairs for one in pair})
    return await asyncio.to_thread(planning.kinships, rows, list(pairs))
