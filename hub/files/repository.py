"""Queries about files and uploads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.files.models import File, Upload, UploadPart
from hub.files.schemas import FilesQuery
from hub.storage.paging import Page, fetch_page

# A trial, and what came to nothing, leaves a file to be imported. These nouns stand above this one.
_UNUSED = text(
    "NOT EXISTS (SELECT FROM app.import i WHERE i.file_id = file.id AND NOT i.dry_run "
    "AND i.state IN ('queued', 'running', 'done')) "
    "AND NOT EXISTS (SELECT FROM app.genotype_set s WHERE file.id = ANY(s.file_ids) "
    "AND s.state IN ('queued', 'running', 'done'))"
)


async def add(session: AsyncSession, file: File) -> File:
    session.add(file)
    await session.flush()
    return file


async def get(session: AsyncSession, file_id: UUID) -> File | None:
    return await session.get(File, file_id)


async def search(session: AsyncSession, person_id: UUID, query: FilesQuery) -> Page[File]:
    """What a person handed in, newest first."""
    wanted = select(File).where(File.person_id == person_id)
    if query.unused:
        wanted = wanted.where(_UNUSED)
    return await fetch_page(
        session, wanted, [File.id], cursor=query.cursor, limit=query.limit, descending=True
    )


async def remove(session: AsyncSession, file_id: UUID) -> bool:
    """Whether it is gone; what something was made from stays."""
    return bool(await session.scalar(select(func.app.remove_file(file_id))))


async def used(session: AsyncSession, person_id: UUID) -> int:
    """Bytes a person keeps, equal content once, and those announced by open uploads."""
    kept = select(File.sha256, File.size).where(File.person_id == person_id).distinct().subquery()
    announced = select(func.coalesce(func.sum(Upload.size), 0)).where(
        Upload.person_id == person_id, Upload.state != "done"
    )
    stored = select(func.coalesce(func.sum(kept.c.size), 0))
    return int(await session.scalar(stored) or 0) + int(await session.scalar(announced) or 0)


async def lock_person(session: AsyncSession, person_id: UUID) -> None:
    """What a person hands in at the same time is counted one after the other."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"files:{person_id}", 0)))
    )


async def uploads(session: AsyncSession, person_id: UUID) -> Sequence[Upload]:
    """Those that are not done, newest first."""
    wanted = (
        select(Upload)
        .where(Upload.person_id == person_id, Upload.state != "done")
        .order_by(Upload.id.desc())
    )
    return (await session.scalars(wanted)).all()


async def expired(session: AsyncSession, now: datetime) -> Sequence[Upload]:
    wanted = select(Upload).where(Upload.state == "open", Upload.expires_at < now)
    return (await session.scalars(wanted)).all()


async def add_upload(session: AsyncSession, upload: Upload) -> Upload:
    session.add(upload)
    await session.flush()
    await session.refresh(upload)
    return upload


async def get_upload(
    session: AsyncSession, upload_id: UUID, *, lock: bool = False
) -> Upload | None:
    return await session.get(Upload, upload_id, with_for_update=lock or None)


async def remove_upload(session: AsyncSession, upload_id: UUID) -> None:
    await session.execute(delete(Upload).where(Upload.id == upload_id))


async def change_upload(
    session: AsyncSession, upload_id: UUID, values: dict[str, object], *, state: str | None = None
) -> bool:
    """Change an upload, if it is there and in this state."""
    wanted = update(Upload).where(Upload.id == upload_id).values(values)
    if state is not None:
        wanted = wanted.where(Upload.state == state)
    found = await session.execute(wanted.returning(Upload.id))
    return found.first() is not None


async def put_part(session: AsyncSession, part: UploadPart) -> None:
    """The newest of equal numbers counts."""
    values = {
        "upload_id": part.upload_id, "number": part.number, "person_id": part.person_id,
        "sha256": part.sha256,
    }  # fmt: skip
    added = insert(UploadPart).values(values)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["upload_id", "number"], set_={"sha256": added.excluded.sha256}
        )
    )


async def parts(session: AsyncSession, upload_id: UUID) -> list[tuple[int, str]]:
    """Number and hash of the parts that are there, in order."""
    wanted = (
        select(UploadPart.number, UploadPart.sha256)
        .where(UploadPart.upload_id == upload_id)
        .order_by(UploadPart.number)
    )
    return [(number, digest) for number, digest in await session.execute(wanted)]


async def known_uploads(connection: AsyncConnection, now: datetime) -> set[UUID]:
    """Of everybody: those whose parts are still wanted."""
    wanted = select(Upload.id).where(
        (Upload.state == "finishing") | ((Upload.state == "open") & (Upload.expires_at >= now))
    )
    return {row.id for row in await connection.execute(wanted)}


async def forget_uploads(connection: AsyncConnection, uploads: Collection[UUID]) -> None:
    gone = delete(Upload).where(Upload.id.in_(uploads), Upload.state == "open")
    await connection.execute(gone)
