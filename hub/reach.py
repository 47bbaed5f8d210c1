"""Whose things an act reaches: the object rule that stands beside the permission.

A permission says what kind of act is allowed; `Reach` says of whose things. It is declared with
every route, page, job and tool, shown in `docs/reference/authorization.md`, enforced by services
and row policies, and tried by the security tests with callers within and outside of it.
What is out of reach looks like what does not exist.
"""

from hub.worded import Worded


class Reach(Worded):
    """A rule; the attribute `sentence` says it in words. Stewards see and change all farms."""

    EVERYBODY = "everybody", "Nothing of anybody in particular; who may call it gets the same"
    SECRET = "secret", "What a secret opens (a link, a code, a token), for whoever shows it"
    ONESELF = "oneself", "The caller's own account, and what others decided about the caller"
    FARMS_SEEN = (
        "farms seen",
        "Farms one has a place on, farms that are shared with all, and of farms with a grant the "
        "kinds of data that it names",
    )
    FARMS_BELONGED = (
        "farms belonged to",
        "Farms one has a place on and farms that are shared with all, whatever others granted",
    )
    FARMS_WORKED = "farms worked on", "Farms on which one is owner or worker"
    FARMS_OWNED = "farms owned", "Farms that one owns"
    MADE = "made", "What one made or asked for oneself; nobody else's, whatever one's role"
    MADE_OR_STEWARD = "made, or steward", "What one made or asked for oneself; stewards reach all"
    MADE_OR_SEEN = (
        "made, or farms seen",
        "What one made oneself, and what rests only on farms one sees",
    )
    MADE_OR_PUBLISHED = "made, or published", "What one made oneself, and what was published"
    PROJECTS = "projects", "Projects and classes one belongs to; farmers: those they share with"
    PROJECTS_LED = "projects led", "Projects and classes one leads"
    DECIDED = (
        "decided",
        "Farms one owns, projects and classes one leads, and for administrators the whole hub",
    )
    STEWARDS = "stewards", "Everything of the hub, for stewards and administrators"
    ADMINISTRATORS = "administrators", "Everything of the hub, for administrators"
