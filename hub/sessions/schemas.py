"""A sign-in session as people and other parts of the hub see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.schemas import Output


class Ended(StrEnum):
    """Why a session is over before its time."""

    SIGNED_OUT = "signed_out"  # by signing out in that browser
    REVOKED = "revoked"  # by the person, from the list
    LIMIT = "limit"  # the person signed in somewhere else once too often
    ADMINISTRATOR = "administrator"
    INSTITUTION = "institution"  # the institution said that the person signed out there
    REPLACED = "replaced"  # by a new sign-in in the same browser
    CREDENTIALS = "credentials"  # password, factor or account was changed


@dataclass(frozen=True)
class Session:
    """One sign-in of one browser; `id` is a digest and of no use for signing in.

    `level`, `methods` and `proved_at` say how and when the person last proved who they are;
    `expires_at` is when it ends if nothing more comes, `ends_at` when it ends in any case. It may
    rest for `idle` seconds.
    """

    id: str
    username: str
    method: str
    issuer: str
    level: int
    methods: frozenset[str]
    proved_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ends_at: datetime
    address: str
    agent: str
    device: str
    place: str
    idle: float
    ended_at: datetime | None = None
    ended_because: Ended | None = None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


class SessionRead(Output):
    """A browser that is signed in, or whose session was ended in the last days.

    `place` is a country, or empty; `current` marks the browser that asks.
    """

    id: str
    device: str
    agent: str
    place: str
    address: str
    method: str
    issuer: str
    level: int
    created_at: datetime
    last_seen_at: datetime
    proved_at: datetime
    expires_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_because: Ended | None = None
    current: bool = False


class SessionsEnded(Output):
    """How many sessions were ended."""

    ended: int


class Count(Output):
    """One line of the figures; counts below five are not told (None)."""

    name: str
    count: int | None


class SessionFigures(Output):
    """How the hub is used: counts only, and small ones are left out.

    People are those who were seen in the last day, seven and thirty days; lengths are those of
    sessions of the last thirty days from the first to the last request.
    """

    active_day: int | None
    active_week: int | None
    active_month: int | None
    sign_ins: list[Count]
    devices: list[Count]
    lengths: list[Count]
    endings: list[Count]
