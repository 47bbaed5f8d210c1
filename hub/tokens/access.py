"""Access tokens (RFC 9068): signed here, verified in one place, dead after ten minutes.

What is verified is what we sign: one algorithm, one type, one issuer, one audience, keys of our own
database only. Whatever else a token brings (jku, jwk, x5c, crit, another alg) makes it none.
"""

import json
import math
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.actor import Assurance
from hub.errors import SignInAgain
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.sealing import Sealer
from hub.tokens import keys

LIFE = timedelta(minutes=10)
LEEWAY = 30
TYPE = "at+jwt"
SERVICE = "/services/api"
LONGEST = 8192

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")
_HEADER = frozenset({"alg", "typ", "kid"})
_CREDENTIAL = re.compile(r"[a-z]+-[0-9a-f]{24}")


@dataclass(frozen=True)
class Access:
    """What an access token says; `credential` is the id under which it can be ended."""

    person_id: UUID
    client: str
    scope: frozenset[Permission]
    credential: str
    assurance: Assurance


def issuer(settings: Settings) -> str:
    """Who signs, and where the keys and the metadata are."""
    return settings.base_url + SERVICE


def audience(settings: Settings) -> str:
    """What the tokens are for."""
    return f"{issuer(settings)}/api/v1"


def looks_like_one(text: str) -> bool:
    """Whether somebody meant this to be a JSON Web Token, however wrong it is."""
    return text.startswith("eyJ") or text.count(".") >= 2


async def issue(
    engine: AsyncEngine,
    sealer: Sealer,
    settings: Settings,
    access: Access,
    *,
    now: datetime | None = None,
    until: float = math.inf,
) -> str:
    """A signed token, dead in ten minutes or `until` (seconds since 1970)."""
    moment = int((now or datetime.now(UTC)).timestamp())
    ring = await keys.ring(engine, sealer)
    said = access.assurance
    claims = {
        "iss": issuer(settings),
        "aud": audience(settings),
        "sub": str(access.person_id),
        "client_id": access.client,
        "iat": moment,
        "exp": int(min(moment + LIFE.total_seconds(), until)),
        "jti": secrets.token_urlsafe(12),
        "scope": " ".join(sorted(access.scope)),
        "sid": access.credential,
        "acr": f"aal{said.level}",
        "amr": sorted(said.methods),
        "auth_time": int(said.at.timestamp()) if said.at else 0,
    }
    header = {"alg": keys.ALGORITHM, "typ": TYPE, "kid": ring.signing_id}
    private = keys.opened(sealer, ring.signing_id, ring.sealed)
    return jws.serialize_compact(header, json.dumps(claims), private, algorithms=[keys.ALGORITHM])


async def verify(
    engine: AsyncEngine,
    sealer: Sealer,
    settings: Settings,
    text: str,
    *,
    now: datetime | None = None,
) -> Access:
    """What a token says, if we signed it for this hub and it is alive; SignInAgain otherwise."""
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        refuse()
    key_id = _key_id(text.partition(".")[0])
    ring = await keys.ring(engine, sealer, wanted=key_id)
    key = ring.verifying.get(key_id)
    if key is None or not _is_canonical(text.rpartition(".")[2]):
        refuse()
    try:
        signed = jws.deserialize_compact(text, key, algorithms=[keys.ALGORITHM])
    except (JoseError, ValueError):
        refuse()
    return _checked(_object(signed.payload), settings, now or datetime.now(UTC))


def refuse() -> NoReturn:
    """One answer to every wrong token: what is wrong with it helps only those who forge."""
    raise SignInAgain(
        "sign_in.token",
        "This token is not valid, or no longer. Make a new one, or sign in again.",
        error="invalid_token",
    )


def _key_id(part: str) -> str:
    """The key that the header names, when it has nothing but what ours have."""
    header = _object(_decoded(part))
    named = header.get("kid")
    if header.keys() != _HEADER or header["alg"] != keys.ALGORITHM or header["typ"] != TYPE:
        refuse()
    if not isinstance(named, str):
        refuse()
    return named


def _checked(claims: dict[str, Any], settings: Settings, now: datetime) -> Access:
    if claims.get("iss") != issuer(settings) or claims.get("aud") != audience(settings):
        refuse()
    _check_times(claims, now.timestamp())
    texts = [claims.get(name) for name in ("sub", "client_id", "jti", "scope", "sid", "acr")]
    if not all(isinstance(one, str) and one for one in texts):
        refuse()
    if not _CREDENTIAL.fullmatch(claims["sid"]) or claims["acr"] not in ("aal0", "aal1", "aal2"):
        refuse()
    return Access(
        person_id=_uuid(claims["sub"]),
        client=claims["client_id"],
        scope=permissions_named(claims["scope"].split(" ")),
        credential=claims["sid"],
        assurance=_assurance(claims),
    )


def _check_times(claims: dict[str, Any], now: float) -> None:
    """`exp` and `iat` must be there, whole, and as far apart as ours at most."""
    times: list[Any] = [claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)]
    if not all(type(one) is int for one in times):
        refuse()
    issued, expires, begins = times
    if not 0 < expires - issued <= LIFE.total_seconds():
        refuse()
    if issued > now + LEEWAY or begins > now + LEEWAY or expires <= now - LEEWAY:
        refuse()


def _assurance(claims: dict[str, Any]) -> Assurance:
    at, methods = claims.get("auth_time"), claims.get("amr")
    if type(at) is not int or not 0 <= at <= claims["iat"] + LEEWAY:
        refuse()
    if not isinstance(methods, list) or not all(isinstance(one, str) for one in methods):
        refuse()
    moment = datetime.fromtimestamp(at, UTC) if at else None
    return Assurance(int(claims["acr"][3:]), moment, frozenset(methods))


def permissions_named(names: Sequence[str]) -> frozenset[Permission]:
    """Those that exist; one that a release took away grants nothing."""
    known = {one.value: one for one in Permission}
    return frozenset(known[name] for name in names if name in known)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        refuse()


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part.encode())
    except ValueError:
        refuse()


def _is_canonical(part: str) -> bool:
    """Whether the signature is spelled in the only way: spare bits of the last letter are 0."""
    return urlsafe_b64encode(_decoded(part)).decode() == part


def _object(text: bytes) -> dict[str, Any]:
    """A JSON object in which no name stands twice and every number is one."""
    try:
        value = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        refuse()
    if not isinstance(value, dict):
        refuse()
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(_: str) -> float:
    raise ValueError(math.nan)
