"""The audit log: who did what to which thing."""

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import audit
from hub.audit import AuditQuery, AuditRead, VerificationRead
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Audit")


@routes.get(
    "/audit",
    permission=P.AUDIT_READ,
    reach=Reach.ADMINISTRATORS,
    query=AuditQuery,
    returns=PageOf[AuditRead],
    example={"query": {"action": "farms:create", "limit": 20}},
)
async def list_audit_events(call: Call) -> Page[AuditRead]:
    """Read the audit log, newest first."""
    return await audit.search(call.tx, call.query)


@routes.get(
    "/audit/verification",
    permission=P.AUDIT_READ,
    reach=Reach.ADMINISTRATORS,
    returns=VerificationRead,
    rate=Rate.HEAVY,
    cost=10,
)
async def verify_audit_log(call: Call) -> VerificationRead:
    """Look whether anybody changed the audit log; takes some seconds a million events."""
    return await audit.verify(call.app.engine, call.app.settings)
