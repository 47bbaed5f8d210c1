"""Rows of everything that is no REST route: declared here, and compared with what is registered.

Files of pages (scripts, styles, pictures) are one row each, open to everybody: they say nothing of
anybody. Screens of accounts bring their permission with them.
"""

from collections.abc import Iterator

from extensions.account import oauth
from extensions.authorization.row import Row, Surface
from extensions.base.pages import FileHandler
from extensions.points import PACKAGES, load
from hub.permissions import Permission as P
from hub.reach import Reach

_FILES = "scripts, styles and pictures, the same for everybody"
_CODE = "whoever follows it holds a code that was mailed or given to them, used once"
_SIGN_IN = "people come here to sign in"

# Pattern: the permission, or the reason why there is none.
PAGES: dict[str, P | str] = {
    "/?": "leads who is signed in to the documentation",
    "/docs/?": "the documentation, for whoever is signed in",
    "/(account|admin)/?": "leads who is signed in to the first of these pages",
    "/chat/?": P.CHAT_USE,
    "/collect/?": P.EVENTS_WRITE,
    "/collect/enter": P.EVENTS_WRITE,
    "/collect/shell": "the empty page, about nobody, which phones keep for places without a signal",
    "/hand-in/?": P.IMPORTS_WRITE,
    "/take-along/": "leads who is signed in on to a route, which asks for its own permission",
}
OAUTH = {
    "/oauth/jwks": (Reach.EVERYBODY, "public keys"),
    r"/\.well-known/oauth-authorization-server": (
        Reach.EVERYBODY,
        "says which others there are",
    ),
    "/oauth/token": (Reach.SECRET, "a refresh token, device code or token of the hub is exchanged"),
    "/oauth/device_authorization": (Reach.SECRET, "a device asks for a code; a person approves it"),
    "/oauth/revoke": (Reach.SECRET, "whoever holds a token may end it"),
}
HUB = {
    "/home": (Reach.ONESELF, "where one is led after signing in; JupyterHub asks for the sign-in"),
    "/login": (Reach.SECRET, _SIGN_IN),
    "/oauth_login": (Reach.EVERYBODY, _SIGN_IN),
    "/oauth_callback": (Reach.SECRET, "an institution sends people back with its answer"),
    "/logout": (Reach.ONESELF, "ends the caller's own session"),
    "/backchannel-logout": (Reach.SECRET, "an institution ends a session with a signed token"),
    "/second-factor": (Reach.SECRET, "after the first factor, before there is a session"),
    "/second-factor/options": (Reach.SECRET, "the same, for passkeys"),
    "/passkey": (Reach.SECRET, "a passkey alone is two factors"),
    "/passkey/options": (Reach.EVERYBODY, "a challenge, about nobody"),
    "/step-up": (Reach.ONESELF, "whoever is signed in proves it again"),
    "/step-up/options": (Reach.ONESELF, "the same, for passkeys"),
    "/step-up/institution": (Reach.ONESELF, "the same, at an institution"),
    "/reset": (Reach.SECRET, _CODE),
    "/verify": (Reach.SECRET, _CODE),
    "/invitation": (Reach.SECRET, _CODE),
    "/sign-in/static/(code\\.js)": (Reach.EVERYBODY, _FILES),
    "/sign-in/static/(second\\.js)": (Reach.EVERYBODY, _FILES),
}
DASHBOARDS = {
    "/herd": P.ANIMALS_READ,
    "/animal": P.ANIMALS_READ,
    "/season": P.EVENTS_READ,
    "/growth": P.RECORDS_READ,
    "/mating-plan": P.BREEDING_PLAN,
    "/reports": P.REPORTS_READ,
    "/runs": P.EVALUATIONS_RUN,
    "/run": P.EVALUATIONS_READ,
    "/genotypes": P.GENOTYPES_READ,
    "/genotype-set": P.GENOTYPES_READ,
    "/imports": P.IMPORTS_READ,
    "/import": P.IMPORTS_WRITE,
    "/lineage": P.LINEAGE_READ,
    "/associations": P.ASSOCIATIONS_READ,
    "/association": P.ASSOCIATIONS_READ,
    "/import-run": P.IMPORTS_READ,
    "/sources": P.SOURCES_MANAGE,
    "/datasets": P.DATASETS_READ,
    "/dataset": P.DATASETS_READ,
    "/exports": P.EXPORTS_RUN,
}
DOWNLOADS = {
    "association.csv": P.ASSOCIATIONS_READ,
    "manhattan.svg": P.ASSOCIATIONS_READ,
    "qq.svg": P.ASSOCIATIONS_READ,
    "samples.csv": P.GENOTYPES_READ,
    "parents.csv": P.GENOTYPES_READ,
    "markers.csv": P.GENOTYPES_READ,
    "summary.pdf": P.REPORTS_READ,
    "photo.jpg": P.ANIMALS_READ,
    "matings.csv": P.BREEDING_PLAN,
    "lineage.svg": P.LINEAGE_READ,
    "lineage.json": P.LINEAGE_READ,
    "report.pdf": P.REPORTS_READ,
    "report.xlsx": P.REPORTS_READ,
    "table.csv": P.REPORTS_READ,
}
"""Files of dashboards; the viewer's own token asks the API for what is in them."""

