"""Imports: files of farms, checked row by row; good rows go in, bad rows are kept for mending."""

from hub.etl.cleaned import CleanedRead, cleaned
from hub.etl.filled import WorkbookKind, workbook
from hub.etl.quarantine import mend, problems
from hub.etl.report import report_pieces, report_size, write_report
from hub.etl.rules import RulesRead, rules
from hub.etl.schemas import (
    ImportCreate,
    ImportRead,
    ImportsQuery,
    Mapping,
    Mend,
    MendedRow,
    Problem,
    ProblemsQuery,
    RejectedRow,
)
from hub.etl.service import cancel, create, get, retry, search
from hub.etl.tasks import run_import

__all__ = [
    "CleanedRead",
    "ImportCreate",
    "ImportRead",
    "ImportsQuery",
    "Mapping",
    "Mend",
    "MendedRow",
    "Problem",
    "ProblemsQuery",
    "RejectedRow",
    "RulesRead",
    "WorkbookKind",
    "cancel",
    "cleaned",
    "create",
    "get",
    "mend",
    "problems",
    "report_pieces",
    "report_size",
    "retry",
    "rules",
    "run_import",
    "search",
    "workbook",
    "write_report",
]
