"""Import templates, and looking at a file before it is imported."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub.etl import import_templates, preview
from hub.etl.import_templates import TemplateCreate, TemplateRead, TemplatesQuery, TemplateUpdate
from hub.etl.preview import PreviewCreate, PreviewRead
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Imports")

TEMPLATE = {"template_id": SAMPLE_ID}


@routes.post(
    "/imports/preview",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="",
    body=PreviewCreate,
    returns=PreviewRead,
    example={"body": {"farm_id": SAMPLE_ID, "file_id": SAMPLE_ID, "kind": "records"}},
)
async def preview_import(call: Call) -> PreviewRead:
    """Look at a file before importing it: columns, suggested mapping and cleaning, findings.

    Nothing is loaded. What is not given is as the template that fits the file, or as suggested.
    """
    return await preview.preview(call.tx, call.app.objects, call.body)


@routes.post(
    "/import-templates",
    permission=P.IMPORTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="templates:create",
    body=TemplateCreate,
    returns=TemplateRead,
    status=201,
    location="/import-templates/{id}",
    example={
        "body": {
            "name": "Milk laboratory",
            "sender": "County laboratory",
            "kind": "milk_recording",
            "columns": ["Ohrmarke", "Prüfdatum", "Milch kg"],
            "mapping": {
                "columns": {"animal": "Ohrmarke", "date": "Prüfdatum"},
                "traits": {"milk_yield": "Milch kg"},
            },
            "cleaning": [{"step": "date_format", "columns": ["Prüfdatum"], "order": "dmy"}],
        }
    },
)
async def create_import_template(call: Call) -> TemplateRead:
    """Keep how the files of a sender are read and cleaned, for a farm or for oneself."""
    return await import_templates.create(call.tx, call.body)


@routes.get(
    "/import-templates",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_BELONGED,
    query=TemplatesQuery,
    returns=PageOf[TemplateRead],
    example={"query": {"kind": "records"}},
)
async def list_import_templates(call: Call) -> Page[TemplateRead]:
    """List the templates of one's farms and one's own, newest first."""
    return await import_templates.search(call.tx, call.query)


@routes.get(
    "/import-templates/{template_id}",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_BELONGED,
    returns=TemplateRead,
    example={"path": TEMPLATE},
)
async def get_import_template(call: Call, template_id: UUID) -> TemplateRead:
    """Show a template."""
    return await import_templates.get(call.tx, template_id)


@routes.patch(
    "/import-templates/{template_id}",
    permission=P.IMPORTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="templates:update",
    body=TemplateUpdate,
    returns=TemplateRead,
    example={"path": TEMPLATE, "body": {"sender": "Regional laboratory"}},
)
async def update_import_template(call: Call, template_id: UUID) -> TemplateRead:
    """Change a template; imports that followed it before stay as they are."""
    return await import_templates.update(call.tx, template_id, call.body)


@routes.delete(
    "/import-templates/{template_id}",
    permission=P.IMPORTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="templates:remove",
    example={"path": TEMPLATE},
)
async def remove_import_template(call: Call, template_id: UUID) -> None:
    """Forget a template."""
    await import_templates.remove(call.tx, template_id)
