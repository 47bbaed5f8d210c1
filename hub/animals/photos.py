"""Pictures of animals."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import select

from hub import audit, farms
from hub.animals import pictures
from hub.animals.models import Photo
from hub.animals.reading import find as find_animal
from hub.animals.reading import find_to_change
from hub.animals.schemas_farm import PhotoNew, PhotoRead, PhotoUpdate
from hub.errors import Conflict, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore, sha256
from hub.storage.transaction import Transaction


async def add(
    tx: Transaction,
    objects: ObjectStore,
    animal_id: UUID,
    content: bytes,
    about: PhotoNew | None = None,
) -> PhotoRead:
    """Keep a picture of an animal; one that it has already is answered again."""
    about = about or PhotoNew()
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    picture = await asyncio.to_thread(pictures.read, content)
    if stored := await _stored(tx, animal.id, sha256(picture.content), about.id):
        return PhotoRead.model_validate(stored)
    photo = Photo(
        id=about.id or new_id(), farm_id=animal.farm_id, animal_id=animal.id,
        person_id=tx.actor.person_id,
        sha256=await asyncio.to_thread(objects.put, picture.content),
        thumbnail_sha256=await asyncio.to_thread(objects.put, picture.thumbnail),
        media_type=pictures.MEDIA_TYPE, width=picture.width, height=picture.height,
        size=len(picture.content), taken_on=about.taken_on or picture.taken_on,
        caption=about.caption,
    )  # fmt: skip
    tx.session.add(photo)
    await tx.session.flush()
    await _note(
        tx, photo, "animals:add_photo", after={"photo_id": photo.id, "sha256": photo.sha256}
    )
    return PhotoRead.model_validate(photo)


async def of_animal(tx: Transaction, animal_id: UUID) -> list[PhotoRead]:
    """The pictures of an animal, the newest first."""
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await find_animal(tx, animal_id)
    statement = select(Photo).where(Photo.animal_id == animal.id)
    order = (Photo.taken_on.desc().nulls_last(), Photo.id.desc())
    found = await tx.session.scalars(statement.order_by(*order))
    return [PhotoRead.model_validate(photo) for photo in found]


async def get(tx: Transaction, photo_id: UUID) -> PhotoRead:
    """What is known of a picture."""
    return PhotoRead.model_validate(await _find(tx, photo_id))


async def content(
    tx: Transaction, objects: ObjectStore, photo_id: UUID, *, thumbnail: bool = False
) -> bytes:
    """The picture itself, or the small one."""
    photo = await _find(tx, photo_id)
    digest = photo.thumbnail_sha256 if thumbnail else photo.sha256
    return await asyncio.to_thread(objects.get, digest)


async def update(tx: Transaction, photo_id: UUID, changed: PhotoUpdate) -> PhotoRead:
    """Change the words below a picture, or the day on which it was taken."""
    photo = await _to_write(tx, photo_id)
    given = changed.model_dump(include=changed.model_fields_set)
    before = {name: getattr(photo, name) for name in given}
    for name, value in given.items():
        setattr(photo, name, value)
    await tx.session.flush()
    about = {"photo_id": photo.id}
    await _note(tx, photo, "animals:change_photo", before={**about, **before}, after=given)
    return PhotoRead.model_validate(photo)


async def remove(tx: Transaction, photo_id: UUID) -> None:
    """Take a picture away from its animal."""
    photo = await _to_write(tx, photo_id)
    gone = {"photo_id": photo.id, "sha256": photo.sha256, "caption": photo.caption}
    await tx.session.delete(photo)
    await tx.session.flush()
    await _note(tx, photo, "animals:remove_photo", before=gone)


async def _find(tx: Transaction, photo_id: UUID) -> Photo:
    tx.actor.require(Permission.ANIMALS_READ)
    photo = await tx.session.get(Photo, photo_id)
    if photo is None:
        raise Missing("photos.not_found", "There is no such picture, or you may not see it.")
    return photo


async def _to_write(tx: Transaction, photo_id: UUID) -> Photo:
    tx.actor.require(Permission.ANIMALS_WRITE)
    photo = await _find(tx, photo_id)
    await farms.require_write(tx, photo.farm_id)
    return photo


async def _stored(
    tx: Transaction, animal_id: UUID, digest: str, photo_id: UUID | None
) -> Photo | None:
    """The same picture of the same animal, handed in before."""
    if photo_id and (known := await tx.session.get(Photo, photo_id)):
        if (known.animal_id, known.sha256) == (animal_id, digest):
            return known
        raise Conflict("photos.id_taken", "This id is that of another picture already.")
    same = (Photo.animal_id == animal_id, Photo.sha256 == digest)
    photo: Photo | None = await tx.session.scalar(select(Photo).where(*same))
    return photo


async def _note(tx: Transaction, photo: Photo, action: str, **said: Any) -> None:
    await audit.write(tx, action, subject_id=photo.animal_id, farm_id=photo.farm_id, **said)
