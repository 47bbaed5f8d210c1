"""Profile over REST: what one chose, what to do next, what one did."""

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import profiles
from hub.permissions import Permission as P
from hub.profiles import ProfileRead, ProfileUpdate, SuggestionRead, Usage
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Profile")


@routes.get("/me/profile", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=ProfileRead)
async def get_my_profile(call: Call) -> ProfileRead:
    """Tell what one told about oneself and chose: language, units, time zone, farm, letters."""
    return await profiles.get(call.tx, call.app.dynamodb)


@routes.patch(
    "/me/profile",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="",
    body=ProfileUpdate,
    returns=ProfileRead,
    example={"body": {"weight_unit": "kg", "time_zone": "Europe/Zurich"}},
)
async def update_my_profile(call: Call) -> ProfileRead:
    """Change the given fields; every page follows at its next view."""
    return await profiles.update(call.tx, call.app.dynamodb, call.body)


@routes.get(
    "/me/suggestions",
    permission=P.ACCOUNT_READ,
    reach=Reach.ONESELF,
    returns=PageOf[SuggestionRead],
)
async def list_my_suggestions(call: Call) -> Page[SuggestionRead]:
    """Suggest what to do next, with the reason; only from one's own data."""
    return Page(await profiles.suggestions(call.tx, call.app.dynamodb))


@routes.get("/me/usage", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=Usage)
async def get_my_usage(call: Call) -> Usage:
    """Count what one did here in the last thirty days; nobody else sees it."""
    return await profiles.usage(call.tx)
