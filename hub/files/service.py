"""Use cases of files: take one in, say what it is, give it back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from hub import audit
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.files import checking, repository, rules
from hub.files.limits import Limits
from hub.files.models import File
from hub.files.schemas import FileRead, FilesQuery
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

MAX_BYTES = 64 * 2**20
"""Of what comes in one piece; larger files come in parts (hub.files.uploads)."""


async def store(
    tx: Transaction,
    objects: ObjectStore,
    *,
    name: str,
    media_type: str,
    content: bytes,
    needs: Permission = Permission.IMPORTS_WRITE,
    piece: bool = False,
    limits: Limits = Limits(),  # noqa: B008  it is frozen
) -> FileRead:
    """Keep a file; the object store holds equal content once, whoever hands it in.

    `needs` is what one must hold for what the file is for. A `piece` of a larger file cannot be
    judged alone; whoever puts the pieces together does it.
    """
    tx.actor.require(needs)
    _check_size(content)
    await _check_room(tx, len(content), limits)
    if not piece:
        await asyncio.to_thread(checking.check_content, content, rules.clean_name(name))
    digest = await asyncio.to_thread(objects.put, content)
    return await note(
        tx, name=name, media_type=media_type, digest=digest, size=len(content), needs=needs
    )


async def note(
    tx: Transaction,
    *,
    name: str,
    media_type: str,
    digest: str,
    size: int,
    needs: Permission = Permission.IMPORTS_WRITE,
) -> FileRead:
    """Make a file of an object that the store has already."""
    tx.actor.require(needs)
    file = File(
        id=new_id(),
        person_id=tx.actor.person_id,
        name=rules.clean_name(name),
        media_type=rules.clean_media_type(media_type),
        size=size,
        sha256=digest,
    )
    await repository.add(tx.session, file)
    await audit.write(tx, "files:store", subject_id=file.id, sha256=digest, size=file.size)
    return FileRead.model_validate(file)


async def _check_room(tx: Transaction, size: int, limits: Limits) -> None:
    await repository.lock_person(tx.session, tx.actor.person_id)
    limits.check_room(await repository.used(tx.session, tx.actor.person_id), size)


def _check_size(content: bytes) -> None:
    if not content:
        raise Invalid("files.empty", "The file is empty. Choose a file with content.")
    if len(content) > MAX_BYTES:
        raise Invalid(
            "files.too_large",
            f"The file has {len(content) / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are "
            "taken in one piece. Upload it in parts (POST /uploads).",
        )


async def get(tx: Transaction, file_id: UUID) -> FileRead:
    """What is known about a file."""
    tx.actor.require(Permission.IMPORTS_READ)
    return await find(tx, file_id)


async def find(tx: Transaction, file_id: UUID) -> FileRead:
    """The same for other use cases, which ask for what they need themselves."""
    file = await repository.get(tx.session, file_id)
    if file is None:
        raise Missing("files.not_found", "There is no such file that you may see.")
    return FileRead.model_validate(file)


async def search(tx: Transaction, query: FilesQuery) -> Page[FileRead]:
    """What one handed in oneself, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    page = await repository.search(tx.session, tx.actor.person_id, query)
    return Page([FileRead.model_validate(file) for file in page.items], page.next_cursor)


async def remove(tx: Transaction, file_id: UUID) -> None:
    """Take a file back that nothing was made from; its room is free again."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    file = await find(tx, file_id)
    if file.person_id != tx.actor.person_id:
        raise Denied("files.not_yours", "Only the person who handed a file in takes it back.")
    if not await repository.remove(tx.session, file_id):
        raise Conflict(
            "files.in_use",
            "Something was imported from this file, so it is kept: results can be traced to it.",
        )
    await audit.write(tx, "files:remove", subject_id=file_id, sha256=file.sha256)


async def content(tx: Transaction, objects: ObjectStore, file_id: UUID) -> bytes:
    """The file as it was handed in, all of it in memory; for what may be large there is `path`."""
    file = await find(tx, file_id)
    return await asyncio.to_thread(objects.get, file.sha256)


async def stream(
    tx: Transaction, objects: ObjectStore, file_id: UUID
) -> tuple[FileRead, Iterator[bytes]]:
    """The file a piece at a time; that it is there is known before the first one."""
    file = await get(tx, file_id)
    await asyncio.to_thread(objects.size, file.sha256)
    return file, objects.pieces(file.sha256)


@asynccontextmanager
async def path(tx: Transaction, objects: ObjectStore, file_id: UUID) -> AsyncIterator[Path]:
    """The file on this machine, to read without holding it in memory; gone after the context."""
    file = await find(tx, file_id)
    stored = objects.local(file.sha256)
    found = await asyncio.to_thread(stored.__enter__)
    try:
        yield found
    finally:
        await asyncio.to_thread(stored.__exit__, None, None, None)
