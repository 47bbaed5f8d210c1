"""Queries about files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.files.models import File


async def add(session: AsyncSession, file: File) -> File:
    session.add(file)
    await session.flush()
    return file


async def get(session: AsyncSession, file_id: UUID) -> File | None:
    return await session.get(File, file_id)
