"""What an institution's claims mean here, by the operator's tables and by nothing else."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.institutions import Institution
from hub.permissions import Role

_METHOD = re.compile(r"[a-z0-9_-]{1,20}")
_MOST_METHODS = 10


def roles_of(institution: Institution, claims: Mapping[str, Any]) -> frozenset[Role]:
    """Groups and claims that stand in a table give a role; whatever they are called otherwise."""
    tables = {institution.groups_claim: institution.roles, **institution.claims}
    if institution.groups_claim in institution.claims:
        tables[institution.groups_claim] = {
            **institution.roles,
            **institution.claims[institution.groups_claim],
        }
    return frozenset(
        Role(table[value])
        for claim, table in tables.items()
        for value in _values(claims.get(claim))
        if value in table
    )


def level_of(institution: Institution, claims: Mapping[str, Any]) -> int:
    """Two factors only where a table says that the `acr`, or one of `amr`, stands for two."""
    acr = claims.get("acr")
    by_acr = institution.acr_levels.get(acr, 1) if isinstance(acr, str) else 1
    by_amr = 2 if institution.second_factor_methods & set(_values(claims.get("amr"))) else 1
    return max(by_acr, by_amr)


def methods_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The methods of RFC 8176 that the institution named."""
    named = [one for one in _values(claims.get("amr")) if _METHOD.fullmatch(one)]
    return frozenset(named[:_MOST_METHODS])


def proved_at(claims: Mapping[str, Any]) -> datetime | None:
    """When the person last proved who they are; institutions may remember them for hours."""
    value = claims.get("auth_time")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        return None
    return datetime.fromtimestamp(value, UTC)


def name_of(claims: Mapping[str, Any]) -> str:
    """What to call the person; control characters have no place in a name."""
    for claim in ("name", "preferred_username", "email"):
        value = claims.get(claim)
        if isinstance(value, str) and value.isprintable() and value.strip():
            return value.strip()[:200]
    return ""


def preferred_of(claims: Mapping[str, Any]) -> str:
    """What the user name here may be like; it identifies nobody."""
    for claim in ("preferred_username", "email", "name"):
        value = claims.get(claim)
        if isinstance(value, str) and value.strip():
            return value[:200]
    return "person"


def proven_address(claims: Mapping[str, Any]) -> str:
    """The e-mail address, if the institution says that it verified it: true, not "true"."""
    address = claims.get("email")
    proven = claims.get("email_verified") is True
    return address if proven and isinstance(address, str) and len(address) <= 254 else ""


def _values(value: object) -> Iterator[str]:
    given = value if isinstance(value, list) else [value]
    for one in given[:1000]:
        if isinstance(one, bool):
            yield str(one).lower()
        elif isinstance(one, str | int):
            yield str(one)
