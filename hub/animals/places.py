"""Where animals stand."""

from uuid import UUID

from sqlalchemy import func, select

from hub.animals import named
from hub.animals.models import Animal, Place
from hub.animals.schemas_farm import PlaceCreate, PlaceRead, PlaceUpdate
from hub.storage.transaction import Transaction


async def create(tx: Transaction, new: PlaceCreate) -> PlaceRead:
    """A new place of a farm on which the caller works."""
    return await _read(tx, await named.add(tx, Place, new, "places"))


async def update(tx: Transaction, place_id: UUID, changed: PlaceUpdate) -> PlaceRead:
    """Change a place, archive it, or use it again; animals there stay there."""
    place = await named.find(tx, Place, place_id, "places")
    return await _read(tx, await named.change(tx, place, changed, "places"))


async def get(tx: Transaction, place_id: UUID) -> PlaceRead:
    return await _read(tx, await named.find(tx, Place, place_id, "places"))


async def of_farm(tx: Transaction, farm_id: UUID, *, archived: bool = False) -> list[PlaceRead]:
    """The places of a farm with how many living animals stand there."""
    places = await named.of_farm(tx, Place, farm_id, archived=archived)
    counted = await _animals(tx, [place.id for place in places])
    return [_shown(place, counted.get(place.id, 0)) for place in places]


async def _read(tx: Transaction, place: Place) -> PlaceRead:
    counted = await _animals(tx, [place.id])
    return _shown(place, counted.get(place.id, 0))


async def _animals(tx: Transaction, ids: list[UUID]) -> dict[UUID | None, int]:
    standing = (Animal.place_id.in_(ids), Animal.status == "alive")
    statement = select(Animal.place_id, func.count()).where(*standing).group_by(Animal.place_id)
    return dict((await tx.session.execute(statement)).tuples().all())


def _shown(place: Place, animals: int) -> PlaceRead:
    columns = PlaceRead.model_fields.keys() - {"animals"}
    return PlaceRead(**{name: getattr(place, name) for name in columns}, animals=animals)
