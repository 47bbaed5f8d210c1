"""What is asked and told about tokens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.permissions import Permission
from hub.schemas import Input, Output

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class Kind(StrEnum):
    """What a credential is."""

    PERSONAL = "personal"
    DEVICE = "device"
    FAMILY = "family"  # a phone page or a program that refreshes short-lived tokens


class TokenCreate(Input):
    """A personal access token that somebody wants to have."""

    name: Name = Field(description="What it is for, to recognize it by: 'weights from the shed'")
    scopes: frozenset[Permission] = Field(min_length=1, description="Permissions it carries")
    days: int = Field(default=90, ge=1, le=365, description="How long it works")


class PairCreate(Input):
    """Tokens for a page or a program that the signed-in person uses."""

    client: Annotated[str, StringConstraints(pattern=r"^agrigen-[a-z]{2,20}$")] = "agrigen-phone"
    name: Name = "Phone"
    scopes: frozenset[Permission] | None = Field(
        default=None, min_length=1, description="Permissions they carry; all of the person's"
    )


class TokenRead(Output):
    """A personal access token as its owner sees it; never the token itself."""

    id: str
    name: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_on: str | None = Field(description="Day of the last use, in UTC; null: never")


class TokenMade(TokenRead):
    """A new token. It is shown this once: only a digest of it is kept."""

    token: str


class DeviceRead(Output):
    """A device, or a program that stays signed in."""

    id: str
    kind: Kind
    name: str
    client: str
    scopes: list[Permission]
    farm_id: UUID | None
    address: str
    created_at: datetime
    expires_at: datetime
    last_used_on: str | None


class DeviceAsks(Output):
    """A device that waits for somebody to let it in."""

    user_code: str
    client: str
    name: str
    address: str = Field(description="From where it asked")
    scopes: list[Permission] = Field(description="What it asked for and you could give it")
    asked_at: datetime
    expires_at: datetime


class CodeQuery(Input):
    """The code of a device that waits."""

    user_code: str = Field(max_length=40, description="The eight letters that the device shows")


class DeviceAnswer(Input):
    """What somebody decides about a device that waits."""

    user_code: str = Field(max_length=40)
    approve: bool = True
    name: Name | None = Field(default=None, description="What to call it; default: as it asked")
    scopes: frozenset[Permission] | None = Field(
        default=None, min_length=1, description="Fewer permissions than it asked for"
    )
    farm_id: UUID | None = Field(default=None, description="The only farm it may write to and see")


class Pair(Output):
    """An answer of the token endpoint (RFC 6749, 5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a type
    expires_in: int | None = None
    refresh_token: str | None = None
    scope: str
    issued_token_type: str | None = None


@dataclass(frozen=True)
class Stored:
    """A credential as the store has it."""

    id: str
    kind: Kind
    person_id: UUID
    name: str
    client: str
    scope: frozenset[Permission]
    level: int
    methods: frozenset[str]
    created_at: datetime
    expires_at: datetime
    proved_at: datetime | None = None
    last_used_on: str | None = None
    farm_id: UUID | None = None
    address: str = ""
    digest: str = ""
    sealed: str = ""
    counter: int = 0
    rotated: float = 0.0
    used: float = 0.0

    @property
    def scopes(self) -> list[Permission]:
        return sorted(self.scope)
