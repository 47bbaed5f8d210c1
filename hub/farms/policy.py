"""Who may see and change what stands on a farm, and the sentence when not."""

from uuid import UUID

from hub.errors import Denied, Missing
from hub.farms import repository
from hub.farms.models import Farm
from hub.permissions import Permission
from hub.storage.transaction import Transaction


async def require_visible(tx: Transaction, farm_id: UUID) -> Farm:
    """The farm; one that may not be seen is missing, as one that does not exist."""
    farm = await repository.get(tx.session, farm_id)
    if farm is None:
        raise Missing("farms.not_found", "There is no such farm, or you may not see it.")
    return farm


async def require_write(tx: Transaction, farm_id: UUID) -> Farm:
    """The farm, when the caller works there."""
    farm = await require_visible(tx, farm_id)
    repository.hold(tx.session, farm)
    if farm_id not in await repository.writable(tx.session):
        raise Denied(
            "farms.read_only_member",
            f"You may look at {farm.name} ({farm.code}) but not change it. Its owner or worker, "
            "or a steward, can.",
            farm_id=str(farm_id),
        )
    return farm


async def require_owner(tx: Transaction, farm_id: UUID) -> Farm:
    """The farm, when the caller decides who belongs to it and what it shares."""
    tx.actor.require(Permission.SHARING_MANAGE)
    farm = await require_visible(tx, farm_id)
    if not await repository.owns(tx.session, farm_id):
        raise Denied(
            "farms.owners_only",
            f"Only an owner of {farm.name} ({farm.code}), or a steward of the hub, decides who "
            "belongs to it and what it shares.",
            farm_id=str(farm_id),
        )
    if tx.actor.person_id not in await repository.owners(tx.session, farm_id):
        tx.actor.require(Permission.FARMS_WRITE)
    return farm
