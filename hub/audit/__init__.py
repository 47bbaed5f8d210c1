"""The audit log: who did what to which thing; added to by every write, changed by nobody."""

from hub.audit.schemas import AuditQuery, AuditRead
from hub.audit.service import search, write, write_many

__all__ = ["AuditQuery", "AuditRead", "search", "write", "write_many"]
