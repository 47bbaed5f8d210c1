"""People of institutions are known by issuer and subject, and by nothing else."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts
from hub.accounts import identities
from hub.errors import Conflict, Denied, Invalid, SignInAgain
from hub.permissions import Role
from tests.database import As, Make
from tests.hub.accounts.signing import fresh

NORTH, SOUTH = "https://id.north.example", "https://id.south.example"
RESEARCHER = frozenset({Role.RESEARCHER})


async def test_somebody_new_is_made_once_and_found_again(engine: AsyncEngine) -> None:
    assert await accounts.by_identity(engine, NORTH, "1001") is None
    rita = await accounts.join(
        engine, NORTH, "1001", preferred="Rita.R@north.example", name="Rita", roles=RESEARCHER
    )
    assert (rita.username, rita.name, rita.roles) == ("rita.r", "Rita", RESEARCHER)
    again = await accounts.by_identity(engine, NORTH, "1001")
    assert again
    assert again.id == rita.id
    renamed = await accounts.join(engine, NORTH, "1001", preferred="somebody-else")
    assert (renamed.id, renamed.username) == (rita.id, "rita.r")


async def test_the_same_subject_at_another_institution_is_another_person(
    engine: AsyncEngine,
) -> None:
    """A16: identity is (iss, sub)."""
    north = await accounts.join(engine, NORTH, "7", preferred="seven")
    south = await accounts.join(engine, SOUTH, "7", preferred="seven")
    assert north.id != south.id
    assert (north.username, south.username) == ("seven", "seven-2")


async def test_a_name_that_exists_is_never_taken_over(engine: AsyncEngine, make: Make) -> None:
    """A16: an institution that calls somebody ada does not make them our ada."""
    ada = await make.person("ada", Role.ADMIN)
    stranger = await accounts.join(engine, SOUTH, "ada-there", preferred="ada")
    assert stranger.id != ada.person_id
    assert stranger.username == "ada-2"
    assert stranger.roles == frozenset()


async def test_many_first_sign_ins_at_once_make_one_person(engine: AsyncEngine) -> None:
    made = await asyncio.gather(
        *(accounts.join(engine, NORTH, "crowd", preferred="crowd") for _ in range(12))
    )
    assert {person.username for person in made} == {"crowd"}


async def test_many_strangers_with_one_name_get_names_of_their_own(engine: AsyncEngine) -> None:
    made = await asyncio.gather(
        *(accounts.join(engine, NORTH, f"smith-{n}", preferred="smith") for n in range(8))
    )
    assert len({person.id for person in made}) == len({person.username for person in made}) == 8


async def test_the_disabled_stay_out_through_their_institution(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    gone = await accounts.join(engine, NORTH, "gone", preferred="gone")
    async with owner_engine.begin() as connection:
        disable = text("UPDATE app.person SET disabled_at = now() WHERE id = :id")
        await connection.execute(disable, {"id": gone.id})
    with pytest.raises(Denied, match="disabled"):
        await accounts.by_identity(engine, NORTH, "gone")
    with pytest.raises(Denied, match="disabled"):
        await accounts.join(engine, NORTH, "gone", preferred="gone")


async def test_a_person_links_a_second_institution_after_a_fresh_sign_in(
    engine: AsyncEngine, make: Make, as_: As
) -> None:
    lena = await make.person("lena", Role.RESEARCHER)
    with pytest.raises(SignInAgain):
        async with as_(lena) as tx:
            await accounts.link(tx, NORTH, "lena")
    async with as_(fresh(lena)) as tx:
        await accounts.link(tx, NORTH, "lena")
    found = await accounts.by_identity(engine, NORTH, "lena")
    assert found
    assert found.id == lena.person_id
    other = await make.person("other", Role.RESEARCHER)
    with pytest.raises(Conflict, match="belongs to an account"):
        async with as_(fresh(other)) as tx:
            await accounts.link(tx, NORTH, "lena")


@pytest.mark.parametrize("subject", ["", "x" * 256, "nul\x00"])
async def test_an_unusable_subject_is_refused(engine: AsyncEngine, subject: str) -> None:
    with pytest.raises(Invalid, match="no usable identity"):
        await accounts.join(engine, NORTH, subject, preferred="x")


@given(st.text(max_size=200))
def test_every_wish_gives_user_names_that_jupyterhub_takes(preferred: str) -> None:
    names = identities.usernames(preferred)
    first, second = next(names), next(names)
    assert first != second
    for name in (first, second):
        assert 0 < len(name) <= 64
        assert name[0] in "abcdefghijklmnopqrstuvwxyz0123456789"
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
