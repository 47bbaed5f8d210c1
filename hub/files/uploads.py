"""Use cases of uploads in parts: announce a file, send parts in any order, go on, finish."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from hub import audit, jobs
from hub.errors import Conflict, Missing
from hub.files import checking, parts, repository, rules
from hub.files.limits import Limits
from hub.files.models import File, Upload, UploadPart
from hub.files.parts import PART_BYTES
from hub.files.schemas import PartRead, UploadCreate, UploadRead
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore, sha256
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND, TASK = "upload", "files.finish"
SMALL_BYTES = 4 * PART_BYTES
"""Up to here a file is put together while its sender waits."""


async def create(
    tx: Transaction, objects: ObjectStore, new: UploadCreate, *, limits: Limits
) -> UploadRead:
    """Announce a file; its room is kept until it is there or the upload expires."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    await repository.lock_person(tx.session, tx.actor.person_id)
    await forget_expired(tx, objects)
    limits.check_size(new.size)
    limits.check_open(len(await repository.uploads(tx.session, tx.actor.person_id)))
    limits.check_room(await repository.used(tx.session, tx.actor.person_id), new.size)
    upload = Upload(
        id=new_id(),
        person_id=tx.actor.person_id,
        name=rules.clean_name(new.name),
        media_type=rules.clean_media_type(new.media_type),
        size=new.size,
        sha256=new.sha256 or "",
        part_bytes=PART_BYTES,
        state="open",
        error="",
        expires_at=datetime.now(UTC) + limits.kept,
    )
    return _read(await repository.add_upload(tx.session, upload), [])


async def forget_expired(tx: Transaction, objects: ObjectStore) -> int:
    """Uploads that nobody went on with, as far as the actor may see any; how many."""
    found = await repository.expired(tx.session, datetime.now(UTC))
    for upload in found:
        await _forget(tx, objects, upload.id)
    return len(found)


async def _forget(tx: Transaction, objects: ObjectStore, upload_id: UUID) -> None:
    await repository.remove_upload(tx.session, upload_id)
    tx.afterwards(partial(asyncio.to_thread, objects.remove_parts, upload_id))


async def get(tx: Transaction, upload_id: UUID) -> UploadRead:
    """An upload as far as it is."""
    tx.actor.require(Permission.IMPORTS_READ)
    upload = await _upload(tx, upload_id)
    return _read(upload, await repository.parts(tx.session, upload_id))


async def search(tx: Transaction) -> Page[UploadRead]:
    """One's uploads that are not done, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    found = await repository.uploads(tx.session, tx.actor.person_id)
    return Page([_read(one, await repository.parts(tx.session, one.id)) for one in found])


async def put_part(
    tx: Transaction,
    objects: ObjectStore,
    upload_id: UUID,
    number: int,
    content: bytes,
    *,
    limits: Limits,
) -> PartRead:
    """Take a part in; one that comes again takes the place of the first."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    upload = await _upload(tx, upload_id)
    _require_open(upload)
    parts.check(number, content, upload.size, upload.part_bytes)
    digest = await asyncio.to_thread(sha256, content)
    await asyncio.to_thread(objects.put_part, upload_id, number, content)
    values = {"expires_at": datetime.now(UTC) + limits.kept, "error": ""}
    if not await repository.change_upload(tx.session, upload_id, values, state="open"):
        _require_open(await _upload(tx, upload_id))
    part = UploadPart(
        upload_id=upload_id, number=number, person_id=tx.actor.person_id, sha256=digest
    )
    await repository.put_part(tx.session, part)
    return PartRead(number=number, size=len(content), sha256=digest)


async def finish(tx: Transaction, objects: ObjectStore, upload_id: UUID) -> UploadRead:
    """Put the file together: a small one at once, a large one in a job; again: the same answer."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    upload = await _upload(tx, upload_id, lock=True)
    received = await repository.parts(tx.session, upload_id)
    if upload.state != "open":
        return _read(upload, received)
    parts.check_whole([number for number, _ in received], upload.size, upload.part_bytes)
    if upload.size <= SMALL_BYTES:
        digest = await asyncio.to_thread(put_together, objects, upload, received)
        await done(tx, objects, upload, digest)
    else:
        await _queue(tx, upload)
    await tx.session.flush()
    return _read(upload, received)


async def _queue(tx: Transaction, upload: Upload) -> None:
    job = await jobs.create(tx, KIND, upload.id, TASK, upload_id=str(upload.id))
    upload.state, upload.job_id, upload.error = "finishing", job.id, ""


def put_together(
    objects: ObjectStore, upload: Upload, received: list[parts.Part], **told: parts.Each
) -> str:
    """The digest of the file that the parts make, when it is what it should be."""
    digest = parts.join(objects, upload.id, received, **told)
    parts.check_hash(digest, upload.sha256, upload.size)
    checking.check(objects, digest, upload.name)
    return digest


async def done(tx: Transaction, objects: ObjectStore, upload: Upload, digest: str) -> None:
    """The file is there; what it was sent in goes away when this is committed."""
    file = File(
        id=new_id(), person_id=tx.actor.person_id, name=upload.name, media_type=upload.media_type,
        size=upload.size, sha256=digest,
    )  # fmt: skip
    await repository.add(tx.session, file)
    upload.state, upload.file_id, upload.error = "done", file.id, ""
    await audit.write(tx, "files:store", subject_id=file.id, sha256=digest, size=file.size)
    tx.afterwards(partial(asyncio.to_thread, objects.remove_parts, upload.id))


async def remove(tx: Transaction, objects: ObjectStore, upload_id: UUID) -> None:
    """Take an upload back; a file that it became stays."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    upload = await _upload(tx, upload_id, lock=True)
    if upload.state == "finishing":
        raise Conflict(
            "files.finishing",
            "The file is being put together. Wait for its job, or cancel that, then try again.",
        )
    await _forget(tx, objects, upload_id)


async def follow(tx: Transaction, upload_id: UUID, state: str, error: str) -> None:
    """A job that did not end well leaves the upload open, so that parts can be sent again."""
    now = "finishing" if state in {"queued", "running"} else "open"
    if state != "done":
        await repository.change_upload(tx.session, upload_id, {"state": now, "error": error})


async def _upload(tx: Transaction, upload_id: UUID, *, lock: bool = False) -> Upload:
    upload = await repository.get_upload(tx.session, upload_id, lock=lock)
    if upload is None:
        raise Missing(
            "files.no_upload",
            "There is no such upload of yours; it may have expired. Start it anew.",
        )
    return upload


def _require_open(upload: Upload) -> None:
    if upload.state != "open":
        raise Conflict(
            "files.not_open",
            f"The upload is {upload.state}; it takes no more parts. Wait until it is done and use "
            "its file; for another content start a new upload.",
        )


def _read(upload: Upload, received: list[parts.Part]) -> UploadRead:
    return UploadRead(
        **{name: getattr(upload, name) for name in _SAME},
        parts=parts.count(upload.size, upload.part_bytes),
        received=[number for number, _ in received],
    )


_SAME = (
    "id", "name", "media_type", "size", "sha256", "part_bytes", "state", "error", "file_id",
    "job_id", "expires_at", "created_at",
)  # fmt: skip
