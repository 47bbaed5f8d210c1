"""Who may see reports of a farm."""

from uuid import UUID

from hub import farms
from hub.farms import FarmRead
from hub.permissions import Permission
from hub.storage.transaction import Transaction


async def readable(tx: Transaction, farm_id: UUID) -> FarmRead:
    """The farm, when its reports may be seen; one that may not be seen is missing."""
    tx.actor.require(Permission.REPORTS_READ)
    await farms.require_visible(tx, farm_id)
    return await farms.get(tx, farm_id)
