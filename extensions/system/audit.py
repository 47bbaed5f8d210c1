"""The audit log: who did what to which thing."""

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import audit
from hub.audit import AuditQuery, AuditRead
from hub.permissions import Permission as P
from hub.storage.paging import Page

routes = Routes("Audit")


@routes.get(
    "/audit",
    permission=P.AUDIT_READ,
    query=AuditQuery,
    returns=PageOf[AuditRead],
    example={"query": {"action": "farms:create", "limit": 20}},
)
async def list_audit_events(call: Call) -> Page[AuditRead]:
    """Read the audit log, newest first."""
    return await audit.search(call.tx, call.query)
