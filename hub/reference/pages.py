"""Write the reference pages that are made from the code: permissions, settings and events."""

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from hub.permissions import ROLES, Permission, Role
from hub.reference.events import events_page
from hub.reference.limits import limits_page
from hub.reference.privacy import privacy_page
from hub.reference.rules import rules_page
from hub.settings import CHECKOUT, Settings

FOLDER = CHECKOUT / "docs" / "reference"
_MADE = "<!-- Made from the code by `make docs`; a test compares it. -->\n\n"


def permissions_page() -> str:
    """Every permission, its sentence and who holds it."""
    head = "| permission | allows to | " + " | ".join(Role) + " |\n"
    head += "| --- " * (len(Role) + 2) + "|\n"
    rows = [
        f"| `{permission}` | {permission.sentence.lower()} | "
        + " | ".join("yes" if permission in ROLES[role] else "" for role in Role)
        + " |\n"
        for permission in Permission
    ]
    text = (
        "# Permissions\n\nA permission says what kind of act is allowed; which animals and records "
        "it reaches follows from the farms one belongs to.\nIts JupyterHub scope is "
        "`custom:agrigen:<permission>`.\n\n"
    )
    return _MADE + text + head + "".join(rows)


def settings_page() -> str:
    """Every setting: the environment variable, its default and what it means."""
    text = "# Settings\n\nAll come from the environment; `make run` needs none.\n\n"
    head = "| variable | default | meaning |\n| --- | --- | --- |\n"
    rows = [
        f"| `AGRIGEN_{name.upper()}` | {_default_of(field)} | {field.description or ''} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return _MADE + text + head + "".join(rows)


def _default_of(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, Path):
        default = f"{default.relative_to(CHECKOUT)}/ in the checkout"
    return "" if default == "" else f"`{default}`"


PAGES: dict[str, Callable[[], str]] = {
    "permissions.md": permissions_page,
    "settings.md": settings_page,
    "events.md": lambda: f"{_MADE}{events_page()}",
    "limits.md": lambda: f"{_MADE}{limits_page()}",
    "personal-data.md": lambda: f"{_MADE}{privacy_page()}",
    "rules.md": lambda: f"{_MADE}{rules_page()}",
}


def write_pages() -> None:
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make())
