"""Pictures of animals."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub.animals import photos
from hub.animals.schemas_farm import PhotoNew, PhotoRead, PhotoUpdate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Photos")

ANIMAL = {"animal_id": SAMPLE_ID}
PHOTO = {"photo_id": SAMPLE_ID}
KEPT = "private, max-age=3600"
"""A picture never changes; the browser keeps it for whoever may see it, and for nobody else."""


@routes.get(
    "/animals/{animal_id}/photos",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[PhotoRead],
    example={"path": ANIMAL},
)
async def list_photos(call: Call, animal_id: UUID) -> Page[PhotoRead]:
    """List the pictures of an animal, the newest first."""
    return Page(await photos.of_animal(call.tx, animal_id))


@routes.post(
    "/animals/{animal_id}/photos",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:add_photo",
    query=PhotoNew,
    raw_body=True,
    returns=PhotoRead,
    status=201,
    location="/photos/{id}",
    example={"path": ANIMAL, "query": {"caption": "Left side"}},
)
async def add_photo(call: Call, animal_id: UUID) -> PhotoRead:
    """Hand in a picture of an animal as the body of the request: JPEG, PNG or WEBP, up to 15 MB.

    It is turned upright and encoded anew; what the camera wrote beside it (place, phone) is not
    kept.
    """
    return await photos.add(call.tx, call.app.objects, animal_id, call.body, call.query)


@routes.get(
    "/photos/{photo_id}",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PhotoRead,
    example={"path": PHOTO},
)
async def get_photo(call: Call, photo_id: UUID) -> PhotoRead:
    """Show what is known of a picture."""
    return await photos.get(call.tx, photo_id)


@routes.patch(
    "/photos/{photo_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:change_photo",
    body=PhotoUpdate,
    returns=PhotoRead,
    example={"path": PHOTO, "body": {"caption": "After shearing"}},
)
async def update_photo(call: Call, photo_id: UUID) -> PhotoRead:
    """Change the words below a picture, or its day."""
    return await photos.update(call.tx, photo_id, call.body)


@routes.delete(
    "/photos/{photo_id}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:remove_photo",
    example={"path": PHOTO},
)
async def remove_photo(call: Call, photo_id: UUID) -> None:
    """Take a picture away from its animal."""
    await photos.remove(call.tx, photo_id)


@routes.get(
    "/photos/{photo_id}/content",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=Answer,
    produces="image/jpeg",
    example={"path": PHOTO},
)
async def get_photo_content(call: Call, photo_id: UUID) -> Answer:
    """Fetch a picture."""
    return await _answer(call, photo_id, thumbnail=False)


@routes.get(
    "/photos/{photo_id}/thumbnail",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=Answer,
    produces="image/jpeg",
    example={"path": PHOTO},
)
async def get_photo_thumbnail(call: Call, photo_id: UUID) -> Answer:
    """Fetch the small picture that lists show."""
    return await _answer(call, photo_id, thumbnail=True)


async def _answer(call: Call, photo_id: UUID, *, thumbnail: bool) -> Answer:
    content = await photos.content(call.tx, call.app.objects, photo_id, thumbnail=thumbnail)
    return Answer(content, "image/jpeg", cache=KEPT)
