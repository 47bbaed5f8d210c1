"""The demonstration accounts: who they are, and their passwords of this installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.local.secrets import kept_secrets
from hub.permissions import Role


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as when trying the hub."""

    username: str
    name: str
    role: Role
    does: str


PEOPLE: Sequence[DemoPerson] = (
    DemoPerson("fiona", "Fiona Fields", Role.FARMER, "two sheep farms"),
    DemoPerson("marc", "Marc Meadows", Role.FARMER, "one dairy herd"),
    DemoPerson("rita", "Rita Rivers", Role.RESEARCHER, "JupyterLab and evaluations"),
    DemoPerson("sam", "Sam Summers", Role.STUDENT, "the lesson"),
    DemoPerson("stella", "Stella Stone", Role.STEWARD, "runs, jobs and all farms"),
    DemoPerson("ada", "Ada Archer", Role.ADMIN, "people and everything else"),
)


def demo_passwords(home: Path) -> dict[str, str]:
    """Their passwords: made at the first start, the same afterwards."""
    kept = kept_secrets(home / "secrets" / "demo-accounts.json", *(one.username for one in PEOPLE))
    return {one.username: kept[one.username] for one in PEOPLE}
