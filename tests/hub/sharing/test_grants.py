"""Farms share kinds of data with people and projects; what ends, ends at the next statement."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import animals, audit, exports, farms, sharing
from hub.actor import Actor
from hub.animals import AnimalQuery
from hub.animals.models import Animal
from hub.audit import AuditQuery
from hub.datasets.models import DatasetVersion
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.exports import ExportCreate
from hub.farms import MemberAdd, MemberRole
from hub.permissions import Role
from hub.records.models import Record
from hub.sharing import (
    DataKind,
    GrantCreate,
    GrantUpdate,
    ProjectCreate,
    ProjectKind,
    ProjectMemberAdd,
    ProjectRole,
)
from hub.storage.base import new_id
from tests.database import As, Make

SOON = datetime.now(UTC) + timedelta(days=30)
WHY = "Breeding values for lamb weights"

Scene = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    """Fiona owns HILL with 30 animals and 30 records; Marc owns LIND; the rest own nothing."""
    people = {
        name: await make.person(name, role)
        for name, role in {
            "fiona": Role.FARMER, "marc": Role.FARMER, "wendy": Role.FARMER,
            "rita": Role.RESEARCHER, "rob": Role.RESEARCHER, "sam": Role.STUDENT,
            "ines": Role.INSTRUCTOR, "stella": Role.STEWARD, "ada": Role.ADMIN,
        }.items()
    }  # fmt: skip
    hill = await make.farm("HILL", owner=people["fiona"], worker=people["wendy"])
    lind = await make.farm("LIND", owner=people["marc"])
    for number in range(30):
        animal = await make.animal(hill, f"H{number:02}")
        await make.record(hill, animal, "birth_weight", 4)
    await make.animal(lind, "L01")
    return {**people, "HILL": hill, "LIND": lind}


async def give(as_: As, scene: Scene, *kinds: DataKind, **more: Any) -> sharing.GrantRead:
    whom = {} if "project" in more else {"username": "rita"}
    new = GrantCreate(kinds=kinds, purpose=WHY, **{"valid_until": SOON, **whom, **more})
    async with as_(scene["fiona"]) as tx:
        return await sharing.give(tx, scene["HILL"], new)


async def end(as_: As, scene: Scene, grant: sharing.GrantRead) -> None:
    async with as_(scene["fiona"]) as tx:
        await sharing.revoke(tx, scene["HILL"], grant.id)


async def counts(as_: As, actor: Actor) -> tuple[int, int]:
    """Animals and records that somebody sees."""
    async with as_(actor) as tx:
        found = [len((await tx.session.scalars(select(one.id))).all()) for one in (Animal, Record)]
    return found[0], found[1]


async def project(as_: As, lead: Actor, code: str, kind: ProjectKind = ProjectKind.PROJECT) -> UUID:
    new = ProjectCreate(kind=kind, code=code, name=code.title(), purpose=WHY)
    async with as_(lead) as tx:
        return (await sharing.create_project(tx, new)).id


# --- what a grant gives


async def test_a_grant_gives_the_kinds_it_names_and_no_others(scene: Scene, as_: As) -> None:
    assert await counts(as_, scene["rita"]) == (0, 0)
    grant = await give(as_, scene, DataKind.RECORDS)
    assert await counts(as_, scene["rita"]) == (0, 30)
    second = await give(as_, scene, DataKind.PEDIGREE)
    assert await counts(as_, scene["rita"]) == (30, 30)
    assert await counts(as_, scene["rob"]) == (0, 0)
    async with as_(scene["rita"]) as tx:
        assert [one.code for one in (await farms.search(tx, farms.FarmQuery())).items] == ["HILL"]
    await end(as_, scene, grant)
    assert await counts(as_, scene["rita"]) == (30, 0)
    await end(as_, scene, second)
    assert await counts(as_, scene["rita"]) == (0, 0)


async def test_a_grant_lets_nobody_write(scene: Scene, as_: As) -> None:
    grant = await give(as_, scene, *DataKind)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with as_(scene["rita"]) as tx:
            values = {"id": new_id(), "farm_id": scene["HILL"], "tag": "X", "species": "sheep"}
            await tx.session.execute(insert(Animal).values(**values))
    await end(as_, scene, grant)


async def test_a_grant_begins_and_ends_by_itself(
    scene: Scene, as_: As, owner_engine: AsyncEngine
) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    grant = await give(as_, scene, DataKind.PEDIGREE, valid_from=later)
    assert not grant.active
    assert await counts(as_, scene["rita"]) == (0, 0)
    for begins, ends, seen in ((-2, 1, 30), (-2, -1, 0)):
        await _move(owner_engine, grant.id, begins, ends)
        assert await counts(as_, scene["rita"]) == (seen, 0)
    await end(as_, scene, grant)


async def _move(owner_engine: AsyncEngine, grant_id: UUID, begins: int, ends: int) -> None:
    moved = text(
        "UPDATE app.data_grant SET valid_from = now() + :begins * interval '1 hour', "
        "valid_until = now() + :ends * interval '1 hour' WHERE id = :id"
    )
    async with owner_engine.begin() as connection:
        await connection.execute(moved, {"begins": begins, "ends": ends, "id": grant_id})


# --- revocation (C6)


async def test_a_revocation_holds_between_two_pages_of_a_cursor(scene: Scene, as_: As) -> None:
    """C6."""
    grant = await give(as_, scene, DataKind.PEDIGREE)
    async with as_(scene["rita"]) as tx:
        first = await animals.search(tx, AnimalQuery(limit=10))
    assert len(first.items) == 10
    await end(as_, scene, grant)
    async with as_(scene["rita"]) as tx:
        second = await animals.search(tx, AnimalQuery(limit=10, cursor=first.next_cursor))
    assert list(second.items) == []


async def test_a_revocation_holds_at_the_next_statement_of_a_transaction(
    scene: Scene, as_: As
) -> None:
    """C6: a job that reads for long reads no more."""
    grant = await give(as_, scene, DataKind.PEDIGREE)
    async with as_(scene["rita"]) as tx:
        assert len((await tx.session.scalars(select(Animal.id))).all()) == 30
        await end(as_, scene, grant)
        assert (await tx.session.scalars(select(Animal.id))).all() == []


async def test_a_running_job_cannot_keep_what_was_revoked_meanwhile(scene: Scene, as_: As) -> None:
    """C6: rows are checked when they are written, whatever was read before."""
    grant = await give(as_, scene, DataKind.PEDIGREE, DataKind.RECORDS)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with as_(scene["rita"]) as tx:
            read = (await tx.session.scalars(select(Record.id))).all()
            await end(as_, scene, grant)
            tx.session.add(_version(scene, name=f"{len(read)} records"))
            await tx.session.flush()
    assert len(read) == 30


async def test_an_export_is_not_handed_out_after_a_revocation(scene: Scene, as_: As) -> None:
    grant = await give(as_, scene, DataKind.PEDIGREE)
    async with as_(scene["rita"]) as tx:
        with pytest.raises(Denied, match="records"):
            await exports.create(tx, ExportCreate(farm_ids=(scene["HILL"],), kinds=("records",)))
        made = await exports.create(tx, ExportCreate(farm_ids=(scene["HILL"],), kinds=("animals",)))
        assert made.grant_ids == [grant.id]
    await end(as_, scene, grant)
    with pytest.raises(HubError, match="farm"):
        async with as_(scene["rita"]) as tx:
            await exports.service.require_readable(tx, [scene["HILL"]], ["pedigree"])


# --- what rests on a grant


def _version(scene: Scene, name: str) -> DatasetVersion:
    series = new_id()
    return DatasetVersion(
        id=series, series_id=series, person_id=scene["rita"].person_id, name=name,
        content_hash=name, farm_ids=[scene["HILL"]], objects={}, counts={}, description={},
    )  # fmt: skip


async def test_a_dataset_says_on_which_grants_it_rests(scene: Scene, as_: As) -> None:
    grant = await give(as_, scene, DataKind.PEDIGREE, DataKind.RECORDS)
    async with as_(scene["rita"]) as tx:
        made = _version(scene, name="lambs")
        tx.session.add(made)
        await tx.session.flush()
        assert (made.grant_ids, made.data_kinds) == ([grant.id], ["pedigree", "records"])
    await end(as_, scene, grant)
    async with as_(scene["fiona"]) as tx:
        [told, *_] = await sharing.rests_on(tx, scene["HILL"], grant.id)
    assert (told.noun, told.name, told.by) == ("dataset", "lambs", "Rita")
    async with as_(scene["rita"]) as tx:
        assert await tx.session.get(DatasetVersion, made.id) is None
        rows = await tx.session.execute(text("SELECT * FROM app.rests_on(:id)"), {"id": grant.id})
        assert rows.all() == []


async def test_a_dataset_of_ones_own_farm_rests_on_no_grant(scene: Scene, as_: As) -> None:
    async with as_(scene["fiona"]) as tx:
        made = _version(scene, name="own")
        made.person_id = scene["fiona"].person_id
        tx.session.add(made)
        await tx.session.flush()
        assert made.grant_ids == []


# --- who decides


@pytest.mark.parametrize("person", ["wendy", "marc", "rita"])
async def test_only_owners_and_stewards_share_a_farm(scene: Scene, as_: As, person: str) -> None:
    new = GrantCreate(username="rita", kinds=[DataKind.PEDIGREE], purpose=WHY, valid_until=SOON)
    with pytest.raises((Denied, Missing)):
        async with as_(scene[person]) as tx:
            await sharing.give(tx, scene["HILL"], new)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with as_(scene[person]) as tx:
            await tx.session.execute(
                text(
                    "INSERT INTO app.data_grant (id, farm_id, person_id, kinds, purpose, terms, "
                    "valid_until, agreed_by) VALUES (:id, :farm, :me, '{pedigree}', 'x', 'x', "
                    "now() + interval '1 day', :me)"
                ),
                {"id": new_id(), "farm": scene["HILL"], "me": scene[person].person_id},
            )


async def test_a_steward_shares_in_the_name_of_a_farm_and_its_owner_is_told(
    scene: Scene, as_: As, owner_engine: AsyncEngine
) -> None:
    new = GrantCreate(username="rita", kinds=[DataKind.EVENTS], purpose=WHY, valid_until=SOON)
    async with as_(scene["stella"]) as tx:
        grant = await sharing.give(tx, scene["HILL"], new)
    assert grant.agreed_by.code == "stella"
    letters = text(
        "SELECT person_id FROM app.outbox "
        "WHERE kind = 'data_shared' AND details ->> 'by' = 'stella'"
    )
    async with owner_engine.connect() as connection:
        told = set((await connection.execute(letters)).scalars())
    assert told == {scene["fiona"].person_id, scene["rita"].person_id}
    await end(as_, scene, grant)


async def test_what_was_agreed_does_not_change_and_revoked_stays_revoked(
    scene: Scene, as_: As
) -> None:
    grant = await give(as_, scene, DataKind.PEDIGREE)
    for column in (
        "kinds = '{records}'",
        "purpose = 'x'",
        "agreed_by = agreed_by",
        "farm_id = farm_id",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with as_(scene["fiona"]) as tx:
                await tx.session.execute(text(f"UPDATE app.data_grant SET {column}"))
    await end(as_, scene, grant)
    with pytest.raises(Conflict, match="stays so"):
        async with as_(scene["fiona"]) as tx:
            await sharing.set_end(tx, scene["HILL"], grant.id, GrantUpdate(valid_until=SOON))
    with pytest.raises(DBAPIError, match="stays revoked"):
        async with as_(scene["fiona"]) as tx:
            again = text("UPDATE app.data_grant SET revoked_at = NULL WHERE id = :id")
            await tx.session.execute(again, {"id": grant.id})


async def test_a_grant_ends_within_ten_years_and_not_in_the_past(scene: Scene, as_: As) -> None:
    with pytest.raises(Invalid, match="ten years"):
        await give(as_, scene, DataKind.PEDIGREE, valid_until=datetime(2999, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="beginning"):
        await give(as_, scene, DataKind.PEDIGREE, valid_until=datetime(2020, 1, 1, tzinfo=UTC))


async def test_every_change_of_sharing_stands_in_the_audit_log(scene: Scene, as_: As) -> None:
    grant = await give(as_, scene, DataKind.PEDIGREE)
    async with as_(scene["fiona"]) as tx:
        later = SOON + timedelta(days=1)
        changed = await sharing.set_end(tx, scene["HILL"], grant.id, GrantUpdate(valid_until=later))
    assert changed.valid_until == later
    await end(as_, scene, grant)
    async with as_(scene["ada"]) as tx:
        found = await audit.search(tx, AuditQuery(subject_id=grant.id))
    assert {one.action for one in found.items} == {
        "sharing:grant", "sharing:set_end", "sharing:revoke",
    }  # fmt: skip


async def test_both_sides_read_what_is_shared_and_others_do_not(scene: Scene, as_: As) -> None:
    grant = await give(as_, scene, DataKind.GENOTYPES)
    async with as_(scene["rita"]) as tx:
        [read] = [one for one in (await sharing.mine(tx)).with_me if one.id == grant.id]
    assert (read.farm, read.agreed_by.code, read.active) == ("HILL", "fiona", True)
    async with as_(scene["fiona"]) as tx:
        told = await sharing.mine(tx)
    assert grant.id in {one.id for one in told.mine}
    assert {one.kind for one in told.kinds} == set(DataKind)
    for person in ("rob", "marc", "wendy", "sam"):
        async with as_(scene[person]) as tx:
            rows = await tx.session.execute(text("SELECT id FROM app.data_grant"))
            assert rows.all() == [], person
    await end(as_, scene, grant)


# --- projects and classes


async def test_members_of_a_project_see_what_it_was_granted_while_they_belong_to_it(
    scene: Scene, as_: As
) -> None:
    lambs = await project(as_, scene["rita"], "LAMBS")
    grant = await give(as_, scene, DataKind.PEDIGREE, project="LAMBS")
    assert (await counts(as_, scene["rita"]), grant.people) == ((30, 0), ["Rita"])
    assert await counts(as_, scene["rob"]) == (0, 0)
    async with as_(scene["rita"]) as tx:
        new = ProjectMemberAdd(username="rob", role=ProjectRole.MEMBER, valid_until=SOON)
        await sharing.add_project_member(tx, lambs, new)
    assert await counts(as_, scene["rob"]) == (30, 0)
    async with as_(scene["fiona"]) as tx:
        [told] = [one for one in await sharing.of_farm(tx, scene["HILL"]) if one.id == grant.id]
    assert told.people == ["Rita", "Rob"]
    async with as_(scene["rita"]) as tx:
        await sharing.remove_project_member(tx, lambs, scene["rob"].person_id)
    assert await counts(as_, scene["rob"]) == (0, 0)
    await end(as_, scene, grant)


async def test_a_class_gets_no_farm_data_and_students_see_none(
    scene: Scene, as_: As, owner_engine: AsyncEngine
) -> None:
    course = await project(as_, scene["ines"], "BREED101", ProjectKind.CLASS)
    async with as_(scene["ines"]) as tx:
        new = ProjectMemberAdd(username="sam", role=ProjectRole.STUDENT)
        await sharing.add_project_member(tx, course, new)
    with pytest.raises(Missing, match="no project with the code"):
        await give(as_, scene, DataKind.PEDIGREE, project="BREED101")
    made = text(
        "INSERT INTO app.data_grant (id, farm_id, project_id, kinds, purpose, terms, valid_until, "
        "agreed_by) VALUES (:id, :farm, :project, '{pedigree}', 'x', 'x', "
        "now() + interval '1 day', :me)"
    )
    values = {"id": new_id(), "farm": scene["HILL"], "project": course,
              "me": scene["fiona"].person_id}  # fmt: skip
    with pytest.raises(DBAPIError, match="not with classes"):
        async with owner_engine.begin() as connection:
            await connection.execute(made, values)
    for person in ("sam", "ines"):
        assert await counts(as_, scene[person]) == (0, 0)


async def test_a_project_has_no_students_and_keeps_a_lead(scene: Scene, as_: As) -> None:
    ewes = await project(as_, scene["rob"], "EWES")
    async with as_(scene["rob"]) as tx:
        with pytest.raises(Invalid, match="classes"):
            new = ProjectMemberAdd(username="sam", role=ProjectRole.STUDENT)
            await sharing.add_project_member(tx, ewes, new)
        with pytest.raises(Conflict, match="no lead"):
            await sharing.remove_project_member(tx, ewes, scene["rob"].person_id)
    with pytest.raises(Missing):
        async with as_(scene["rita"]) as tx:
            await sharing.get_project(tx, ewes)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with as_(scene["rita"]) as tx:
            await tx.session.execute(
                text(
                    "INSERT INTO app.project_member (project_id, person_id, role) "
                    "VALUES (:project, :me, 'lead')"
                ),
                {"project": ewes, "me": scene["rita"].person_id},
            )


@pytest.mark.parametrize("person", ["fiona", "sam"])
async def test_who_may_make_no_project_makes_none(scene: Scene, as_: As, person: str) -> None:
    with pytest.raises(Denied):
        await project(as_, scene[person], f"NO-{person}")


# --- places on farms


async def test_an_owner_gives_and_takes_places_and_a_place_ends_by_itself(
    scene: Scene, as_: As, make: Make, owner_engine: AsyncEngine
) -> None:
    vet = await make.person("vet", Role.ADVISER)
    async with as_(scene["fiona"]) as tx:
        new = MemberAdd(username="vet", role=MemberRole.ADVISER, valid_until=SOON)
        place = await farms.add_member(tx, scene["HILL"], new)
        assert (place.name, place.valid_until) == ("Vet", SOON)
        names = {one.username for one in await farms.members(tx, scene["HILL"])}
    assert names == {"fiona", "wendy", "vet"}
    assert await counts(as_, vet) == (30, 30)
    over = text(
        "UPDATE app.farm_member SET valid_from = now() - interval '2 days', "
        "valid_until = now() - interval '1 day' WHERE person_id = :id"
    )
    async with owner_engine.begin() as connection:
        await connection.execute(over, {"id": vet.person_id})
    assert await counts(as_, vet) == (0, 0)
    async with as_(vet) as tx:
        assert await farms.mine(tx) == []
    async with as_(scene["fiona"]) as tx:
        await farms.remove_member(tx, scene["HILL"], vet.person_id)


async def test_a_worker_gives_no_places_and_a_farm_keeps_an_owner(scene: Scene, as_: As) -> None:
    async with as_(scene["wendy"]) as tx:
        with pytest.raises(Denied, match="owner"):
            new = MemberAdd(username="marc", role=MemberRole.OWNER)
            await farms.add_member(tx, scene["HILL"], new)
    async with as_(scene["fiona"]) as tx:
        with pytest.raises(Conflict, match="no owner"):
            await farms.remove_member(tx, scene["HILL"], scene["fiona"].person_id)
        with pytest.raises(Conflict, match="no owner"):
            new = MemberAdd(username="fiona", role=MemberRole.READER)
            await farms.add_member(tx, scene["HILL"], new)


async def test_an_owner_whose_place_ended_decides_nothing(
    scene: Scene, as_: As, make: Make, owner_engine: AsyncEngine
) -> None:
    old = await make.person("old_owner", Role.FARMER)
    await make.member(scene["LIND"], old, "owner")
    over = text(
        "UPDATE app.farm_member SET valid_from = now() - interval '2 days', "
        "valid_until = now() - interval '1 day' WHERE person_id = :id"
    )
    async with owner_engine.begin() as connection:
        await connection.execute(over, {"id": old.person_id})
    new = GrantCreate(username="rita", kinds=[DataKind.PEDIGREE], purpose=WHY, valid_until=SOON)
    with pytest.raises(Missing):
        async with as_(old) as tx:
            await sharing.give(tx, scene["LIND"], new)


async def test_only_who_decides_about_something_learns_whether_somebody_exists(
    scene: Scene, as_: As
) -> None:
    found = text("SELECT count(*) FROM app.find_person(:name)")
    for person, sees in (("fiona", 1), ("wendy", 0), ("sam", 0), ("stella", 1)):
        async with as_(scene[person]) as tx:
            assert await tx.session.scalar(found, {"name": "marc"}) == sees, person
