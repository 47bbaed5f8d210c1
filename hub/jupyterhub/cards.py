"""The home page: what each person came for, as cards chosen by their roles and permissions."""

from dataclasses import dataclass

from hub.jupyterhub.scopes import DASHBOARD_ROLES, SERVER_ROLES
from hub.permissions import Permission, Role, granted


@dataclass(frozen=True)
class Card:
    """One thing to open."""

    title: str
    text: str
    address: str
    action: str

    @property
    def key(self) -> str:
        """By which profiles remember it."""
        return self.title.lower().replace(" ", "-")


_HERD = "/services/dashboards/herd"
_OF_ROLES: list[tuple[frozenset[Role], Card]] = [
    (
        frozenset({Role.FARMER, Role.ADVISER}),
        Card(
            "My farms",
            "Flock and herd overview, animals with breeding values, and each animal's pedigree.",
            _HERD,
            "Open my farms",
        ),
    ),
    (
        frozenset({Role.FARMER}),
        Card(
            "In the pen",
            "For the phone, without a signal too: lambing, weights, treatments, matings. Open it "
            "on the phone and add it to the home screen.",
            "/services/api/collect/",
            "Open the phone page",
        ),
    ),
    (
        SERVER_ROLES,
        Card(
            "JupyterLab",
            "Your own server with the library: import agrigen as ag; hub = ag.connect()",
            "/hub/spawn",
            "Open JupyterLab",
        ),
    ),
    (
        frozenset({Role.RESEARCHER}),
        Card(
            "Evaluations",
            "Published evaluations, and your own runs with their progress.",
            "/services/dashboards/runs",
            "Open the evaluations",
        ),
    ),
    (
        frozenset({Role.STUDENT, Role.INSTRUCTOR}),
        Card(
            "Lessons",
            "Inheritance and inbreeding, with sliders and pictures.",
            "/services/lessons/",
            "Open the lessons",
        ),
    ),
    (
        frozenset({Role.STEWARD, Role.ADMIN}),
        Card(
            "Runs and jobs",
            "Every evaluation and background job: progress, cancel, retry.",
            "/services/dashboards/runs",
            "Open runs and jobs",
        ),
    ),
    (
        frozenset({Role.STEWARD, Role.ADMIN}),
        Card("Farms", "All farms you may see, and their animals.", _HERD, "Open farms"),
    ),
    (
        DASHBOARD_ROLES - {Role.FARMER},
        Card(
            "API documentation",
            "Every route with a working example, in the browser.",
            "/services/api/docs",
            "Open the documentation",
        ),
    ),
]
_EMILIA = Card(
    "Emilia",
    "Ask about your animals in plain words; conversations are kept.",
    "/services/api/chat",
    "Talk with Emilia",
)
_ACCOUNT = Card(
    "Account",
    "Password, second factors, where you are signed in, tokens and devices.",
    "/services/api/account/security",
    "Open my account",
)


def cards(roles: frozenset[Role]) -> list[Card]:
    """The cards of a person with these roles, the most wanted first."""
    chosen = [card for allowed, card in _OF_ROLES if roles & allowed]
    if Permission.CHAT_USE in granted(set(roles)):
        chosen.append(_EMILIA)
    if Permission.ACCOUNT_READ in granted(set(roles)):
        chosen.append(_ACCOUNT)
    return chosen
