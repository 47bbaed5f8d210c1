"""A passkey made of software, for tests: ES256 or EdDSA, with every field open to tampering."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """An authenticator with one key; keyword arguments of its methods replace what is true."""

    algorithm: str = "ES256"
    origin: str = "http://localhost:8000"
    relying_party: str = "localhost"
    user: bytes = b""
    uses: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        if self.algorithm == "ES256":
            self.key: Any = ec.generate_private_key(ec.SECP256R1())
        else:
            self.key = ed25519.Ed25519PrivateKey.generate()

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives for these options."""
        self.user = _bytes(options["user"]["id"])
        client = self._client("webauthn.create", options, lies)
        attested = self._attested()
        data = self._data(lies, extra=attested, flags=ATTESTED)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives for these options."""
        self.uses = lies.get("uses", self.uses + 1)
        client = self._client("webauthn.get", options, lies)
        data = self._data(lies)
        signed = data + hashlib.sha256(client).digest()
        signature = lies.get("signature") or self._sign(signed)
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=lies.get("user", self.user),
        )

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        values = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(values).encode()

    def _data(self, lies: dict[str, Any], extra: bytes = b"", flags: int = 0) -> bytes:
        name = lies.get("relying_party", self.relying_party)
        told = lies.get("flags", USER_PRESENT | USER_VERIFIED) | flags
        count = self.uses.to_bytes(4, "big")
        return hashlib.sha256(name.encode()).digest() + bytes([told]) + count + extra

    def _attested(self) -> bytes:
        return (
            bytes(16)
            + len(self.credential).to_bytes(2, "big")
            + self.credential
            + cbor2.dumps(self._public())
        )

    def _public(self) -> dict[int, Any]:
        """The public key in the form of COSE (RFC 9053)."""
        public = self.key.public_key()
        if self.algorithm == "ES256":
            point = public.public_numbers()
            x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
            return {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}

    def _sign(self, data: bytes) -> bytes:
        if self.algorithm == "ES256":
            return bytes(self.key.sign(data, ec.ECDSA(SHA256())))
        return bytes(self.key.sign(data))

    def _answer(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": text(self.credential),
            "rawId": text(self.credential),
            "type": "public-key",
            "response": {name: text(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }


def _bytes(value: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(value)
