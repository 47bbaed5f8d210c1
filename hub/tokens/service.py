"""Use cases of tokens: whose a token is, making, listing and ending them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub import audit
from hub.actor import Actor, Assurance, Credential
from hub.errors import Invalid, Missing, SignInAgain
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction, begin
from hub.tokens import access, families, repository, stored, texts
from hub.tokens.families import refused
from hub.tokens.people import person_behind
from hub.tokens.schemas import Kind, Pair, PairCreate, Stored, TokenCreate
from hub.tokens.stores import Stores

_CREDENTIALS = {Kind.PERSONAL: Credential.PERSONAL, Kind.DEVICE: Credential.DEVICE}


def is_ours(text: str) -> bool:
    """Whether a text is meant to be one of our tokens, and so is not asked of JupyterHub."""
    ours = (texts.PERSONAL, texts.DEVICE, texts.REFRESH)
    return text.startswith(ours) or access.looks_like_one(text)


async def actor_of(
    text: str,
    engine: Engine,
    sealer: Callable[[], Sealer],
    store: Callable[[], Store],
    settings: Settings,
    *,
    request_id: str = "",
    now: datetime | None = None,
) -> Actor:
    """Who sends a token of ours, as they are now; SignInAgain when it is not valid.

    Whether it was ended is asked by the first statement of the transaction, as for every session.
    An access token needs no question to DynamoDB, so the store is opened only for the others.
    """
    if access.looks_like_one(text):
        said = await access.verify(engine, sealer(), settings, text, now=now)
        return await person_behind(
            engine, settings, said.person_id, said.scope, Credential.ACCESS,
            said.credential, said.assurance, request_id=request_id,
        )  # fmt: skip
    opened = await asyncio.to_thread(store)  # the first use makes a client
    found = await stored.find(opened, text, now=now)
    return await person_behind(
        engine, settings, found.person_id, found.scope, _CREDENTIALS[found.kind], found.id,
        _assurance(found), only_farm=found.farm_id, request_id=request_id,
    )  # fmt: skip


async def create(tx: Transaction, store: Store, wanted: TokenCreate) -> tuple[Stored, str]:
    """A personal access token with no more than the caller's own rights, and its text."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    _check_scope(tx.actor, wanted.scopes)
    made = await stored.make(
        store, tx.actor, Kind.PERSONAL, name=wanted.name, scope=wanted.scopes,
        life=timedelta(days=wanted.days),
    )  # fmt: skip
    await audit.write(
        tx, "tokens:create", credential=made[0].id, name=wanted.name,
        scopes=sorted(wanted.scopes), days=wanted.days,
    )  # fmt: skip
    return made


async def create_pair(tx: Transaction, stores: Stores, wanted: PairCreate) -> Pair:
    """Short-lived tokens, and one to refresh them with, for a page the caller is signed in to."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    scope = wanted.scopes or tx.actor.permissions
    _check_scope(tx.actor, scope)
    family, pair = await families.start(
        stores, tx.actor, client=wanted.client, name=wanted.name, scope=scope
    )
    await audit.write(
        tx, "tokens:session", credential=family.id, name=wanted.name, client=wanted.client
    )
    return pair


async def exchange(
    stores: Stores,
    subject: str,
    *,
    scope: frozenset[Permission] | None = None,
    now: datetime | None = None,
) -> Pair:
    """A short-lived access token for a personal one (RFC 8693): all of its rights, or fewer."""
    now = now or datetime.now(UTC)
    try:
        found = await stored.find(stores.store, subject, now=now)
        if found.kind is not Kind.PERSONAL:
            raise refused("invalid_grant", "Only personal access tokens are exchanged.")
        actor = await person_behind(
            stores.engine, stores.settings, found.person_id, found.scope, Credential.PERSONAL,
            found.id, _assurance(found),
        )  # fmt: skip
        async with begin(stores.engine, actor):
            pass
    except SignInAgain as error:
        raise refused("invalid_grant", error.message) from error
    carried = actor.permissions if scope is None else actor.permissions & scope
    if not carried:
        raise refused("invalid_scope", "Nothing is left of what this token may do.")
    said = access.Access(found.person_id, "agrigen-exchange", carried, found.id, _assurance(found))
    until = found.expires_at.timestamp()
    token = await access.issue(
        stores.engine, stores.sealer, stores.settings, said, now=now, until=until
    )
    return Pair(
        access_token=token,
        expires_in=int(min(access.LIFE.total_seconds(), until - now.timestamp())),
        scope=" ".join(sorted(carried)),
        issued_token_type="urn:ietf:params:oauth:token-type:access_token",  # noqa: S106 - a name
    )


async def revoke(stores: Stores, text: str) -> None:
    """End what a text belongs to (RFC 7009); an unknown one is as good as ended.

    An access token ends the family that it came from.
    """
    found = await _credential_behind(stores, text)
    if found is not None:
        await stored.end(stores.engine, stores.store, found)


async def list_for(store: Store, person_id: UUID, *kinds: Kind) -> list[Stored]:
    """The caller's own credentials of these kinds."""
    return [one for one in await store.run(repository.of_person, person_id) if one.kind in kinds]


async def end(tx: Transaction, store: Store, engine: Engine, credential: str, *kinds: Kind) -> None:
    """End one of the caller's own credentials, from the next request on."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    found = await store.run(repository.get, tx.actor.person_id, credential)
    if found is None or found.kind not in kinds:
        raise Missing("tokens.not_found", "You have no token or device with this id.")
    await audit.write(tx, f"{_noun(found.kind)}:end", credential=found.id, name=found.name)
    await stored.end(engine, store, found)


async def end_all(engine: Engine, store: Store, person_id: UUID, *kinds: Kind) -> int:
    """End all credentials of a person, or all of some kinds, and tell how many those were."""
    found = await list_for(store, person_id, *(kinds or tuple(Kind)))
    for one in found:
        await stored.end(engine, store, one)
    return len(found)


async def _credential_behind(stores: Stores, text: str) -> Stored | None:
    if text.startswith(texts.REFRESH):
        return await families.family_of(stores, text)
    try:
        if not access.looks_like_one(text):
            return await stored.find(stores.store, text)
        said = await access.verify(stores.engine, stores.sealer, stores.settings, text)
    except SignInAgain:
        return None
    found = await stores.store.run(repository.get, said.person_id, said.credential)
    if found is not None and found.kind is not Kind.FAMILY:
        raise refused(
            "unsupported_token_type",
            "This access token was made with a personal one: end that, or wait ten minutes.",
        )
    return found


def _check_scope(actor: Actor, scope: frozenset[Permission]) -> None:
    missing = sorted(scope - actor.permissions)
    if missing:
        raise Invalid(
            "tokens.scope",
            f"A token cannot do more than you: you do not hold {', '.join(missing)}.",
        )


def _assurance(found: Stored) -> Assurance:
    """How surely its maker had signed in; nobody proved anything lately, so no fresh sign-in."""
    return Assurance(found.level, None, found.methods)


def _noun(kind: Kind) -> str:
    return "tokens" if kind is Kind.PERSONAL else "devices"
