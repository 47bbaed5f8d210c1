"""Who is calling: a person, a service or a device, with what they are allowed to do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Denied, SignInAgain
from hub.permissions import Permission, Role

RECENT = timedelta(minutes=10)


class Credential(StrEnum):
    """With what a request proves who sends it."""

    BROWSER = "browser"  # a cookie, tied to a session of the store
    HUB = "hub"  # a token of JupyterHub: user servers, dashboards, services
    ACCESS = "access"  # a short-lived JWT of ours
    PERSONAL = "personal"  # a personal access token
    DEVICE = "device"  # a token of a scale, a reader, a milking robot
    INTERNAL = "internal"  # a job or a command, in somebody's name


@dataclass(frozen=True)
class Assurance:
    """How surely, and when, the person behind a request signed in.

    `level` is 1 for one factor and 2 for two (NIST SP 800-63B); `at` is the moment they last
    proved it themselves (None: a credential that nobody had to prove anything for lately);
    `methods` are those of RFC 8176, such as pwd, otp, hwk.
    """

    level: int = 0
    at: datetime | None = None
    methods: frozenset[str] = frozenset()

    def is_recent(self, now: datetime, within: timedelta = RECENT) -> bool:
        return self.at is not None and now - self.at <= within


@dataclass(frozen=True)
class Actor:
    """The caller of a use case, as the edge identified them.

    `permissions` is what this sign-in or token carries: never more than the person's roles grant,
    and less when a token was narrowed. Farms are not listed here; the database knows them.
    `session_id` is the digest under which the session, token family or device can be ended, empty
    for work inside the hub. `wanted_level` is what the policy asks of this person's roles.
    `only_farm` is set for a device that was let in for one farm; row policies see to it.
    """

    person_id: UUID
    username: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    request_id: str = ""
    session_id: str = ""
    credential: Credential = Credential.INTERNAL
    assurance: Assurance = Assurance()
    wanted_level: int = 1
    only_farm: UUID | None = None
    attributes: dict[str, str] = field(default_factory=dict, compare=False)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse with a sentence when the permission is not held."""
        if not self.may(permission):
            raise Denied(
                "permission.missing",
                f"{self.username} may not do this: it needs the permission '{permission}' "
                f"({permission.sentence.lower()}).",
                permission=permission.value,
            )

    def require_recent(self, within: timedelta = RECENT) -> None:
        """Refuse unless the person proved who they are a short while ago (RFC 9470)."""
        enough = self.assurance.level >= self.wanted_level
        if enough and self.assurance.is_recent(datetime.now(UTC), within):
            return
        raise SignInAgain(
            "sign_in.again",
            "This needs a fresh sign-in: confirm who you are, then try again.",
            max_age=int(within.total_seconds()),
            acr_values=f"aal{self.wanted_level}",
        )
