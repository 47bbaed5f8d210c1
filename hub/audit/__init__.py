"""The audit log: who did what to which thing; added to by every write, changed by nobody."""

from hub.audit.personal import destroy_subject_key, subject_key
from hub.audit.schemas import AuditQuery, AuditRead, FindingRead, VerificationRead
from hub.audit.sealing import keep, seal_all
from hub.audit.service import search, write, write_many
from hub.audit.verification import verify

__all__ = [
    "AuditQuery",
    "AuditRead",
    "FindingRead",
    "VerificationRead",
    "destroy_subject_key",
    "keep",
    "seal_all",
    "search",
    "subject_key",
    "verify",
    "write",
    "write_many",
]
