"""Files that people hand in."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import files
from hub.files import FileRead, FilesQuery, Limits
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input, Name
from hub.storage.paging import Page

routes = Routes("Files")


class UploadQuery(Input):
    """What the file is called."""

    name: Name = Field(description="File name as the person knows it, such as weights_2026.csv")


@routes.post(
    "/files",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE,
    act="files:store",
    query=UploadQuery,
    raw_body=True,
    returns=FileRead,
    status=201,
    location="/files/{id}",
    example={"query": {"name": "weights_2026.csv"}},
)
async def upload_file(call: Call) -> FileRead:
    """Hand in a file of up to 64 MiB as the body of the request; larger ones come in parts.

    It is kept unchanged, with its SHA-256. What harms or is no kind of file that can be read is
    refused with the reason. Nothing is read from it until an import names it.
    """
    return await files.store(
        call.tx,
        call.app.objects,
        name=call.query.name,
        media_type=call.headers.get("Content-Type", "application/octet-stream"),
        content=call.body,
        limits=Limits.of(call.app.settings),
    )


@routes.get(
    "/files",
    permission=P.IMPORTS_READ,
    reach=Reach.MADE_OR_STEWARD,
    query=FilesQuery,
    returns=PageOf[FileRead],
    example={"query": {"unused": True}},
)
async def list_files(call: Call) -> Page[FileRead]:
    """List the files that one handed in oneself, newest first."""
    return await files.search(call.tx, call.query)


@routes.get(
    "/files/{file_id}",
    permission=P.IMPORTS_READ,
    reach=Reach.MADE_OR_STEWARD,
    returns=FileRead,
    example={"path": {"file_id": SAMPLE_ID}},
)
async def get_file(call: Call, file_id: UUID) -> FileRead:
    """Show what is known about a file."""
    return await files.get(call.tx, file_id)


@routes.get(
    "/files/{file_id}/content",
    permission=P.IMPORTS_READ,
    reach=Reach.MADE_OR_STEWARD,
    returns=Answer,
    produces="application/octet-stream",
    example={"path": {"file_id": SAMPLE_ID}},
)
async def download_file(call: Call, file_id: UUID) -> Answer:
    """Download a file as it was handed in."""
    file, pieces = await files.stream(call.tx, call.app.objects, file_id)
    return Answer(b"", "application/octet-stream", file.name, pieces=pieces, size=file.size)


@routes.delete(
    "/files/{file_id}",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE_OR_STEWARD,
    act="files:remove",
    example={"path": {"file_id": SAMPLE_ID}},
)
async def delete_file(call: Call, file_id: UUID) -> None:
    """Take a file back from which nothing was imported; its room is free again."""
    await files.remove(call.tx, file_id)
