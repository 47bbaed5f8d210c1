"""Alerts and calendars of farms."""

from typing import Any
from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import profiles, work
from hub.errors import Unavailable
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page
from hub.work import (
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

routes = Routes("Work")

FARM = {"farm_id": SAMPLE_ID}
CALENDAR = "text/calendar; charset=utf-8"


@routes.get(
    "/farms/{farm_id}/alerts",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=AlertsQuery,
    returns=PageOf[AlertRead],
    example={"path": FARM, "query": {"language": "fr"}},
)
async def list_alerts(call: Call, farm_id: UUID) -> Page[AlertRead]:
    """List the animals of a farm that deserve a look, and why; they fit on one page."""
    return Page(await work.alerts(call.tx, farm_id, await _in_own_language(call)))


@routes.post(
    "/farms/{farm_id}/alerts/seen",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    act="",
    body=AlertMarkCreate,
    example={"path": FARM, "body": {"key": "milk_drop:0190:2026-10-01", "until": "2026-12-01"}},
)
async def mark_alert(call: Call, farm_id: UUID) -> None:
    """Mark an alert as seen by oneself, for good or until a day."""
    await work.mark(call.tx, farm_id, call.body)


@routes.post(
    "/farms/{farm_id}/alerts/unseen",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    act="",
    body=AlertMarkCreate,
    example={"path": FARM, "body": {"key": "milk_drop:0190:2026-10-01"}},
)
async def unmark_alert(call: Call, farm_id: UUID) -> None:
    """Show an alert to oneself again."""
    await work.unmark(call.tx, farm_id, call.body)


@routes.get(
    "/me/notifications",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=NotificationsQuery,
    returns=Notifications,
    example={"query": {"language": "en"}},
)
async def get_notifications(call: Call) -> Notifications:
    """Show the alerts of all farms that one belongs to, and how many are new to one."""
    return await work.notifications(call.tx, await _in_own_language(call))


@routes.get(
    "/farms/{farm_id}/calendar.ics",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=NotificationsQuery,
    returns=Answer,
    produces=CALENDAR,
    example={"path": FARM},
)
async def get_calendar(call: Call, farm_id: UUID) -> Answer:
    """Download the work that is due on a farm as a calendar."""
    return Answer(await work.calendar(call.tx, farm_id, call.query), CALENDAR, "work.ics")


@routes.post(
    "/farms/{farm_id}/calendars",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    act="work:share_calendar",
    answers_once=True,
    body=FeedCreate,
    returns=FeedMade,
    status=201,
    example={"path": FARM, "body": {"language": "en"}},
)
async def create_calendar_feed(call: Call, farm_id: UUID) -> FeedMade:
    """Make a secret address at which a calendar program reads the work of a farm."""
    return await work.create_feed(call.tx, farm_id, call.body)


@routes.get(
    "/farms/{farm_id}/calendars",
    permission=P.EVENTS_READ,
    reach=Reach.MADE,
    returns=PageOf[FeedRead],
    example={"path": FARM},
)
async def list_calendar_feeds(call: Call, farm_id: UUID) -> Page[FeedRead]:
    """List one's own calendars of a farm, without their secrets."""
    return Page(await work.feeds(call.tx, farm_id))


@routes.post(
    "/calendars/{feed_id}/end",
    permission=P.EVENTS_READ,
    reach=Reach.MADE,
    act="work:end_calendar",
    returns=FeedRead,
    example={"path": {"feed_id": SAMPLE_ID}},
)
async def end_calendar_feed(call: Call, feed_id: UUID) -> FeedRead:
    """End a calendar; its address answers no more."""
    return await work.revoke_feed(call.tx, feed_id)


@routes.get(
    "/calendar.ics",
    rate=Rate.PROOF,
    public=True,
    reach=Reach.SECRET,
    query=CalendarQuery,
    returns=Answer,
    produces=CALENDAR,
    errors=(404,),
    example={"query": {"secret": "shown-once-when-the-calendar-was-made"}},
)
async def open_calendar_feed(call: Call) -> Answer:
    """Read a calendar by its secret; whoever knows the address sees the calendar."""
    content = await work.open_feed(call.app.engine, call.query.secret, request_id=call.request_id)
    return Answer(content, CALENDAR)


async def _in_own_language(call: Call) -> Any:
    """The query in the language that the caller chose for themself, where it names none."""
    if "language" in call.query.model_fields_set:
        return call.query
    try:
        chosen = await profiles.get(call.tx, call.app.dynamodb)
    except Unavailable:
        return call.query
    return call.query.model_copy(update={"language": chosen.language})
