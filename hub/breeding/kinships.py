"""Use case of pairs that are mated already: how inbred their offspring would be."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from hub.breeding import planning, repository
from hub.breeding.planning import Herd
from hub.permissions import Permission
from hub.storage.transaction import Transaction

Pair = tuple[UUID, UUID]


async def kinship(tx: Transaction, pairs: Collection[Pair]) -> dict[Pair, float]:
    """Kinship of each (sire, dam), the inbreeding of their offspring; of visible animals only."""
    tx.actor.require(Permission.EVENTS_READ)
    found = await repository.animals(tx.session, {one for pair in pairs for one in pair})
    seen = [(sire, dam) for sire, dam in pairs if sire in found and dam in found]
    if not seen:
        return {}
    males = [found[one] for one in dict.fromkeys(sire for sire, _ in seen)]
    females = [found[one] for one in dict.fromkeys(dam for _, dam in seen)]
    pedigree = await repository.pedigree(tx.session, [one.id for one in (*females, *males)])
    herd = Herd(females, males, {}, 0.0, pedigree, ())
    f = (await asyncio.to_thread(planning.facts, herd, 5)).inbreeding
    row = {one.id: place for place, one in enumerate(females)}
    column = {one.id: place for place, one in enumerate(males)}
    return {(sire, dam): float(f[row[dam], column[sire]]) for sire, dam in seen}
