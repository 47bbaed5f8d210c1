"""What administrators change of people, and what nobody may."""

import asyncio
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts
from hub.accounts import PersonCreate, PersonUpdate
from hub.accounts.people import require_over
from hub.actor import Actor
from hub.errors import Conflict, Denied, Gone, HubError, Invalid, Missing
from hub.permissions import Permission, Role, granted
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.sealing import Sealer
from tests.database import As, Make
from tests.hub.accounts.signing import PASSWORD, Letters

URL = "http://hub.example"
SEALER = Sealer((b"k" * 32,))
ROLES = st.frozensets(st.sampled_from(list(Role)))
PERMISSIONS = st.frozensets(st.sampled_from(list(Permission)))


def code_in(url: str) -> str:
    return url.partition("#")[2]


@given(ROLES, PERMISSIONS, ROLES)
def test_nobody_gives_more_than_they_hold(
    roles: frozenset[Role], narrowed: frozenset[Permission], given_roles: frozenset[Role]
) -> None:
    """The lattice: what was given grants nothing that the giver, with this token, does not hold."""
    actor = Actor(new_id(), "giver", roles, granted(set(roles)) & narrowed)
    try:
        require_over(actor, given_roles)
    except Denied:
        return
    assert granted(set(given_roles)) <= actor.permissions
    assert Permission.PEOPLE_MANAGE in actor.permissions


async def test_no_role_but_the_administrators_changes_people(make: Make, as_: As) -> None:
    target = await make.person("target", Role.STUDENT)
    others = [role for role in Role if role is not Role.ADMIN]
    for pair in itertools.combinations(others, 2):
        actor = await make.person(f"a_{'_'.join(pair)}", *pair)
        for act in (
            lambda tx: accounts.change(tx, target.person_id, PersonUpdate(name="x")),
            lambda tx: accounts.create(tx, SEALER, URL, PersonCreate(username="friend")),
            lambda tx: accounts.opening_link(tx, URL, target.person_id),
        ):
            with pytest.raises(Denied):
                async with as_(actor) as tx:
                    await act(tx)


async def test_a_narrowed_token_of_an_administrator_raises_nobody(make: Make, as_: As) -> None:
    ada = await make.person("ada_narrow", Role.ADMIN)
    token = replace(ada, permissions=frozenset({Permission.PEOPLE_MANAGE}))
    with pytest.raises(Denied, match="Beyond your own permissions"):
        async with as_(token) as tx:
            new = PersonCreate(username="raised", roles=frozenset({Role.ADMIN}))
            await accounts.create(tx, SEALER, URL, new)


async def test_a_new_person_chooses_their_password_with_the_link(
    engine: AsyncEngine, make: Make, as_: As, tmp_path: object
) -> None:
    """A8: no account has a password that somebody else knows."""
    settings = Settings(home=tmp_path)
    letters = Letters(engine, SEALER, settings)
    ada = await make.person("ada_making", Role.ADMIN)
    new = PersonCreate(
        username="nora", name="Nora", roles=frozenset({Role.FARMER}), email="nora@farm.example"
    )
    async with as_(ada) as tx:
        nora, url = await accounts.create(tx, SEALER, URL, new)
    assert await accounts.sign_in_locally(engine, "nora", "") is None
    [letter] = [one for one in await letters.new() if one.to == "nora@farm.example"]
    assert letter.code == code_in(url)
    owner = await accounts.redeem_password(engine, code_in(url), PASSWORD)
    assert owner.id == nora.id
    account = await accounts.sign_in_locally(engine, "nora", PASSWORD)
    assert account
    assert account.roles == {Role.FARMER}
    with pytest.raises(Gone):
        await accounts.redeem_password(engine, code_in(url), "another good one")
    with pytest.raises(Conflict, match="taken"):
        async with as_(ada) as tx:
            await accounts.create(tx, SEALER, URL, new)


