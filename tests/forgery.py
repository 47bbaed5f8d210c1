"""Access tokens that are none: what RFC 8725 warns of, and what was found in other libraries.

Each is made from a token that works by changing one thing, and, wherever the change leaves a
choice, signed with the right key: only the check that it is about can refuse it.
"""

import base64
import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

Claims = dict[str, Any]


@dataclass(frozen=True)
class Forge:
    """The key that really signs, its id, and claims that really pass."""

    key: ECKey
    key_id: str
    claims: Claims

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.key_id}

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        found = self.key.private_key
        assert isinstance(found, ec.EllipticCurvePrivateKey)
        return found

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(
        self,
        header: Mapping[str, Any] | bytes | None = None,
        claims: Mapping[str, Any] | bytes | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> str:
        """Signed with ES256, whatever the header says."""
        text = self.input(header, claims)
        return f"{text}.{b64(es256(key or self.private, text.encode()))}"

    def input(
        self, header: Mapping[str, Any] | bytes | None, claims: Mapping[str, Any] | bytes | None
    ) -> str:
        parts = (self.header if header is None else header, claims or self.claims)
        return ".".join(
            b64(one if isinstance(one, bytes) else json.dumps(one).encode()) for one in parts
        )


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def es256(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def all_of(forge: Forge) -> dict[str, str]:
    """Every forgery by what it tries."""
    groups = (_algorithms, _headers, _shapes, _doubled, _wrong_claims, _wrong_times, _encrypted)
    return {name: text for group in groups for name, text in group(forge)}


def _algorithms(forge: Forge) -> Iterator[tuple[str, str]]:
    for name in ("none", "None", "nOnE", "NONE", ""):
        text = forge.input({**forge.header, "alg": name}, None)
        yield f"alg {name!r} without a signature", f"{text}."
        yield f"alg {name!r} with the right signature", forge.token({**forge.header, "alg": name})
    public = dict(forge.key.as_dict(private=False))
    for name, secret in (
        ("the public key as PEM", forge.public_pem()),
        ("the public key as JWK", json.dumps(public).encode()),
        ("nothing", b""),
        ("the id of the key", forge.key_id.encode()),
    ):
        text = forge.input({**forge.header, "alg": "HS256"}, None)
        mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        yield f"HS256 with {name}", f"{text}.{b64(mac)}"
    yield "alg of another curve", forge.token({**forge.header, "alg": "ES384"})
    yield "alg in lower case", forge.token({**forge.header, "alg": "es256"})
    yield "alg as a list", forge.token({**forge.header, "alg": ["ES256"]})
    yield "a key of our own making", forge.token(key=ec.generate_private_key(ec.SECP256R1()))
    text = forge.input({**forge.header, "alg": "EdDSA"}, None)
    yield "EdDSA", f"{text}.{b64(ed25519.Ed25519PrivateKey.generate().sign(text.encode()))}"
    text = forge.input({**forge.header, "alg": "RS256"}, None)
    yield "RS256", f"{text}.{b64(_rsa(text))}"


def _rsa(text: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding

    key = rsa.generate_private_key(65537, 2048)
    return key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())


def _headers(forge: Forge) -> Iterator[tuple[str, str]]:
    own = ec.generate_private_key(ec.SECP256R1())
    jwk = dict(ECKey.import_key(_pem(own)).as_dict(private=False)) | {"kid": forge.key_id}
    for name, value in (
        ("jwk", jwk),
        ("jku", "https://evil.example/jwks.json"),
        ("x5u", "https://evil.example/cert.pem"),
        ("x5c", [base64.b64encode(b"certificate").decode()]),
        ("x5t", b64(b"thumbprint")),
    ):
        yield f"{name} of a stranger", forge.token({**forge.header, name: value}, key=own)
        yield f"{name} beside our key", forge.token({**forge.header, name: value})
    yield "crit", forge.token({**forge.header, "crit": ["exp"], "exp": 1})
    yield "crit that nobody knows", forge.token({**forge.header, "crit": ["x"], "x": True})
    yield "an empty crit", forge.token({**forge.header, "crit": []})
    yield "b64 false", forge.token({**forge.header, "b64": False, "crit": ["b64"]})
    yield "zip", forge.token({**forge.header, "zip": "DEF"})
    for name in (
        "../../../../dev/null", "/dev/null", "' OR '1'='1", "x' UNION SELECT 'AAAA';--",
        "", f"{forge.key_id}\x00", f" {forge.key_id}", "x" * 4000,
    ):  # fmt: skip
        yield f"kid {name[:20]!r}", forge.token({**forge.header, "kid": name})
    yield "kid as a list", forge.token({**forge.header, "kid": [forge.key_id]})
    yield "no kid", forge.token({"alg": "ES256", "typ": "at+jwt"})
    for name in ("JWT", "id+jwt", "logout+jwt", "AT+JWT", "application/at+jwt", None):
        yield f"typ {name}", forge.token({**forge.header, "typ": name})
    yield "no typ", forge.token({"alg": "ES256", "kid": forge.key_id})
    yield "a header that is a list", forge.token(b'["alg"]')
    yield "a header of depth", forge.token(b"[" * 3000)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _shapes(forge: Forge) -> Iterator[tuple[str, str]]:
    whole = forge.token()
    header, claims, signature = whole.split(".")
    other = b64(json.dumps(forge.claims | {"scope": "people:manage"}).encode())
    yield "other claims under the signature", f"{header}.{other}.{signature}"
    yield "an empty signature", f"{header}.{claims}."
    yield "no signature", f"{header}.{claims}"
    yield "half a signature", f"{header}.{claims}.{signature[:43]}"
    yield "a signature without its end", whole[:-1]
    yield "a signature with more", f"{whole}AA"
    yield "a signature of zeros", f"{header}.{claims}.{b64(bytes(64))}"
    yield "four parts", f"{whole}.{signature}"
    yield "padding", f"{whole}=="
    yield "a signature spelled otherwise", whole[:-1] + _sibling(whole[-1])
    yield "a point in a gap", f"{header}..{signature}"
    yield "a megabyte", f"{header}.{b64(bytes(750_000))}.{signature}"


def _sibling(letter: str) -> str:
    """Another letter with the same upper bits: decoders that do not look take it."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return letters[letters.index(letter) | 1]


def _doubled(forge: Forge) -> Iterator[tuple[str, str]]:
    said = json.dumps(forge.claims)
    last = f'{said[:-1]}, "sub": "00000000-0000-7000-8000-000000000000"}}'
    yield "sub twice", forge.token(claims=last.encode())
    yield "exp twice", forge.token(claims=f'{{"exp": 1, {said[1:]}'.encode())
    header = json.dumps(forge.header)
    yield "alg twice", forge.token(f'{{"alg": "none", {header[1:]}'.encode())
    yield "claims that are a list", forge.token(claims=b"[1]")
    yield "claims of depth", forge.token(claims=b'{"a":' + b"[" * 3000)
    yield "claims that are no JSON", forge.token(claims=b"exp=1")
    yield "claims in UTF-16", forge.token(claims=said.encode("utf-16"))


def _wrong_claims(forge: Forge) -> Iterator[tuple[str, str]]:
    issuer, audience = forge.claims["iss"], forge.claims["aud"]
    for name, value in (
        ("iss", f"{issuer}.evil.example"), ("iss", issuer[:-1]), ("iss", f"{issuer}/"),
        ("iss", [issuer]), ("iss", issuer.upper()), ("iss", None),
        ("aud", [audience, "https://evil.example"]), ("aud", [audience]), ("aud", audience[:-1]),
        ("aud", f"{audience}/x"), ("aud", "agrigen-phone"), ("aud", issuer), ("aud", None),
        ("sub", "stella"), ("sub", None), ("sub", 1), ("sid", "x"), ("sid", None),
        ("scope", ["people:manage"]), ("scope", None), ("acr", "aal3"), ("acr", 2),
        ("amr", "pwd"), ("auth_time", int(time.time()) + 10_000), ("auth_time", "now"),
        ("client_id", None), ("jti", None),
    ):  # fmt: skip
        changed = forge.claims | {name: value}
        if value is None:
            del changed[name]
        yield f"{name} {str(value)[-40:]}", forge.token(claims=changed)
    identity = {key: forge.claims[key] for key in ("iss", "sub", "iat", "exp", "auth_time")}
    identity |= {"aud": "agrigen-phone", "nonce": "n", "name": "Fiona"}
    yield "an id token", forge.token({**forge.header, "typ": "JWT"}, identity)
    yield "an id token with our typ", forge.token(claims=identity)


def _wrong_times(forge: Forge) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    for name, value in (
        ("exp", None), ("exp", now - 60), ("exp", now + 60.5), ("exp", 1e400), ("exp", -1),
        ("exp", 2**63), ("exp", 10**30), ("exp", str(now + 60)), ("exp", True), ("exp", now + 9000),
        ("iat", None), ("iat", now + 3600), ("iat", now - 9000), ("iat", 0), ("iat", "x"),
        ("nbf", now + 3600), ("nbf", 1.5), ("nbf", "x"),
    ):  # fmt: skip
        changed = forge.claims | {name: value}
        if value is None:
            del changed[name]
        yield f"{name} {value}", forge.token(claims=changed)
    said = json.dumps(forge.claims | {"exp": 0}).replace('"exp": 0', '"exp": NaN')
    yield "exp NaN", forge.token(claims=said.encode())


def _encrypted(forge: Forge) -> Iterator[tuple[str, str]]:
    """A JWE whose content grows a thousandfold when it is unpacked, and one that is just a JWE."""
    key = OctKey.generate_key(256)
    registry = jwe.JWERegistry(algorithms=["dir", "A256GCM", "DEF"])
    for name, content in (("a bomb", bytes(200_000)), ("a JWE", b"{}")):
        header = {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "kid": forge.key_id}
        yield name, jwe.encrypt_compact(header, content, key, registry=registry)
    packed = zlib.compress(bytes(2_000_000))
    yield "a packed payload", forge.token({**forge.header, "zip": "DEF"}, packed)
