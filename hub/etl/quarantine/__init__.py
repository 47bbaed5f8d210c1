"""The quarantine: rows that an import refused, read, mended by hand or by rule, and loaded."""

from hub.etl.quarantine.schemas import (
    ChangesQuery,
    Finding,
    FindingCount,
    FindingsQuery,
    MendAnswer,
    MendByRule,
    MendingRead,
    MendingsQuery,
    RowChangeRead,
)
from hub.etl.quarantine.service import (
    changes,
    finding_counts,
    findings,
    get_mending,
    mend,
    mend_by_rule,
    mendings,
    problems,
    undo,
)

__all__ = [
    "ChangesQuery",
    "Finding",
    "FindingCount",
    "FindingsQuery",
    "MendAnswer",
    "MendByRule",
    "MendingRead",
    "MendingsQuery",
    "RowChangeRead",
    "changes",
    "finding_counts",
    "findings",
    "get_mending",
    "mend",
    "mend_by_rule",
    "mendings",
    "problems",
    "undo",
]
