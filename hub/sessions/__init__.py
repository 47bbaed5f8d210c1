"""Sign-in sessions: list, end, limits, timeouts, how the hub is used.

Services are asked through this module: `from hub import sessions; await sessions.start(...)`.
"""

from hub.sessions.figures import figures
from hub.sessions.keeper import Keeper
from hub.sessions.ledger import standing, tidy, username_of
from hub.sessions.listing import shown
from hub.sessions.policy import limits_of, note_every
from hub.sessions.schemas import Count, Ended, Session, SessionFigures, SessionRead, SessionsEnded
from hub.sessions.service import (
    digest_of,
    end,
    end_all,
    end_credential,
    end_everybody,
    find,
    list_for,
    proved,
    seen,
    start,
)
from hub.sessions.upkeep import keep

__all__ = [
    "Count",
    "Ended",
    "Keeper",
    "Session",
    "SessionFigures",
    "SessionRead",
    "SessionsEnded",
    "digest_of",
    "end",
    "end_all",
    "end_credential",
    "end_everybody",
    "figures",
    "find",
    "keep",
    "limits_of",
    "list_for",
    "note_every",
    "proved",
    "seen",
    "shown",
    "standing",
    "start",
    "tidy",
    "username_of",
]
