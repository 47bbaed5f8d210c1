"""Pages of accounts: security, profile, sharing, privacy, administration.

All stand in one frame (`static/frame.html`): a header with a strip of links, `account.css` and
`account.js`. A page is one line in `SCREENS` and two files, `<file>.html` and `<file>.js`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import ClassVar

from tornado.web import authenticated

from extensions.account import choices
from extensions.base.handler import HubHandler
from extensions.base.pages import FileHandler, PageHandler
from extensions.base.problems import Problem
from hub.actor import Actor
from hub.permissions import Permission as P

_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Screen:
    """A page: its address below the service, its files, its title, and who may open it.

    `link` is its word in the strip of links; without one it is not in it. `facts` is what the page
    is told about this person beside what the API says, as JSON in `$facts`.
    """

    address: str
    file: str
    title: str
    permission: P
    link: str = ""
    facts: Callable[[Actor], object] | None = None

    @property
    def area(self) -> str:
        return self.address.split("/", 1)[0]


AREAS = {"account": "Your account", "admin": "Administration"}
SCREENS = (
    Screen("account/security", "security", "Security", P.ACCOUNT_READ, "Security"),
    Screen("account/profile", "profile", "Profile", P.ACCOUNT_READ, "Profile", choices.of_profile),
    Screen("account/sharing", "sharing", "Sharing", P.ACCOUNT_READ, "Sharing"),
    Screen("account/privacy", "privacy", "Privacy", P.ACCOUNT_READ, "Privacy"),
    Screen("admin/people", "people", "People", P.PEOPLE_MANAGE, "People"),
    Screen("admin/invitations", "invited", "Invitations", P.PEOPLE_MANAGE, "Invitations"),
    Screen("admin/policy", "policy", "Policy", P.PEOPLE_MANAGE, "Policy"),
    Screen("admin/sessions", "analytics", "Sessions", P.PEOPLE_MANAGE, "Sessions"),
    Screen("admin/audit", "audit", "Audit", P.AUDIT_READ, "Audit"),
)
NAMES = frozenset(
    {
        "account.css",
        "account.js",
        "admin.css",
        "analytics.js",
        "audit.js",
        "acts.js",
        "cards.js",
        "dates.js",
        "devices.js",
        "factors.js",
        "grants.js",
        "invitations.js",
        "invited.js",
        "mine.js",
        "password.js",
        "people.js",
        "person.js",
        "places.js",
        "policy.js",
        "privacy.js",
        "profile.js",
        "projects.js",
        "roles.js",
        "security.js",
        "sessions.js",
        "sharing.js",
        "tables.js",
        "tokens.js",
    }
)
"""Scripts and styles that browsers may load; a page's own script is one of them."""


class AccountFiles(FileHandler):
    """Scripts and style of these pages."""

    folder: ClassVar[Path] = _STATIC
    names: ClassVar[frozenset[str]] = NAMES


class AccountPage(PageHandler):
    """One of the screens; its script asks the API for everything that is shown."""

    screen: ClassVar[Screen]

    @authenticated
    async def get(self) -> None:
        actor = await self.actor()
        actor.require(self.screen.permission)
        self.page(
            framed(self.screen, actor, self.app.base_url),
            username=actor.username,
            title=self.screen.title,
            file=self.screen.file,
            facts=json.dumps(self.screen.facts(actor) if self.screen.facts else {}),
            permissions=json.dumps({one: one.sentence for one in sorted(actor.permissions)}),
        )

    def write_problem(self, problem: Problem) -> None:
        """A refusal looks like the other pages, and leads back."""
        self.set_status(problem.status)
        self.page(
            (_STATIC / "refused.html").read_text(),
            xsrf="",
            title=str(problem.body("")["title"]),
            detail=problem.detail,
            request=self.request_id,
        )


class AccountHome(PageHandler):
    """`/account` and `/admin` lead to the first of their pages."""

    @authenticated
    async def get(self, area: str) -> None:
        await self.actor()
        first = next(one for one in SCREENS if one.area == area)
        self.redirect(f"{self.app.base_url}/{first.address}")


def framed(screen: Screen, actor: Actor, base_url: str) -> str:
    """The frame with the links of this person and the page's own part in it."""
    frame = Template((_STATIC / "frame.html").read_text())
    own = (_STATIC / f"{screen.file}.html").read_text()
    return frame.safe_substitute(
        area=AREAS[screen.area], links=_strip(screen, actor, base_url), content=own
    )


def _strip(current: Screen, actor: Actor, base_url: str) -> str:
    """Links to the pages of an area that this person may open, and to the other area.

    The one that is open is marked.
    """
    open_to = [one for one in SCREENS if one.link and one.permission in actor.permissions]
    links = [(one.address, one.link) for one in open_to if one.area == current.area]
    others = [one for one in open_to if one.area != current.area][:1]
    links += [(one.address, AREAS[one.area]) for one in others]
    marks = {current.address: ' aria-current="page"'}
    return "\n".join(
        f'<a href="{escape(base_url)}/{address}"{marks.get(address, "")}>{escape(link)}</a>'
        for address, link in links
    )


def _page_of(screen: Screen) -> type[AccountPage]:
    return type(f"{screen.file.title()}Page", (AccountPage,), {"screen": screen})


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/(account|admin)/?", AccountHome),
    (r"/account/files/([a-z.]+)", AccountFiles),
    *((f"/{screen.address}", _page_of(screen)) for screen in SCREENS),
)
