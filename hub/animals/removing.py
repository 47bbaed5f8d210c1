"""Taking an animal away that never was; one that died or was sold is kept."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from hub import audit, farms
from hub.animals import repository
from hub.animals.reading import find_to_change, read
from hub.errors import Conflict
from hub.permissions import Permission
from hub.storage.transaction import Transaction


async def remove(tx: Transaction, animal_id: UUID, reason: str) -> None:
    """Delete an animal of which nothing but itself is known; what it was stays in the log."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    [before] = await read(tx, [animal])
    try:
        async with tx.session.begin_nested():
            await repository.remove(tx.session, animal)
    except IntegrityError:
        raise Conflict(
            "animals.in_use",
            f"More is known of {before.tag}: events, records, offspring, photos or genotypes. "
            "Remove that first, or keep the animal.",
        ) from None
    await audit.write(
        tx, "animals:remove", subject_id=animal_id, farm_id=before.farm_id,
        before=before.model_dump(), reason=reason,
    )  # fmt: skip
