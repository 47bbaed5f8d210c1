"""Passkeys (WebAuthn): what a browser is asked for, and whether what it answers is right.

The origin and the name that passkeys are bound to come from AGRIGEN_PUBLIC_URL and nowhere else,
least of all from the request. The authenticator must have verified its owner (PIN, finger, face),
which is why a passkey alone counts as two factors.
"""

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hub.errors import Denied, Invalid, Unavailable
from hub.factors.models import Factor
from hub.settings import Settings

Answer = dict[str, Any]
LONGEST_CREDENTIAL = 1023  # bytes (WebAuthn, 4: credential id)
_TRANSPORTS = {one.value for one in AuthenticatorTransport}


@dataclass(frozen=True)
class RelyingParty:
    """Who asks: the name passkeys are bound to and the one origin they are used from."""

    id: str
    origin: str

    @property
    def is_possible(self) -> bool:
        """Browsers bind passkeys to names, not to numbers, and only on secure origins."""
        if self.id == "localhost":
            return True
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return self.origin.startswith("https://")
        return False


def relying_party(settings: Settings) -> RelyingParty:
    """From the address that people use."""
    parts = urlsplit(settings.base_url)
    return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc}".lower())


def require_possible(settings: Settings) -> RelyingParty:
    """The relying party, or a sentence saying why there can be no passkeys here."""
    party = relying_party(settings)
    if not party.is_possible:
        raise Unavailable(
            "factors.no_passkeys",
            f"Passkeys do not work at {party.origin}: browsers want an https address with a name, "
            "or localhost. Set AGRIGEN_PUBLIC_URL to such an address and open the hub there.",
        )
    return party


def options_to_add(
    party: RelyingParty, person_id: UUID, username: str, name: str, there: Iterable[Factor],
    challenge: bytes,
) -> Answer:  # fmt: skip
    """What the browser is asked for to make a passkey: one that is found without a user name."""
    asked = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="AgriGen",
        user_id=person_id.bytes,
        user_name=username,
        user_display_name=name or username,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(there),
    )
    return _plain(asked)


def options_to_prove(party: RelyingParty, there: Iterable[Factor], challenge: bytes) -> Answer:
    """What the browser is asked to sign; without factors, whichever passkey its owner chooses."""
    asked = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=_descriptors(there),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(asked)


def _plain(options: Any) -> Answer:
    plain: Answer = json.loads(webauthn.options_to_json(options))
    return plain


def _descriptors(there: Iterable[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential, transports=[AuthenticatorTransport(t) for t in one.transports]
        )
        for one in there
        if one.credential is not None
    ]


def challenge_in(answer: Answer) -> bytes:
    """The challenge that the browser says it signed; whether it is ours is asked of the store."""
    try:
        client = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        return base64url_to_bytes(client["challenge"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _malformed() from None


def credential_in(answer: Answer) -> bytes:
    """Which passkey answered."""
    try:
        credential = base64url_to_bytes(answer["rawId"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _malformed() from None
    if not 0 < len(credential) <= LONGEST_CREDENTIAL:
        raise _malformed()
    return credential


def added(party: RelyingParty, answer: Answer, challenge: bytes) -> dict[str, Any]:
    """The columns of a new passkey, when everything about the answer is right."""
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError) as error:
        raise _refused() from error
    if len(verified.credential_id) > LONGEST_CREDENTIAL:
        raise _malformed()
    said = answer["response"].get("transports") or []
    return {
        "credential": verified.credential_id,
        "public_key": verified.credential_public_key,
        "uses": verified.sign_count,
        "synced": verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        "transports": sorted({one for one in said if isinstance(one, str)} & _TRANSPORTS),
    }


def proved(party: RelyingParty, answer: Answer, challenge: bytes, factor: Factor) -> int:
    """The new count of uses, when this passkey signed this challenge for its own owner."""
    handle = (answer.get("response") or {}).get("userHandle")
    if handle and handle != bytes_to_base64url(factor.person_id.bytes):
        raise _refused()
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=factor.public_key or b"",
            credential_current_sign_count=factor.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError) as error:
        raise _refused() from error
    return verified.new_sign_count


def digest(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def _malformed() -> Invalid:
    return Invalid(
        "factors.malformed",
        "This is not the answer of a passkey. Send what navigator.credentials gave, as JSON with "
        "its bytes in base64url.",
    )


def _refused() -> Denied:
    return Denied(
        "factors.passkey_refused",
        "The passkey's answer was not accepted. Start again; if it happens twice, remove the "
        "passkey and add it anew.",
    )
