"""Who may read genotypes, make sets of them and change whose they are."""

from uuid import UUID

from hub import farms
from hub.actor import Actor
from hub.errors import Conflict, Denied
from hub.farms.models import Farm
from hub.genotypes import repository
from hub.genotypes.models import GenotypeSet
from hub.permissions import Permission
from hub.storage.transaction import Transaction


async def require_create(tx: Transaction, farm_id: UUID) -> Farm:
    """The farm, when the caller may add genotypes to it."""
    tx.actor.require(Permission.GENOTYPES_WRITE)
    return await farms.require_write(tx, farm_id)


async def require_content(tx: Transaction, found: GenotypeSet) -> None:
    """Refuse genotypes that are not there yet, or of farms that the caller no longer sees."""
    if found.state != "done":
        raise Conflict(
            "genotypes.not_done",
            f"The set {found.name!r} is {found.state}; its genotypes are there when it is done.",
        )
    if not await repository.may_read(tx.session, found.id):
        raise hidden(found)


def hidden(found: GenotypeSet) -> Denied:
    return Denied(
        "genotypes.hidden_farms",
        f"The set {found.name!r} has animals of farms that you do not see (any more), so its "
        "genotypes are closed to you.",
    )


async def require_links(tx: Transaction, found: GenotypeSet) -> None:
    """Whoever works on the set's farm, or made the set, says whose samples these are."""
    tx.actor.require(Permission.GENOTYPES_WRITE)
    await require_content(tx, found)
    if found.person_id != tx.actor.person_id:
        await farms.require_write(tx, found.farm_id)


def require_write(actor: Actor) -> None:
    actor.require(Permission.GENOTYPES_WRITE)
