"""Whether a token of an institution is what it says it is: signature, issuer, audience, times.

Asymmetric signatures only: with HS256 whoever knows the public key, or the client's secret, could
write tokens. Keys come from the institution's own key document; what a token's header says about
keys (`jku`, `jwk`, `x5u`) is never looked at, but for the name of the key.
"""

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey, import_key

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY_SECONDS = 60
NOTICE_SECONDS = 300  # a notice of signing out is taken this long after it was written
_LONGEST_TOKEN = 32_768
_LONGEST_TEXT = 255
_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

Key = RSAKey | ECKey | OKPKey


class NotVerifiedError(ValueError):
    """What is wrong with a token, in words."""


@dataclass(frozen=True)
class Expected:
    """What a token must say to be for us."""

    issuer: str
    client_id: str
    algorithms: frozenset[str] = frozenset(ALGORITHMS)


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """The public signing keys of a key document; what we cannot use is left out."""
    found: list[Any] = []
    for one in document.get("keys") or []:
        usable = isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"}
        if not usable or one.get("use", "sig") != "sig":
            continue
        try:
            found.append(import_key({k: v for k, v in one.items() if k not in {"d", "key_ops"}}))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(found)


def key_name(token: str) -> str:
    """The name of the key that a token says it was signed with."""
    return str(_header(token).get("kid") or "")


def has_key(keys: KeySet, name: str) -> bool:
    return not name or any(key.kid == name for key in keys.keys)


def id_token_claims(
    token: str, keys: KeySet, expected: Expected, *, nonce: str, now: float | None = None
) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core, 3.1.3.7), or NotVerifiedError."""
    claims = _verified(token, keys, expected, types={None, "JWT"})
    _check_party(claims, expected)
    moment = time.time() if now is None else now
    if _number(claims, "exp") <= moment - LEEWAY_SECONDS:
        raise NotVerifiedError("its token is over")
    _check_age(claims, moment, 3600)
    if not hmac.compare_digest(_text(claims, "nonce").encode(), nonce.encode()):
        raise NotVerifiedError("its token belongs to another sign-in")
    _text(claims, "sub")
    return claims


def logout_claims(
    token: str, keys: KeySet, expected: Expected, *, now: float | None = None
) -> dict[str, Any]:
    """The claims of a notice of signing out (OpenID Connect Back-Channel Logout, 2.6)."""
    claims = _verified(token, keys, expected, types={"logout+jwt"})
    _check_party(claims, expected)
    moment = time.time() if now is None else now
    if "exp" in claims and _number(claims, "exp") <= moment - LEEWAY_SECONDS:
        raise NotVerifiedError("the notice is over")
    _check_age(claims, moment, NOTICE_SECONDS)
    _text(claims, "jti")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
        raise NotVerifiedError("it is no notice of signing out")
    if "nonce" in claims:
        raise NotVerifiedError("a notice of signing out has no nonce")
    named = [_text(claims, name) for name in ("sub", "sid") if name in claims]
    if not named:
        raise NotVerifiedError("it names neither person nor session")
    return claims


def unverified_issuer(token: str) -> str:
    """Who a token says it is from: to choose whose keys to try, and for nothing else."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _header(token: str) -> dict[str, Any]:
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
        raise NotVerifiedError("there is no token in it")
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError, RecursionError) as error:
        raise NotVerifiedError("its token cannot be read") from error


def _verified(
    token: str, keys: KeySet, expected: Expected, types: set[str | None]
) -> dict[str, Any]:
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in expected.algorithms & set(ALGORITHMS):
        raise NotVerifiedError("its token is signed in a way that is not accepted")
    kind = header.get("typ")
    if kind not in types:
        raise NotVerifiedError("its token is of another kind")
    key = _key_for(header, keys)
    try:
        return jwt.decode(token, key, algorithms=[str(algorithm)]).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise NotVerifiedError("the signature of its token is wrong") from error


def _key_for(header: Mapping[str, Any], keys: KeySet) -> Key:
    """The one key that fits; several that fit and no name is not enough to choose by."""
    name, kind = header.get("kid"), _TYPES[str(header["alg"])[:2]]
    fitting: Sequence[Any] = [
        key
        for key in keys.keys
        if key.key_type == kind
        and (name is None or key.kid == name)
        and key.get("alg") in {None, header["alg"]}
    ]
    if len(fitting) != 1:
        raise NotVerifiedError("its token is signed with an unknown key")
    return fitting[0]


def _check_party(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise NotVerifiedError("its token is from somebody else")
    audience = claims.get("aud")
    # Somebody else named beside us could be the one whom the token was meant for.
    if audience not in (expected.client_id, [expected.client_id]):
        raise NotVerifiedError("its token is for somebody else")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise NotVerifiedError("its token is for somebody else")


def _check_age(claims: Mapping[str, Any], moment: float, longest: float) -> None:
    age = moment - _number(claims, "iat")
    if age < -LEEWAY_SECONDS:
        raise NotVerifiedError("its token is from the future; compare the clocks")
    if age > longest + LEEWAY_SECONDS:
        raise NotVerifiedError("its token is too old")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise NotVerifiedError(f"its token has no proper {name}")
    return float(value)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or "\x00" in value:
        raise NotVerifiedError(f"its token has no proper {name}")
    return value
