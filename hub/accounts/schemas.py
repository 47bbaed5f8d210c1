"""What goes into accounts and comes out of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hub.accounts import password_rules
from hub.errors import Denied
from hub.permissions import Permission, Role
from hub.schemas import Input, Line, Output, PageQuery

LONGEST_USERNAME = 100
LONGEST_PASSWORD = password_rules.LONGEST

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,99}$")]


class LocalAccountCreate(Input):
    """A person who signs in here with a password (15 characters or more are advised)."""

    username: Username
    name: Line = ""
    roles: frozenset[Role] = frozenset()
    password: SecretStr

    @field_validator("password")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        about = (info.data.get("username", ""), info.data.get("name", ""))
        if wrong := password_rules.problem(value.get_secret_value(), *about):
            raise PydanticCustomError("password", wrong)
        return value


class PersonCreate(Input):
    """A person who is to choose a password with a link; to the address, if one is given."""

    username: Username
    name: Line = ""
    roles: frozenset[Role] = frozenset()
    email: Line = Field(default="", description="Where the link is mailed to")


class PersonUpdate(Input):
    """What administrators change of a person; what is left out stays."""

    name: Line | None = None
    roles: frozenset[Role] | None = None
    disabled: bool | None = Field(default=None, description="May not sign in any more")


class OpeningLink(Output):
    """A link that sets a password, shown once."""

    url: str
    expires_at: datetime


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


class SessionPolicy(Output):
    """How long people of a role stay signed in; `phone` and `other` are those without one named."""

    of: str
    idle_minutes: float
    hours: float
    at_once: int = Field(description="Browsers at a time")


class RatePolicy(Output):
    """How much of one kind of request is allowed to one person, or from one address."""

    name: str
    units: int
    seconds: int
    by_address: bool
    changeable: bool = Field(description="By a setting; the others are fixed")


class PolicyRead(Output):
    """What holds for everybody who signs in, and which settings change it."""

    second_factor_roles: list[Role]
    confirm_within_minutes: float = Field(
        description="How fresh a sign-in must be for what is sensitive"
    )
    sessions: list[SessionPolicy]
    rates: list[RatePolicy]
    settings: dict[str, str] = Field(description="Variable of the environment by what it changes")


def known_roles(names: list[str]) -> frozenset[Role]:
    """Roles stored by a newer release are ignored by an older one."""
    known = set(Role)
    return frozenset(Role(name) for name in names if name in known)


def disabled(username: str) -> Denied:
    """What somebody reads whose account was closed."""
    return Denied(
        "accounts.disabled",
        f"The account {username} is disabled. Ask an administrator of this hub.",
    )
