"""Personal access tokens: no more than their person, shown once, ended at the next request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import text

from hub import tokens
from hub.actor import Actor, Assurance, Credential
from hub.errors import Conflict, Invalid, Missing, SignInAgain
from hub.permissions import Permission, Role
from hub.settings import Settings
from hub.storage.dynamodb import CREDENTIALS
from hub.storage.transaction import begin
from hub.tokens import Kind, Stored, Stores, TokenCreate, stored
from tests.database import Make

WANTED = TokenCreate(name="shed", scopes=frozenset({Permission.ANIMALS_READ}), days=30)
RECENT = Assurance(1, datetime.now(UTC), frozenset({"pwd"}))


@pytest_asyncio.fixture(loop_scope="session")
async def fiona(make: Make) -> Actor:
    made = await make.person(f"fiona{datetime.now(UTC).timestamp()}", Role.FARMER)
    return replace(made, assurance=RECENT)


async def made(stores: Stores, person: Actor, wanted: TokenCreate = WANTED) -> tuple[Stored, str]:
    async with begin(stores.engine, person) as tx:
        return await tokens.create(tx, stores.store, wanted)


async def actor_behind(stores: Stores, token: str, **more: object) -> Actor:
    settings: Settings = more.pop("settings", stores.settings)  # type: ignore[assignment]
    sealer: Callable[[], object] = lambda: stores.sealer  # noqa: E731
    return await tokens.actor_of(
        token,
        stores.engine,
        sealer,
        lambda: stores.store,
        settings,
        **more,  # type: ignore[arg-type]
    )


async def entered(stores: Stores, token: str) -> Actor:
    actor = await actor_behind(stores, token)
    async with begin(stores.engine, actor):
        return actor


async def test_a_token_stands_for_its_person_and_what_it_may(stores: Stores, fiona: Actor) -> None:
    kept, token = await made(stores, fiona)
    actor = await entered(stores, token)
    assert actor.person_id == fiona.person_id and actor.permissions == WANTED.scopes
    assert (actor.credential, actor.session_id) == (Credential.PERSONAL, kept.id)
    assert token.startswith("agp_") and len(token) == 75


async def test_a_token_is_never_a_fresh_sign_in(stores: Stores, fiona: Actor) -> None:
    actor = await entered(stores, (await made(stores, fiona))[1])
    assert actor.assurance == Assurance(1, None, frozenset({"pwd"}))
    with pytest.raises(SignInAgain):
        actor.require_recent()


async def test_nothing_that_is_stored_is_the_token(stores: Stores, fiona: Actor) -> None:
    """B1: 160 random bits, and only a digest is kept."""
    _, token = await made(stores, fiona)
    items = stores.store.query(CREDENTIALS, str(fiona.person_id))
    secret = token[-40:]
    assert len(items) == 1 and secret not in str(items)


async def test_ten_thousand_tokens_are_all_different(fiona: Actor) -> None:
    ids = {stored.new_credential_id(Kind.PERSONAL) for _ in range(10_000)}
    assert len(ids) == 10_000


async def test_a_token_cannot_do_more_than_its_maker(stores: Stores, fiona: Actor) -> None:
    wanted = TokenCreate(name="x", scopes=frozenset({Permission.AUDIT_READ}))
    with pytest.raises(Invalid, match="audit:read"):
        await made(stores, fiona, wanted)


def test_a_token_lives_a_year_at_most() -> None:
    for days in (0, 366, 10**9):
        with pytest.raises(ValidationError):
            TokenCreate(name="x", scopes=frozenset({Permission.ANIMALS_READ}), days=days)


async def test_an_ended_token_is_refused_at_the_next_request(stores: Stores, fiona: Actor) -> None:
    """B5, G9: also where the token was read a moment ago and is remembered."""
    kept, token = await made(stores, fiona)
    actor = await entered(stores, token)
    async with begin(stores.engine, fiona) as tx:
        await tokens.end(tx, stores.store, stores.engine, kept.id, Kind.PERSONAL)
    with pytest.raises(SignInAgain):
        async with begin(stores.engine, actor):
            pass
    with pytest.raises(SignInAgain):
        await entered(stores, token)


async def test_an_expired_token_is_refused(stores: Stores, fiona: Actor) -> None:
    _, token = await made(stores, fiona)
    assert await actor_behind(stores, token)
    with pytest.raises(SignInAgain):
        await actor_behind(stores, token, now=datetime.now(UTC) + timedelta(days=31))


async def test_roles_are_those_of_now_and_disabled_people_are_out(
    stores: Stores, fiona: Actor, owner_engine: object
) -> None:
    """B6, C6."""
    wanted = TokenCreate(name="x", scopes=frozenset({Permission.ANIMALS_WRITE}))
    _, token = await made(stores, fiona, wanted)
    for change, held in (
        ("roles = ARRAY['adviser']", set()),
        ("roles = ARRAY['farmer']", {"animals:write"}),
    ):
        await changed(owner_engine, fiona, change)
        assert (await entered(stores, token)).permissions == held
    await changed(owner_engine, fiona, "disabled_at = now()")
    with pytest.raises(SignInAgain):
        await entered(stores, token)


async def changed(engine: object, person: Actor, what: str) -> None:
    async with engine.begin() as connection:  # type: ignore[attr-defined]
        statement = text(f"UPDATE app.person SET {what} WHERE id = :id")
        await connection.execute(statement, {"id": person.person_id})


async def test_a_token_of_one_factor_is_not_enough_where_two_are_asked(
    stores: Stores, fiona: Actor
) -> None:
    """A9: the level at which it was made stays with it."""
    _, token = await made(stores, fiona)
    strict = stores.settings.model_copy(update={"second_factor_roles": ["farmer"]})
    with pytest.raises(SignInAgain, match="two"):
        await actor_behind(stores, token, settings=strict)


async def test_tokens_of_others_cannot_be_ended_or_seen(
    stores: Stores, fiona: Actor, make: Make
) -> None:
    kept, token = await made(stores, fiona)
    marc = await make.person(f"marc{kept.id}", Role.FARMER)
    with pytest.raises(Missing):
        async with begin(stores.engine, marc) as tx:
            await tokens.end(tx, stores.store, stores.engine, kept.id, Kind.PERSONAL)
    assert await tokens.list_for(stores.store, marc.person_id, *Kind) == []
    assert await entered(stores, token)


async def test_nobody_keeps_more_tokens_than_can_be_overlooked(
    stores: Stores, fiona: Actor
) -> None:
    for _ in range(stored.MOST):
        await made(stores, fiona)
    with pytest.raises(Conflict):
        await made(stores, fiona)


async def test_the_day_of_the_last_use_is_noted(stores: Stores, fiona: Actor) -> None:
    kept, token = await made(stores, fiona)
    assert kept.last_used_on is None
    await entered(stores, token)
    for task in list(stored._notes):
        await task
    (found,) = await tokens.list_for(stores.store, fiona.person_id, Kind.PERSONAL)
    assert found.last_used_on == datetime.now(UTC).date().isoformat()


async def test_a_personal_token_is_exchanged_for_a_short_one_that_ends_with_it(
    stores: Stores, fiona: Actor
) -> None:
    kept, token = await made(stores, fiona)
    pair = await tokens.exchange(stores, token)
    assert pair.refresh_token is None and pair.scope == "animals:read"
    actor = await entered(stores, pair.access_token)
    assert (actor.credential, actor.session_id) == (Credential.ACCESS, kept.id)
    await tokens.end_all(stores.engine, stores.store, fiona.person_id)
    with pytest.raises(SignInAgain):
        await entered(stores, pair.access_token)
    with pytest.raises(Invalid):
        await tokens.exchange(stores, token)


async def test_revoking_a_token_ends_it_and_unknown_ones_are_as_good_as_ended(
    stores: Stores, fiona: Actor
) -> None:
    _, token = await made(stores, fiona)
    await tokens.revoke(stores, token[:-1] + "x")
    assert await entered(stores, token)
    await tokens.revoke(stores, token)
    with pytest.raises(SignInAgain):
        await entered(stores, token)
    await tokens.revoke(stores, token)
