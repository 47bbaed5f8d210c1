"""What is said about factors; the secret of an app and recovery codes are shown once."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.permissions import Role
from hub.schemas import Input, Name, Output

Kind = Literal["totp", "passkey"]
TotpCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{3} ?[0-9]{3}$")]


class FactorRead(Output):
    """An authenticator app or a passkey that counts."""

    id: UUID
    kind: Kind
    name: str
    synced: bool = Field(description="A passkey that its maker copies to the owner's devices")
    created_at: datetime
    last_used_at: datetime | None


class FactorsRead(Output):
    """The caller's factors, and what is asked of them."""

    factors: list[FactorRead]
    recovery_codes_left: int
    wanted_level: int = Field(description="2 where the caller's roles ask for two factors")
    passkeys_possible: bool


class FactorName(Input):
    """What to call a factor in the list."""

    name: Name = Field(description="Such as 'phone' or 'blue key'")


class TotpStarted(Output):
    """What an authenticator app needs; shown this once, and counted when it is confirmed."""

    id: UUID
    name: str
    secret: str = Field(description="For typing in, base 32")
    address: str = Field(description="The otpauth:// address in the QR code")
    picture: str = Field(description="The QR code as SVG")


class TotpConfirm(Input):
    """A code that the app shows now."""

    code: TotpCode


class PasskeyAnswer(Input):
    """What `navigator.credentials.create` gave for the options, and a name for it."""

    name: Name
    credential: dict[str, Any] = Field(description="PublicKeyCredential.toJSON()")


class PasskeyOptions(Output):
    """What to hand to `PublicKeyCredential.parseCreationOptionsFromJSON`."""

    options: dict[str, Any]


class RecoveryCodes(Output):
    """Ten codes, each of which replaces the second factor once; older ones work no more."""

    codes: list[str]


class PasskeyOwner(Output):
    """Whose passkey somebody signed in with."""

    person_id: UUID
    username: str
    name: str
    roles: list[str]

    @property
    def known_roles(self) -> frozenset[Role]:
        """The roles that this version knows."""
        return frozenset(role for role in Role if role.value in self.roles)
