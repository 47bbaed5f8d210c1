"""Work of a farm: what is due, what needs a look, and calendars of both."""

from hub.work.rules import AlertKind
from hub.work.schemas import (
    AlertMarkCreate,
    AlertRead,
    AlertsQuery,
    CalendarQuery,
    FeedCreate,
    FeedMade,
    FeedRead,
    Notifications,
    NotificationsQuery,
)
from hub.work.service import (
    alerts,
    calendar,
    create_feed,
    feeds,
    mark,
    notifications,
    open_feed,
    revoke_feed,
    unmark,
)

__all__ = [
    "AlertKind",
    "AlertMarkCreate",
    "AlertRead",
    "AlertsQuery",
    "CalendarQuery",
    "FeedCreate",
    "FeedMade",
    "FeedRead",
    "Notifications",
    "NotificationsQuery",
    "alerts",
    "calendar",
    "create_feed",
    "feeds",
    "mark",
    "notifications",
    "open_feed",
    "revoke_feed",
    "unmark",
]
