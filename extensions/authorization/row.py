"""One row of the authorization manifest, whatever kind of door it describes."""

from dataclasses import dataclass
from enum import StrEnum

from hub.permissions import ROLES, Permission, Role
from hub.reach import Reach


class Surface(StrEnum):
    """Where something can be asked for."""

    REST = "REST routes"
    PAGE = "Pages of the API service"
    OAUTH = "Addresses of the token service"
    HUB = "Pages of the hub"
    DASHBOARD = "Dashboards"
    LESSON = "Lessons"
    JOB = "Background jobs"
    UPKEEP = "Upkeep beside the jobs"
    TOOL = "Tools of the assistant"


@dataclass(frozen=True)
class Row:
    """Who may, about whose things, with which fields, and what is noted.

    `reason` says why a row without a permission has none. `reads` and `writes` are models whose
    fields go out and come in; `act` is the entry of the audit log that a success leaves.
    """

    surface: Surface
    name: str
    permission: Permission | None
    reach: Reach
    reason: str = ""
    reads: str = ""
    writes: str = ""
    step_up: bool = False
    rate: str = ""
    act: str = ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles that hold the permission; everybody's where none is asked."""
        return tuple(
            role for role in Role if self.permission is None or self.permission in ROLES[role]
        )
