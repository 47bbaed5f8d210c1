"""Who is calling, local passwords, and the list of people."""

import asyncio
import statistics
import time

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts
from hub.accounts import LocalAccountCreate, PeopleQuery, known, passwords
from hub.actor import Actor
from hub.errors import Denied, Invalid, Missing
from hub.permissions import Permission, Role, granted
from hub.storage.base import new_id
from tests.database import As, Make

FARMER = frozenset({Role.FARMER})
EVERYTHING = frozenset(Permission)
PASSWORD = "wool over nobody's eyes"


async def identify(engine: AsyncEngine, username: str, *roles: Role, name: str = "") -> Actor:
    return await accounts.identify(
        engine, username=username, name=name, roles=frozenset(roles), permissions=EVERYTHING,
        remember=True,
    )  # fmt: skip


async def test_a_person_is_made_on_first_sight_and_found_again(engine: AsyncEngine) -> None:
    first = await identify(engine, "fiona", Role.FARMER, name="Fiona")
    known.of(engine).forget()
    again = await identify(engine, "fiona", Role.FARMER)
    assert again.person_id == first.person_id
    assert first.permissions == granted({Role.FARMER})


async def test_a_token_can_only_narrow_what_the_roles_grant(engine: AsyncEngine) -> None:
    wanted = frozenset({Permission.ANIMALS_READ, Permission.AUDIT_READ})
    actor = await accounts.identify(
        engine, username="fiona", name="", roles=FARMER, permissions=wanted
    )
    assert actor.permissions == {Permission.ANIMALS_READ}


async def test_changed_roles_reach_the_database_at_once(engine: AsyncEngine, as_: As) -> None:
    actor = await identify(engine, "rising", Role.FARMER)
    await identify(engine, "rising", Role.STEWARD)
    async with as_(actor) as tx:
        assert await tx.session.scalar(text("SELECT app.is_steward()")) is True
    back = await accounts.actor_of(engine, actor.person_id)
    assert back.roles == {Role.STEWARD}


async def test_roles_taken_back_within_seconds_reach_the_database(
    engine: AsyncEngine, as_: As
) -> None:
    for roles in ([Role.FARMER], [Role.STEWARD], [Role.FARMER]):
        actor = await identify(engine, "seesaw", *roles)
    async with as_(actor) as tx:
        assert await tx.session.scalar(text("SELECT app.is_steward()")) is False


async def test_a_name_is_kept_when_a_sign_in_brings_none(engine: AsyncEngine, as_: As) -> None:
    actor = await identify(engine, "named", Role.FARMER, name="Nora Named")
    await identify(engine, "named", Role.FARMER, name="named")
    async with as_(actor) as tx:
        assert (await accounts.me(tx)).name == "Nora Named"


async def test_many_first_sights_at_once_make_one_person(engine: AsyncEngine) -> None:
    actors = await asyncio.gather(*(identify(engine, "crowd", Role.FARMER) for _ in range(12)))
    assert len({actor.person_id for actor in actors}) == 1


async def test_the_disabled_are_refused_everywhere(
    owner_engine: AsyncEngine, engine: AsyncEngine, make: Make, as_: As
) -> None:
    ada = await make.person("ada_disabling", Role.ADMIN)
    new = LocalAccountCreate(username="leaver", roles=FARMER, password=SecretStr(PASSWORD))
    leaver = (await accounts.bootstrap(owner_engine, [new]))["leaver"]
    async with as_(ada) as tx:
        await accounts.disable(tx, leaver)
    with pytest.raises(Denied, match="disabled"):
        await identify(engine, "leaver", Role.FARMER)
    with pytest.raises(Denied, match="disabled"):
        await accounts.actor_of(engine, leaver)
    assert await accounts.sign_in_locally(engine, "leaver", PASSWORD) is None
    async with as_(ada) as tx:
        await accounts.enable(tx, leaver)
    assert await accounts.sign_in_locally(engine, "leaver", PASSWORD)
    with pytest.raises(Invalid, match="another administrator"):
        async with as_(ada) as tx:
            await accounts.disable(tx, ada.person_id)


