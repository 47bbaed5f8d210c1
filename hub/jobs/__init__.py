"""Background work: queued in the transaction that asks for it, followed, cancelled, repeated."""

from hub.jobs.body import body
from hub.jobs.run import Run, TakenOver
from hub.jobs.schemas import JobRead, JobsQuery
from hub.jobs.service import FINAL, cancel, create, get, of, retry, search

__all__ = [
    "FINAL",
    "JobRead",
    "JobsQuery",
    "Run",
    "TakenOver",
    "body",
    "cancel",
    "create",
    "get",
    "of",
    "retry",
    "search",
]
