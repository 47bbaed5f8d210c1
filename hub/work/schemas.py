"""What goes into the work of a farm and comes out of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hub.schemas import Input, Language, Name, Output
from hub.work.rules import INBREEDING_LIMIT, AlertKind


class NotificationsQuery(Input):
    """On which day, and in which language sentences are."""

    on: date | None = Field(default=None, description="None: today")
    language: Language = Language.ENGLISH


class AlertsQuery(NotificationsQuery):
    """Which alerts of a farm."""

    seen: bool = Field(default=False, description="Also those that one has marked as seen")
    inbreeding_limit: float = Field(
        default=INBREEDING_LIMIT, ge=0, le=1, description="Of the offspring, as a share of 1"
    )


class AlertRead(Output):
    """One reason to look at one animal."""

    key: str = Field(description="The same as long as the reason is the same")
    farm_id: UUID
    kind: AlertKind
    animal_id: UUID
    tag: str
    since: date
    text: str = Field(description="The reason in the language asked for")
    values: dict[str, Any]
    seen: bool


class AlertMarkCreate(Input):
    """An alert that one has seen; it stays away until the day, or for good."""

    key: Name
    until: date | None = None


class Notifications(Output):
    """Alerts of all farms that one belongs to, and how many of them are new to one."""

    unseen: int
    alerts: list[AlertRead]


class FeedCreate(Input):
    """A new calendar of a farm's work."""

    language: Language = Language.ENGLISH


class FeedRead(Output):
    """A calendar; its address was shown once, when it was made."""

    id: UUID
    farm_id: UUID
    language: str
    created_at: datetime
    revoked_at: datetime | None


class FeedMade(FeedRead):
    """A calendar with its secret, which whoever knows it can read: it is shown only this once."""

    secret: str
    path: str = Field(description="Add it to the address of the API")


class CalendarQuery(Input):
    """Which calendar; the secret stands in the query, which is never logged."""

    secret: Name
