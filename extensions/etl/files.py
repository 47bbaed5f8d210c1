"""Files that people hand in."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.routing import Answer, Call, Routes
from hub import files
from hub.files import FileRead
from hub.permissions import Permission as P
from hub.schemas import Input, Name

routes = Routes("Files")


class UploadQuery(Input):
    """What the file is called."""

    name: Name = Field(description="File name as the person knows it, such as weights_2026.csv")


@routes.post(
    "/files",
    permission=P.IMPORTS_WRITE,
    query=UploadQuery,
    raw_body=True,
    returns=FileRead,
    status=201,
    location="/files/{id}",
    example={"query": {"name": "weights_2026.csv"}},
)
async def upload_file(call: Call) -> FileRead:
    """Hand in a file as the body of the request.

    It is kept unchanged, with its SHA-256. Nothing is read from it until an import names it.
    """
    return await files.store(
        call.tx,
        call.app.objects,
        name=call.query.name,
        media_type=call.headers.get("Content-Type", "application/octet-stream"),
        content=call.body,
    )


@routes.get(
    "/files/{file_id}",
    permission=P.IMPORTS_READ,
    returns=FileRead,
    example={"path": {"file_id": SAMPLE_ID}},
)
async def get_file(call: Call, file_id: UUID) -> FileRead:
    """Show what is known about a file."""
    return await files.get(call.tx, file_id)


@routes.get(
    "/files/{file_id}/content",
    permission=P.IMPORTS_READ,
    returns=Answer,
    produces="application/octet-stream",
    example={"path": {"file_id": SAMPLE_ID}},
)
async def download_file(call: Call, file_id: UUID) -> Answer:
    """Download a file as it was handed in."""
    file = await files.get(call.tx, file_id)
    content = await files.content(call.tx, call.app.objects, file_id)
    return Answer(content, "application/octet-stream", file.name)
