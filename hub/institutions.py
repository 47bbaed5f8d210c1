"""An institution through which people sign in (OpenID Connect), as the operator declares it.

Unknown names are refused: a misspelled rule that is silently ignored lets the wrong people in.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

# The one institution of the settings AGRIGEN_OIDC_*; its callback address has no name.
ONLY = "institution"
RoleName = Literal["farmer", "adviser", "researcher", "student", "instructor", "steward", "admin"]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_protected(address: str) -> bool:
    """Whether nobody between here and there can read along: encrypted, or on this machine."""
    parts = urlsplit(address)
    if parts.username or parts.password or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _issuer(address: str) -> str:
    if not is_protected(address) or urlsplit(address).query or urlsplit(address).fragment:
        raise ValueError(
            "must be an https address without question mark or number sign (plain http only on "
            "this machine), letter by letter as the institution calls itself"
        )
    return address


class Institution(BaseModel):
    """One institution: where it is, who we are there, and what its claims mean here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    title: str = Field(min_length=1, max_length=80, description="What people read on the button")
    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = Field(default=None, description="Read at each use")
    scopes: tuple[str, ...] = Field(
        default=(), description="Empty: openid, and of profile, email, groups those offered"
    )
    groups_claim: str = "groups"
    roles: dict[str, RoleName] = Field(default_factory=dict, description="Group there: role here")
    claims: dict[str, dict[str, RoleName]] = Field(
        default_factory=dict, description="Claim, its value, role here"
    )
    acr_levels: dict[str, Literal[1, 2]] = Field(
        default_factory=dict, description="Factors that an acr stands for; others count as one"
    )
    second_factor_methods: frozenset[str] = Field(
        default=frozenset(), description="Values of amr that stand for a second factor"
    )
    joins_by_address: bool = Field(
        default=False,
        description=(
            "Whether an e-mail address that the institution verified, and that a person of this "
            "hub proved too, makes both one; it trusts the institution with those accounts"
        ),
    )

    @model_validator(mode="after")
    def _whole(self) -> "Institution":
        if self.scopes and "openid" not in self.scopes:
            raise ValueError("scopes must contain openid")
        if self.client_secret.get_secret_value() and self.client_secret_file:
            raise ValueError("give client_secret or client_secret_file, not both")
        return self

    @property
    def callback(self) -> str:
        """The end of the address registered at the institution, below /hub/."""
        return "oauth_callback" if self.name == ONLY else f"oauth_callback/{self.name}"

    def secret(self) -> str:
        """The client's secret; a file is read each time, so that it can be changed."""
        if self.client_secret_file:
            return self.client_secret_file.read_text().strip()
        return self.client_secret.get_secret_value()


def checked(institutions: list[Institution]) -> list[Institution]:
    """The same institutions, when each name stands once and none is the one of AGRIGEN_OIDC_*."""
    names = [one.name for one in institutions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or ONLY in names:
        raise ValueError(
            f"each institution needs a name of its own other than {ONLY!r}; "
            f"named twice: {', '.join(twice) or 'none'}"
        )
    return institutions