async def test_a_worker_acts_with_the_roles_of_today(engine: AsyncEngine, make: Make) -> None:
    rita = await make.person("rita", Role.RESEARCHER)
    only = frozenset({Permission.EVALUATIONS_RUN, Permission.AUDIT_READ})
    assert (await accounts.actor_of(engine, rita.person_id)).permissions == rita.permissions
    narrowed = await accounts.actor_of(engine, rita.person_id, only)
    assert narrowed.permissions == {Permission.EVALUATIONS_RUN}
    with pytest.raises(Missing):
        await accounts.actor_of(engine, new_id())


async def test_only_the_right_password_signs_in(
    owner_engine: AsyncEngine, engine: AsyncEngine
) -> None:
    new = LocalAccountCreate(
        username="marc", name="Marc", roles=FARMER, password=SecretStr(PASSWORD)
    )
    ids = await accounts.bootstrap(owner_engine, [new])
    account = await accounts.sign_in_locally(engine, "marc", PASSWORD)
    assert account
    assert (account.id, account.name, account.roles) == (ids["marc"], "Marc", FARMER)
    for username, password in (
        ("marc", PASSWORD[:-1]), ("marc", PASSWORD + "x"), ("marc", ""), ("Marc", PASSWORD),
        ("nobody", PASSWORD), ("marc\x00", PASSWORD), ("m" * 10_000, "p" * 1_000_000),
    ):  # fmt: skip
        assert await accounts.sign_in_locally(engine, username, password) is None


async def test_bootstrapping_again_changes_nobody(
    owner_engine: AsyncEngine, engine: AsyncEngine
) -> None:
    first = LocalAccountCreate(username="stella", password=SecretStr("first password"))
    second = LocalAccountCreate(username="stella", password=SecretStr("second password"))
    ids = await accounts.bootstrap(owner_engine, [first])
    assert await accounts.bootstrap(owner_engine, [second]) == ids
    assert await accounts.sign_in_locally(engine, "stella", "first password")
    assert not await accounts.sign_in_locally(engine, "stella", "second password")


async def test_a_signed_in_local_person_is_the_person_of_the_hub(
    owner_engine: AsyncEngine, engine: AsyncEngine
) -> None:
    new = LocalAccountCreate(username="both", name="Bo", password=SecretStr(PASSWORD))
    ids = await accounts.bootstrap(owner_engine, [new])
    assert (await identify(engine, "both", Role.FARMER)).person_id == ids["both"]
    assert await accounts.sign_in_locally(engine, "both", PASSWORD)


async def test_unknown_names_take_as_long_as_wrong_passwords(
    owner_engine: AsyncEngine, engine: AsyncEngine
) -> None:
    new = LocalAccountCreate(username="timed", password=SecretStr(PASSWORD))
    await accounts.bootstrap(owner_engine, [new])
    times: dict[str, list[float]] = {"timed": [], "unknown": []}
    for _ in range(15):
        for username, taken in times.items():
            started = time.perf_counter()
            await accounts.sign_in_locally(engine, username, "wrong password")
            taken.append(time.perf_counter() - started)
    known_name, unknown = (statistics.median(taken) for taken in times.values())
    # Skipping the hash would make it 10 times faster; processors are shared, so half is enough.
    assert unknown > known_name / 2


async def test_passwords_are_stored_as_argon2id() -> None:
    stored = await passwords.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in stored
    assert stored != await passwords.hash_password(PASSWORD)


async def test_administrators_page_through_the_people(make: Make, as_: As) -> None:
    ada = await make.person("zz_ada", Role.ADMIN)
    for number in range(5):
        await make.person(f"page{number}", Role.STUDENT)
    async with as_(ada) as tx:
        query = PeopleQuery(text="page", role=Role.STUDENT, limit=2)
        seen = []
        while True:
            page = await accounts.people(tx, query)
            seen += [person.username for person in page.items]
            if page.next_cursor is None:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
    assert seen == [f"page{number}" for number in range(5)]
    farmer = await make.person("curious", Role.FARMER)
    with pytest.raises(Denied):
        async with as_(farmer) as tx:
            await accounts.people(tx, PeopleQuery())
