"""From a token to its person as they are now: roles from the database, disabled people out."""

from dataclasses import replace
from uuid import UUID

from hub import accounts
from hub.actor import Actor, Assurance, Credential
from hub.errors import Denied, Missing, SignInAgain
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.tokens.access import refuse


async def person_behind(
    engine: Engine,
    settings: Settings,
    person_id: UUID,
    scope: frozenset[Permission],
    credential: Credential,
    credential_id: str,
    assurance: Assurance,
    *,
    only_farm: UUID | None = None,
    request_id: str = "",
) -> Actor:
    """The actor that a token stands for; whether it was ended is asked by their transaction."""
    try:
        actor = await accounts.actor_of(engine, person_id, scope, request_id=request_id)
    except (Missing, Denied):
        refuse()
    wanted = settings.wanted_level(actor.roles)
    if assurance.level < wanted:
        raise SignInAgain(
            "sign_in.weak_token",
            "This token was made with one factor, and your roles ask for two. Make a new one.",
            acr_values=f"aal{wanted}",
        )
    return replace(
        actor,
        session_id=credential_id,
        credential=credential,
        assurance=assurance,
        wanted_level=wanted,
        only_farm=only_farm,
    )
