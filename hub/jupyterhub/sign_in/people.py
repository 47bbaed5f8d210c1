"""From an institution's claims to a person of this hub: known by issuer and subject only."""

from collections.abc import Mapping
from typing import Any

from hub import accounts
from hub.accounts import addresses
from hub.errors import Denied
from hub.institutions import Institution
from hub.jupyterhub.sign_in import claims as meaning
from hub.jupyterhub.sign_in import institution_sessions
from hub.jupyterhub.sign_in.flow import Proven
from hub.jupyterhub.sign_in.institution_sessions import Vouched
from hub.jupyterhub.sign_in.means import Means


async def proven(
    means: Means, institution: Institution, claims: Mapping[str, Any], id_token: str
) -> Proven:
    """The person, made at first sight if a table gives them a role; else Denied in words."""
    found = await _person(means, institution, claims)
    subject, sid = str(claims["sub"]), claims.get("sid")
    vouched = Vouched(
        institution.name,
        institution.issuer,
        subject,
        sid if isinstance(sid, str) and len(sid) <= 255 else "",
        id_token,
    )
    return Proven(
        username=found.username,
        name=meaning.name_of(claims),
        roles=found.roles,
        methods=meaning.methods_of(claims),
        level=meaning.level_of(institution, claims),
        issuer=institution.issuer,
        person_id=found.person_id,
        at=meaning.proved_at(claims),
        vouched=await institution_sessions.keep(means, vouched),
    )


async def _person(means: Means, institution: Institution, claims: Mapping[str, Any]) -> Any:
    """The actor with the roles that count: the claims', or those that are kept here."""
    issuer, subject = institution.issuer, str(claims["sub"])
    roles, name = meaning.roles_of(institution, claims), meaning.name_of(claims)
    known = await accounts.by_identity(means.engine, issuer, subject)
    if known is None:
        if not roles:
            raise _no_role(institution)
        known = await accounts.join(
            means.engine,
            issuer,
            subject,
            preferred=meaning.preferred_of(claims),
            name=name,
            roles=roles,
            proven_addresses=_addresses(means, institution, claims),
        )
    actor = await accounts.identify(
        means.engine,
        username=known.username,
        name=name,
        roles=roles,
        permissions=frozenset(),
    )
    if not actor.roles:
        raise _no_role(institution)
    return actor


def _addresses(
    means: Means, institution: Institution, claims: Mapping[str, Any]
) -> tuple[str, ...]:
    """Digests of a verified address, where the operator lets addresses join people at all."""
    address = meaning.proven_address(claims)
    if not institution.joins_by_address or not address:
        return ()
    return tuple(addresses.digests(means.sealer, address))


def _no_role(institution: Institution) -> Denied:
    return Denied(
        "sign_in.no_role",
        f"{institution.title} knows you, but your account has no role here. Ask an administrator "
        "of this hub to map one of your groups there to a role (AGRIGEN_INSTITUTIONS).",
    )
