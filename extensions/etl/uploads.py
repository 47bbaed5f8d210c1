"""Large files, in parts: announce one, send its parts in any order, go on later, finish."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub.files import Limits, PartRead, UploadCreate, UploadRead, uploads
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Files")

UPLOAD = {"upload_id": SAMPLE_ID}


@routes.post(
    "/uploads",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE,
    act="",
    body=UploadCreate,
    returns=UploadRead,
    status=201,
    location="/uploads/{id}",
    example={"body": {"name": "final_report.txt", "size": 3_221_225_472}},
)
async def start_upload(call: Call) -> UploadRead:
    """Announce a file that comes in parts; the answer says how long a part is.

    Files up to 64 MiB can be sent in one piece instead (POST /files).
    """
    limits = Limits.of(call.app.settings)
    return await uploads.create(call.tx, call.app.objects, call.body, limits=limits)


@routes.get("/uploads", permission=P.IMPORTS_READ, reach=Reach.MADE, returns=PageOf[UploadRead])
async def list_uploads(call: Call) -> Page[UploadRead]:
    """List one's own uploads that are not finished, newest first."""
    return await uploads.search(call.tx)


@routes.get(
    "/uploads/{upload_id}",
    permission=P.IMPORTS_READ,
    reach=Reach.MADE,
    returns=UploadRead,
    example={"path": UPLOAD},
)
async def get_upload(call: Call, upload_id: UUID) -> UploadRead:
    """Show which parts are there, to send the others, and the file once it is whole."""
    return await uploads.get(call.tx, upload_id)


@routes.put(
    "/uploads/{upload_id}/parts/{number}",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE,
    act="",
    raw_body=True,
    returns=PartRead,
    example={"path": UPLOAD | {"number": 1}},
)
async def put_upload_part(call: Call, upload_id: UUID, number: int) -> PartRead:
    """Send a part as the body of the request, in any order; sent again, it takes its own place."""
    limits = Limits.of(call.app.settings)
    return await uploads.put_part(
        call.tx, call.app.objects, upload_id, number, call.body, limits=limits
    )


@routes.post(
    "/uploads/{upload_id}/finish",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE,
    act="files:store",
    returns=UploadRead,
    example={"path": UPLOAD},
)
async def finish_upload(call: Call, upload_id: UUID) -> UploadRead:
    """Make a file of the parts: `file_id` names it, at once or when the job `job_id` is done."""
    return await uploads.finish(call.tx, call.app.objects, upload_id)


@routes.delete(
    "/uploads/{upload_id}",
    permission=P.IMPORTS_WRITE,
    reach=Reach.MADE,
    act="",
    example={"path": UPLOAD},
)
async def delete_upload(call: Call, upload_id: UUID) -> None:
    """Take an upload back with all its parts; a file that it became stays."""
    await uploads.remove(call.tx, call.app.objects, upload_id)