async def test_a_link_to_hand_over_sets_a_password_within_ten_minutes(
    engine: AsyncEngine, owner_engine: AsyncEngine, make: Make, as_: As
) -> None:
    """A11."""
    ada = await make.person("ada_linking", Role.ADMIN)
    async with as_(ada) as tx:
        person, _ = await accounts.create(tx, SEALER, URL, PersonCreate(username="forgetful"))
        early = await accounts.opening_link(tx, URL, person.id)
        late = await accounts.opening_link(tx, URL, person.id)
    await accounts.redeem_password(engine, code_in(early.url), PASSWORD)
    with pytest.raises(Gone):  # using one ends all
        await accounts.redeem_password(engine, code_in(late.url), "another good one")
    institutional = await make.person("institutional", Role.FARMER)
    with pytest.raises(Conflict, match="institution"):
        async with as_(ada) as tx:
            await accounts.opening_link(tx, URL, institutional.person_id)
    with pytest.raises(Missing):
        async with as_(ada) as tx:
            await accounts.opening_link(tx, URL, new_id())


async def test_changed_roles_hold_from_the_next_request_on(
    engine: AsyncEngine, make: Make, as_: As
) -> None:
    """C6: JupyterHub may still say what was; the hub's own word counts for local accounts."""
    ada = await make.person("ada_roles", Role.ADMIN)
    old = frozenset({Role.FARMER, Role.RESEARCHER})
    async with as_(ada) as tx:
        person, _ = await accounts.create(
            tx, SEALER, URL, PersonCreate(username="changing", roles=old)
        )
    said = {
        "username": "changing", "name": "", "roles": old, "permissions": frozenset(Permission),
        "remember": True,
    }  # fmt: skip
    assert (await accounts.identify(engine, **said)).roles == old
    async with as_(ada) as tx:
        wanted = PersonUpdate(roles=frozenset({Role.STUDENT}))
        await accounts.change(tx, person.id, wanted)
    actor = await accounts.identify(engine, **said)
    assert actor.roles == {Role.STUDENT}
    assert actor.permissions == granted({Role.STUDENT})


async def test_roles_of_an_institution_are_changed_there(make: Make, as_: As) -> None:
    ada = await make.person("ada_inst", Role.ADMIN)
    rita = await make.person("rita_inst", Role.RESEARCHER)
    with pytest.raises(Conflict, match="institution"):
        async with as_(ada) as tx:
            wanted = PersonUpdate(roles=frozenset({Role.ADMIN}))
            await accounts.change(tx, rita.person_id, wanted)


async def test_nobody_changes_their_own_roles(make: Make, as_: As) -> None:
    ada = await make.person("ada_self", Role.ADMIN)
    for wanted in (PersonUpdate(roles=frozenset()), PersonUpdate(disabled=True)):
        with pytest.raises(Invalid, match="another administrator"):
            async with as_(ada) as tx:
                await accounts.change(tx, ada.person_id, wanted)


async def test_two_administrators_cannot_remove_each_other_at_once(
    owner_engine: AsyncEngine, make: Make, as_: As
) -> None:
    """The last administrator stays, also in a race."""
    for turn in range(5):
        async with owner_engine.begin() as connection:
            await connection.execute(
                text("UPDATE app.person SET disabled_at = now() WHERE roles @> '{admin}'")
            )
        pair = [await make.person(f"duel{turn}{side}", Role.ADMIN) for side in "ab"]

        async def remove(by: Actor, whom: Actor) -> object:
            try:
                async with as_(by) as tx:
                    return await accounts.disable(tx, whom.person_id)
            except HubError as error:  # refused, as the later one must be
                return error

        await asyncio.gather(remove(pair[0], pair[1]), remove(pair[1], pair[0]))
        async with owner_engine.begin() as connection:
            left = await connection.execute(
                text(
                    "SELECT count(*) FROM app.person "
                    "WHERE roles @> '{admin}' AND disabled_at IS NULL"
                )
            )
            assert left.scalar_one() == 1
