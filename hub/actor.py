"""Who is calling: a person, a service or a device, with what they are allowed to do."""

from dataclasses import dataclass, field
from uuid import UUID

from hub.errors import Denied
from hub.permissions import Permission, Role


@dataclass(frozen=True)
class Actor:
    """The caller of a use case, as the edge identified them.

    `permissions` is what this sign-in or token carries: never more than the person's roles grant,
    and less when a token was narrowed. Farms are not listed here; the database knows them.
    """

    person_id: UUID
    username: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    request_id: str = ""
    session_id: str = ""
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
