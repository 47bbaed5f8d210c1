"""Queries about watched places and the files that were seen in them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.etl.watching.models import ImportSource, ImportSourceFile
from hub.etl.watching.schemas import SourceFilesQuery, SourcesQuery
from hub.storage.paging import Page, fetch_page

_DUE = text("SELECT id, person_id FROM app.due_sources(:most)")
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('agrigen:sources', 0))")


async def add(session: AsyncSession, row: ImportSource) -> None:
    session.add(row)
    await session.flush()


async def flush(session: AsyncSession, row: ImportSource) -> ImportSource:
    await session.flush()
    await session.refresh(row)
    return row


async def get(session: AsyncSession, source_id: UUID, *, lock: bool = False) -> ImportSource | None:
    wanted = select(ImportSource).where(ImportSource.id == source_id)
    wanted = wanted.execution_options(populate_existing=True)
    return await session.scalar(wanted.with_for_update() if lock else wanted)


async def get_if_due(session: AsyncSession, source_id: UUID) -> ImportSource | None:
    """The source, locked, if its time has come and nobody else holds it."""
    wanted = (
        select(ImportSource)
        .where(
            ImportSource.id == source_id,
            ImportSource.enabled,
            ImportSource.next_run_at <= text("now()"),
        )
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(wanted)


async def search(session: AsyncSession, query: SourcesQuery) -> Page[ImportSource]:
    wanted = {"farm_id": query.farm_id, "enabled": query.enabled}
    statement = select(ImportSource).filter_by(**{k: v for k, v in wanted.items() if v is not None})
    return await fetch_page(
        session, statement, [ImportSource.id], cursor=query.cursor, limit=query.limit,
        descending=True,
    )  # fmt: skip


async def change(session: AsyncSession, source_id: UUID, values: dict[str, Any]) -> None:
    wanted = update(ImportSource).where(ImportSource.id == source_id).values(values)
    await session.execute(wanted)


async def remove(session: AsyncSession, source_id: UUID) -> None:
    await session.execute(delete(ImportSource).where(ImportSource.id == source_id))


async def files(
    session: AsyncSession, source_id: UUID, query: SourceFilesQuery
) -> Page[ImportSourceFile]:
    """Files of a source, last seen first."""
    statement = select(ImportSourceFile).where(ImportSourceFile.source_id == source_id)
    if query.state:
        statement = statement.where(ImportSourceFile.state == query.state)
    keys = [ImportSourceFile.created_at, ImportSourceFile.key, ImportSourceFile.version]
    return await fetch_page(
        session, statement, keys, cursor=query.cursor, limit=query.limit, descending=True
    )


async def known(session: AsyncSession, source_id: UUID) -> set[tuple[str, str]]:
    """Key and version of the files that are done with."""
    wanted = select(ImportSourceFile.key, ImportSourceFile.version).where(
        ImportSourceFile.source_id == source_id, ImportSourceFile.state != "waiting"
    )
    return {(key, version) for key, version in await session.execute(wanted)}


async def last_taken(session: AsyncSession, source_id: UUID, key: str) -> ImportSourceFile | None:
    """The last version of a file that was imported."""
    wanted = (
        select(ImportSourceFile)
        .where(
            ImportSourceFile.source_id == source_id,
            ImportSourceFile.key == key,
            ImportSourceFile.state == "taken",
        )
        .order_by(ImportSourceFile.created_at.desc(), ImportSourceFile.version.desc())
        .limit(1)
    )
    return await session.scalar(wanted)


async def note(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Remember files; one that waited may be done with now."""
    if not rows:
        return
    added = insert(ImportSourceFile).values(list(rows))
    kept = ("sha256", "file_id", "import_id", "genotype_set_id", "state", "note")
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["source_id", "key", "version"],
            set_={name: added.excluded[name] for name in kept},
        )
    )


async def forget_waiting(session: AsyncSession, source_id: UUID) -> None:
    """Those that still wait are noted anew at the end of each run."""
    await session.execute(
        delete(ImportSourceFile).where(
            ImportSourceFile.source_id == source_id, ImportSourceFile.state == "waiting"
        )
    )


async def alone(session: AsyncSession) -> bool:
    """Whether no other worker hands out sources, until this transaction ends."""
    return bool(await session.scalar(_ALONE))


async def due(session: AsyncSession, most: int) -> list[tuple[UUID, UUID]]:
    """Sources whose time has come, and in whose name they work."""
    return [(row.id, row.person_id) for row in await session.execute(_DUE, {"most": most})]
