"""What goes into accounts and comes out of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints, field_validator

from hub.permissions import Permission, Role
from hub.schemas import Input, Line, Output, PageQuery

LONGEST_USERNAME = 100
LONGEST_PASSWORD = 256

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,99}$")]


class LocalAccountCreate(Input):
    """A person who signs in here with a password (15 characters or more are advised)."""

    username: Username
    name: Line = ""
    roles: frozenset[Role] = frozenset()
    password: SecretStr = Field(min_length=8, max_length=LONGEST_PASSWORD)


class LocalAccount(Output):
    """A person whose password was right."""

    id: UUID
    username: str
    name: str
    roles: frozenset[Role]

    @field_validator("roles", mode="before")
    @classmethod
    def _known(cls, value: list[str]) -> frozenset[Role]:
        return known_roles(value)


class PersonRead(LocalAccount):
    """A person as the hub knows them."""

    created_at: datetime
    disabled_at: datetime | None


class Me(PersonRead):
    """The caller, with what this sign-in or token may do."""

    permissions: frozenset[Permission]


class PeopleQuery(PageQuery):
    """Narrow the list of people."""

    text: Line | None = Field(default=None, description="Part of a name or user name")
    role: Role | None = None


def known_roles(names: list[str]) -> frozenset[Role]:
    """Roles stored by a newer release are ignored by an older one."""
    known = set(Role)
    return frozenset(Role(name) for name in names if name in known)