LESSONS = ("inheritance",)

# Task: the kind of job, the permission that its person must hold then and now, whose things.
JOBS = {
    "associations.run": (
        "association",
        P.ASSOCIATIONS_RUN,
        Reach.FARMS_SEEN,
        "associations:finish",
    ),
    "evaluations.run": ("evaluation", P.EVALUATIONS_RUN, Reach.FARMS_SEEN, "evaluations:finish"),
    "exports.run": ("export", P.EXPORTS_RUN, Reach.FARMS_SEEN, "exports:finish"),
    "files.finish": ("upload", P.IMPORTS_WRITE, Reach.MADE, "files:store"),
    "genotypes.links": ("genotype_links", P.GENOTYPES_WRITE, Reach.FARMS_WORKED, ""),
    "genotypes.run": ("genotypes", P.GENOTYPES_WRITE, Reach.FARMS_SEEN, "genotypes:finish"),
    "imports.mend": ("mending", P.IMPORTS_WRITE, Reach.FARMS_WORKED, ""),
    "imports.run": ("import", P.IMPORTS_WRITE, Reach.FARMS_WORKED, "imports:finish"),
    "privacy.export": ("personal_export", P.ACCOUNT_WRITE, Reach.ONESELF, ""),
    "sources.run": ("source", P.SOURCES_MANAGE, Reach.STEWARDS, "sources:take"),
    "versions.freeze": ("freeze", P.DATASETS_WRITE, Reach.FARMS_SEEN, ""),
}
UPKEEP = {
    "hub.accounts": "sends letters of the outbox and deletes what is over",
    "hub.chat.upkeep": "deletes conversations whose time is over",
    "hub.audit": "chains and seals the audit log",
    "hub.limits": "deletes counts that are over",
    "hub.reports": "computes what farms of a region have in common",
    "hub.collect": "deletes operations that phones have taken note of",
    "hub.sessions": "deletes sessions that are over, keeps figures without names",
    "hub.lineage": "sends lineage events where the operator wants them",
    "hub.etl.watching": "queues runs of watched places that are due, in their maker's name",
    "hub.tokens": "renews signing keys",
    "hub.privacy": "erases people whose waiting time is over",
}
TOOLS = {
    "vocabulary": (P.RECORDS_READ, "names of farms, breeds and traits"),
    "count": (P.ANIMALS_READ, "animals by kind"),
    "evaluated": (P.EVALUATIONS_READ, "published evaluations"),
    "best": (P.EVALUATIONS_READ, "animals by breeding value"),
    "find_animals": (P.ANIMALS_READ, "animals by name"),
    "animal_page": (P.ANIMALS_READ, "what is known of an animal"),
}


def rows() -> Iterator[Row]:
    yield from _pages()
    for pattern, (reach, reason) in OAUTH.items():
        yield Row(Surface.OAUTH, pattern, None, reach, reason)
    for pattern, (reach, reason) in HUB.items():
        yield Row(Surface.HUB, pattern, None, reach, reason)
    asks = "asks the API with the viewer's own token"
    for path, permission in DASHBOARDS.items():
        yield Row(Surface.DASHBOARD, path, permission, Reach.FARMS_SEEN, reads=asks)
    for name, permission in DOWNLOADS.items():
        yield Row(Surface.DASHBOARD, f"/files/{name}", permission, Reach.FARMS_SEEN, reads=asks)
    for name in LESSONS:
        reason = "whoever is signed in; a lesson knows no data of the hub"
        yield Row(Surface.LESSON, name, None, Reach.EVERYBODY, reason)
    yield from _work()


def _pages() -> Iterator[Row]:
    token_service = dict(oauth.PAGES)
    for package in PACKAGES:
        for pattern, handler in load(package).pages:
            if pattern in token_service:
                continue
            if issubclass(handler, FileHandler):
                yield Row(Surface.PAGE, pattern, None, Reach.EVERYBODY, _FILES)
                continue
            short = "/take-along/" if pattern.startswith("/take-along/") else pattern
            screen = getattr(handler, "screen", None)
            held = screen.permission if screen is not None else PAGES.get(short, "")
            permission, reason = (held, "") if isinstance(held, P) else (None, held)
            reach = Reach.ONESELF if permission else Reach.EVERYBODY
            yield Row(Surface.PAGE, short, permission, reach, reason)


def _work() -> Iterator[Row]:
    whose = "runs with the rights that the person who asked has when it runs"
    for task, (kind, permission, reach, act) in JOBS.items():
        yield Row(Surface.JOB, f"{task} ({kind})", permission, reach, reads=whose, act=act)
    for module, what in UPKEEP.items():
        reason = f"runs as the hub itself, in nobody's name: {what}"
        yield Row(Surface.UPKEEP, module, None, Reach.EVERYBODY, reason)
    for name, (permission, what) in TOOLS.items():
        yield Row(Surface.TOOL, name, permission, Reach.FARMS_SEEN, reads=f"{what}, as the asker")
