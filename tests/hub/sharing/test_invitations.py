"""Invitations: who may invite to what, and that a token is worth exactly what it says."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts, sharing
from hub.accounts import LocalAccountCreate
from hub.actor import Actor
from hub.errors import Conflict, Denied, Gone, Invalid, Missing
from hub.farms import MemberRole
from hub.permissions import Role
from hub.settings import Settings
from hub.sharing import ProjectCreate, ProjectKind, ProjectRole, invitations
from hub.sharing.invitations import InvitationCreate, InvitationMade, InvitationsQuery
from hub.storage.sealing import Sealer
from tests.database import As, Make
from tests.hub.accounts.signing import PASSWORD, Letters

SEALER = Sealer((b"k" * 32,))
URL = "http://hub.example"


async def invite(as_: As, by: Actor, **values: Any) -> InvitationMade:
    async with as_(by) as tx:
        return await invitations.make(tx, SEALER, URL, InvitationCreate(**values))


def code_of(made: InvitationMade) -> str:
    assert made.url.startswith(f"{URL}/hub/invitation#")
    return made.url.partition("#")[2]


def account(username: str) -> LocalAccountCreate:
    return LocalAccountCreate(username=username, password=SecretStr(PASSWORD))


async def place(owner_engine: AsyncEngine, farm: UUID, person: UUID) -> str | None:
    statement = text("SELECT role FROM app.farm_member WHERE farm_id = :farm AND person_id = :p")
    async with owner_engine.begin() as connection:
        return (await connection.execute(statement, {"farm": farm, "p": person})).scalar()


async def test_an_owner_invites_somebody_who_is_known(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    fiona = await make.person("fiona1", Role.FARMER)
    nora = await make.person("nora1", Role.FARMER)
    farm = await make.farm("HILL1", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker")
    shown = await invitations.look(engine, code_of(made))
    assert shown.what == "the farm Hill1, as worker"
    await invitations.accept(engine, code_of(made), nora)
    assert await place(owner_engine, farm, nora.person_id) == "worker"
    for person in (nora, fiona):
        with pytest.raises(Gone):
            await invitations.accept(engine, code_of(made), person)


async def test_somebody_new_makes_an_account_and_is_a_member(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    fiona = await make.person("fiona2", Role.FARMER)
    farm = await make.farm("HILL2", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="adviser")
    new = await invitations.join(engine, code_of(made), account("newcomer"))
    found = await accounts.sign_in_locally(engine, "newcomer", PASSWORD)
    assert found
    assert found.id == new.id
    assert found.roles == {Role.ADVISER}
    assert await place(owner_engine, farm, new.id) == "adviser"


async def test_a_taken_name_spends_nothing_and_opens_nothing(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    fiona = await make.person("fiona3", Role.FARMER)
    farm = await make.farm("HILL3", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="reader")
    with pytest.raises(Conflict, match="taken"):
        await invitations.join(engine, code_of(made), account("fiona3"))
    assert await accounts.sign_in_locally(engine, "fiona3", PASSWORD) is None
    assert await invitations.join(engine, code_of(made), account("another3"))


async def test_of_fifty_at_once_exactly_as_many_join_as_there_are_uses(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    """C10: a race of 50 for 7 uses gives exactly 7."""
    fiona = await make.person("fiona4", Role.FARMER)
    farm = await make.farm("HILL4", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker", uses=7)
    people = [await make.person(f"racer{number}", Role.FARMER) for number in range(50)]

    async def try_it(person: Actor) -> bool:
        try:
            await invitations.accept(engine, code_of(made), person)
        except Gone:
            return False
        return True

    joined = await asyncio.gather(*map(try_it, people))
    assert sum(joined) == 7
    members = text("SELECT count(*) FROM app.farm_member WHERE farm_id = :f AND role = 'worker'")
    async with owner_engine.begin() as connection:
        assert (await connection.execute(members, {"f": farm})).scalar_one() == 7


async def test_an_invitation_is_worth_what_its_host_may_do_now(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    """C6: whoever lost the farm, or was disabled, invites nobody any more."""
    fiona, nora = await make.person("fiona5", Role.FARMER), await make.person("nora5", Role.FARMER)
    farm = await make.farm("HILL5", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker")
    await make.leave(farm, fiona)
    with pytest.raises(Gone):
        await invitations.accept(engine, code_of(made), nora)
    assert await place(owner_engine, farm, nora.person_id) is None
    await make.member(farm, fiona, "owner")
    async with owner_engine.begin() as connection:
        disable = text("UPDATE app.person SET disabled_at = now() WHERE id = :id")
        await connection.execute(disable, {"id": fiona.person_id})
    with pytest.raises(Gone):
        await invitations.accept(engine, code_of(made), nora)


async def test_accepting_never_lowers_anybody(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    fiona, olga = await make.person("fiona6", Role.FARMER), await make.person("olga6", Role.FARMER)
    farm = await make.farm("HILL6", owner=fiona)
    await make.member(farm, olga, "owner")
    made = await invite(as_, fiona, farm_id=farm, place="reader")
    with pytest.raises(Conflict, match="belong to it already"):
        await invitations.accept(engine, code_of(made), olga)
    assert await place(owner_engine, farm, olga.person_id) == "owner"
    assert await invitations.look(engine, code_of(made))  # no use was taken


@pytest.mark.parametrize("role", ["worker", "adviser", "reader", None])
async def test_only_owners_invite_to_a_farm(make: Make, as_: As, role: str | None) -> None:
    name = role or "stranger"
    fiona, other = (
        await make.person(f"fiona_{name}", Role.FARMER),
        await make.person(f"other_{name}", Role.FARMER),
    )
    farm = await make.farm(f"F{name}", owner=fiona)
    if role:
        await make.member(farm, other, role)
    with pytest.raises((Denied, Missing)):
        await invite(as_, other, farm_id=farm, place="reader")
    with pytest.raises(Denied):
        await invite(as_, await make.person(f"stud_{name}", Role.STUDENT), farm_id=farm,
                     place="reader")  # fmt: skip


async def test_leads_invite_to_their_projects_and_classes(
    make: Make, as_: As, engine: AsyncEngine
) -> None:
    ines = await make.person("ines", Role.INSTRUCTOR)
    sam = await make.person("sam7", Role.STUDENT)
    new = ProjectCreate(
        kind=ProjectKind.CLASS, code="BREED-1", name="Breeding", purpose="Learning to breed sheep."
    )
    async with as_(ines) as tx:
        group = await sharing.create_project(tx, new)
    made = await invite(as_, ines, project_id=group.id, part="student", uses=30)
    await invitations.accept(engine, code_of(made), sam)
    joined = await invitations.join(engine, code_of(made), account("sue7"))
    assert joined.roles == {Role.STUDENT}
    async with as_(ines) as tx:
        members = await sharing.project_members(tx, group.id)
    assert {one.person_id: one.role for one in members} == {
        ines.person_id: ProjectRole.LEAD,
        sam.person_id: ProjectRole.STUDENT,
        joined.id: ProjectRole.STUDENT,
    }
    with pytest.raises((Denied, Missing)):
        other = await make.person("irma", Role.INSTRUCTOR)
        await invite(as_, other, project_id=group.id, part="student")


async def test_only_administrators_invite_to_the_hub_and_give_roles(
    make: Make, as_: As, engine: AsyncEngine
) -> None:
    ada = await make.person("ada8", Role.ADMIN)
    made = await invite(as_, ada, roles=["steward"])
    joined = await invitations.join(engine, code_of(made), account("stella8"))
    assert joined.roles == {Role.STEWARD}
    for role in set(Role) - {Role.ADMIN}:
        person = await make.person(f"no_{role}", role)
        with pytest.raises(Denied):
            await invite(as_, person, roles=["student"])


@pytest.mark.parametrize("left", [{Role.STUDENT}, {Role.STEWARD}, set()])
async def test_who_is_no_administrator_any_more_makes_no_stewards_with_an_old_invitation(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine, left: set[Role]
) -> None:
    """C6: a new account gets what its host may give now, not when the link was made."""
    name = "-".join(left) or "nothing"
    ada = await make.person(f"ada-{name}", Role.ADMIN)
    made = await invite(as_, ada, roles=["steward"])
    async with owner_engine.begin() as connection:
        lower = text("UPDATE app.person SET roles = :roles WHERE id = :id")
        await connection.execute(lower, {"roles": sorted(left), "id": ada.person_id})
    with pytest.raises(Gone):
        await invitations.join(engine, code_of(made), account(f"new-{name}"))
    assert await accounts.sign_in_locally(engine, f"new-{name}", PASSWORD) is None


async def test_a_known_local_person_gets_the_roles_on_top(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    ada = await make.person("ada9", Role.ADMIN)
    new = LocalAccountCreate(
        username="rita9", roles=frozenset({Role.FARMER}), password=SecretStr(PASSWORD)
    )
    rita_id = (await accounts.bootstrap(owner_engine, [new]))["rita9"]
    rita = await accounts.actor_of(engine, rita_id)
    made = await invite(as_, ada, roles=["researcher"])
    await invitations.accept(engine, code_of(made), rita)
    assert (await accounts.actor_of(engine, rita_id)).roles == {Role.FARMER, Role.RESEARCHER}


async def test_an_invitation_can_be_listed_and_taken_back(
    make: Make, as_: As, engine: AsyncEngine
) -> None:
    fiona, marc = (
        await make.person("fiona10", Role.FARMER),
        await make.person("marc10", Role.FARMER),
    )
    farm = await make.farm("HILL10", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker", note="Nora")
    async with as_(fiona) as tx:
        listed = await invitations.search(tx, InvitationsQuery(farm_id=farm))
    assert [one.note for one in listed.items] == ["Nora"]
    assert code_of(made) not in listed.items[0].model_dump_json()
    async with as_(marc) as tx:
        assert (await invitations.search(tx, InvitationsQuery())).items == []
        with pytest.raises(Missing):
            await invitations.revoke(tx, made.id)
    async with as_(fiona) as tx:
        await invitations.revoke(tx, made.id)
        await invitations.revoke(tx, made.id)
    with pytest.raises(Gone):
        await invitations.accept(engine, code_of(made), marc)
    async with as_(fiona) as tx:
        assert (await invitations.search(tx, InvitationsQuery())).items == []
        assert len((await invitations.search(tx, InvitationsQuery(open=False))).items) == 1


async def test_wrong_late_and_odd_codes_open_nothing(
    make: Make, as_: As, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    fiona, nora = (
        await make.person("fiona11", Role.FARMER),
        await make.person("nora11", Role.FARMER),
    )
    farm = await make.farm("HILL11", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker")
    good = code_of(made)
    for code in ("", "\x00", good[:-1], good + "x", "x" * 10_000, "' OR 1=1 --", "\ud800"):
        with pytest.raises(Gone):
            await invitations.accept(engine, code, nora)
    async with owner_engine.begin() as connection:
        late = text("UPDATE app.invitation SET expires_at = now() - interval '1 second'")
        await connection.execute(late)
    with pytest.raises(Gone):
        await invitations.accept(engine, good, nora)


async def test_a_mailed_invitation_says_who_invites_to_what(
    make: Make, as_: As, engine: AsyncEngine, tmp_path: Path
) -> None:
    fiona = await make.person("fiona12", Role.FARMER)
    farm = await make.farm("HILL12", owner=fiona)
    made = await invite(as_, fiona, farm_id=farm, place="worker", email="nora@farm.example")
    letters = await Letters(engine, SEALER, Settings(home=tmp_path)).new()
    [letter] = [one for one in letters if one.to == "nora@farm.example"]
    assert letter.subject == "Fiona12 invites you to AgriGen"
    assert letter.code == code_of(made)
    with pytest.raises(Invalid):
        await invite(as_, fiona, farm_id=farm, place="worker", email="no address")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"farm_id": "0198c2a4-7c1e-7f2a-9d3b-0123456789ab"},
        {"place": "worker"},
        {"farm_id": "0198c2a4-7c1e-7f2a-9d3b-0123456789ab", "part": "lead", "roles": ["admin"]},
        {"roles": ["admin"], "uses": 0},
        {"roles": ["admin"], "days": 91},
        {"roles": ["farmer"], "email": "a@b.org", "uses": 2},
    ],
)
def test_an_invitation_to_nothing_or_to_two_things_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InvitationCreate(**values)


def test_places_are_those_of_farms() -> None:
    new = InvitationCreate(farm_id="0198c2a4-7c1e-7f2a-9d3b-0123456789ab", place="owner")
    assert new.place is MemberRole.OWNER
