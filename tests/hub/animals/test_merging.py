"""Two entries of one animal are made one and two again, and nothing is lost in between."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hub import animals, events, records
from hub.actor import Actor
from hub.animals.models import Animal
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.events import EventCorrect, EventCreate
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.records import RecordCreate, RecordQuery
from hub.storage.base import new_id
from tests.database import As, Make

SHARED = HealthCheck.function_scoped_fixture
BORN = date(2018, 3, 1)
NOT_DATA = {"animal_merge", "animal_merge_move", "audit_event", "audit_link", "audit_pending",
            "audit_chain", "audit_subject_key", "event_revision", "change", "farm_counter",
            "change_pending"}  # fmt: skip
BOOKKEEPING = ("updated_at", "revision", "person_id")


class Scene:
    fiona: Actor
    marc: Actor
    sam: Actor
    hill: UUID
    dale: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    """Fiona owns HILL and DALE, Marc neither; anybody sees the shared DALE."""
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.sam = await make.person("sam", Role.STUDENT)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    scene.dale = await make.farm("DALE", owner=scene.fiona, shared=True)
    return scene


@pytest.fixture(scope="module")
def owner(urls: Urls) -> Iterator[psycopg.Connection]:
    """The owner's connection, with a table that nobody had thought of when merging was written."""
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE app.invented (id uuid PRIMARY KEY, farm_id uuid, "
            "animal_id uuid NOT NULL REFERENCES app.animal, word text, UNIQUE (animal_id, word))"
        )
        yield connection


def rows(owner: psycopg.Connection) -> dict[str, list[str]]:
    """Every row of every table of data, without what is counted up by each change."""
    tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'app'").fetchall()
    found = {}
    for (table,) in tables:
        if table in NOT_DATA:
            continue
        stored = owner.execute(f"SELECT to_jsonb(t) FROM app.{table} t").fetchall()
        plain = [{k: v for k, v in row.items() if k not in BOOKKEEPING} for (row,) in stored]
        found[table] = sorted(json.dumps(row, sort_keys=True) for row in plain)
    return found


# --- the law

FACTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "Daisy", "Dolly"]),
        "sex": st.sampled_from(["F", "U"]),
        "birth_date": st.sampled_from([None, BORN, BORN + timedelta(days=2)]),
        "breed_fractions": st.sampled_from([{}, {"Texel": 0.5, "Swaledale": 0.5}]),
        "defects": st.lists(st.sampled_from(["wry face", "black spot"]), unique=True),
        "custom": st.dictionaries(st.sampled_from(["temper", "shed"]), st.integers(0, 3)),
        "note": st.sampled_from(["", "Limps", "Quiet"]),
        "sired": st.booleans(),
    }
)
SET_ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=6, unique=True)
DAMS = ["dam_id", "recipient_dam_id", "foster_dam_id"]
WORLD = st.fixed_dictionaries(
    {
        "facts": st.tuples(FACTS, FACTS),
        "young": st.lists(st.tuples(st.booleans(), st.sampled_from(DAMS)), max_size=4),
        "records": SET_ROWS, "words": SET_ROWS, "groups": SET_ROWS, "samples": SET_ROWS,
        "events": SET_ROWS,
    }
)  # fmt: skip


async def build(make: Make, owner: psycopg.Connection, scene: Scene, world: dict) -> list[UUID]:
    """Two entries, with young, records, samples and groups as drawn; some clash when merged."""
    mark = new_id().hex[-8:]
    sire = await make.animal(scene.dale, f"R{mark}", sex="M", birth_date=date(2010, 1, 1))
    two = []
    for number, facts in enumerate(world["facts"]):
        sired = {"sire_id": sire} if facts["sired"] else {}
        values = {name: value for name, value in facts.items() if name != "sired"}
        two.append(await make.animal(scene.hill, f"{mark}{number}", **values, **sired))
    for number, (which, role) in enumerate(world["young"]):
        farm = (scene.hill, scene.dale)[number % 2]
        young = {role: two[which], "birth_date": date(2021, 3, 1)}
        await make.animal(farm, f"Y{mark}{number}", **young)
    for which, day in world["records"]:
        on = date(2020, 1, 1 + day)
        await make.record(scene.hill, two[which], "birth_weight", 4 + day + which, on)
    for which, word in world["words"]:
        owner.execute("INSERT INTO app.invented VALUES (%s, %s, %s, %s)",
                      (new_id(), scene.hill, two[which], str(word)))  # fmt: skip
    groups = [new_id() for _ in range(3)]
    for group in groups:
        owner.execute("INSERT INTO app.animal_group VALUES (%s, %s, %s, '', '', false)",
                      (group, scene.hill, str(group)))  # fmt: skip
    for which, number in world["groups"]:
        owner.execute("INSERT INTO app.group_member (id, farm_id, group_id, animal_id, from_on) "
                      "VALUES (%s, %s, %s, %s, '2020-01-01')",
                      (new_id(), scene.hill, groups[number], two[which]))  # fmt: skip
    _samples(owner, scene, two, world["samples"])
    _events(owner, scene, two, sire, world["events"])
    return two


def _samples(
    owner: psycopg.Connection, scene: Scene, two: list[UUID], drawn: list[tuple[bool, int]]
) -> None:
    sets = [new_id() for _ in range(3)]
    for one in sets:
        owner.execute(
            "INSERT INTO app.genotype_set (id, person_id, farm_id, farm_ids, name, species, "
            "version, file_ids, format, coding, settings, state, error, counts, summary, objects, "
            "content_hash, provenance) VALUES (%s, %s, %s, %s, 's', 'sheep', 1, '{}', '', '', "
            "'{}', 'done', '', '{}', '{}', '{}', '', '{}')",
            (one, scene.fiona.person_id, scene.hill, [scene.hill]),
        )
    for which, number in drawn:
        owner.execute(
            "INSERT INTO app.sample (set_id, place, farm_id, name, animal_id, unlinked, state,"
            " reasons, sex_recorded, sex_found) VALUES (%s, %s, %s, %s, %s, '', 'kept', '{}', 'U',"
            " 'U')", (sets[number], int(which), scene.hill, f"s{int(which)}", two[which]),
        )  # fmt: skip


def _events(
    owner: psycopg.Connection, scene: Scene, two: list[UUID], ram: UUID, drawn: list
) -> None:
    """Remarks on the two, and matings of another animal that name one of them or both."""
    for which, kind in drawn:
        sires = [str(one) for one in (two if kind == 1 else [two[which]])]
        details = {"kind": "mating", "sire_ids": sires} if kind else {"kind": "remark"}
        subject, farm = (ram, scene.dale) if kind else (two[which], scene.hill)
        owner.execute(
            "INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, remark, "
            "revision, voided, reason, person_id, device) VALUES (%s, %s, %s, %s, '2020-01-01', %s,"
            " 'r', 1, false, '', %s, '')",
            (new_id(), farm, subject, details["kind"], json.dumps(details), scene.fiona.person_id),
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=WORLD)
async def test_merging_and_undoing_leaves_every_row_as_it_was(
    scene: Scene, make: Make, as_: As, owner: psycopg.Connection, world: dict
) -> None:
    keep, other = await build(make, owner, scene, world)
    before = rows(owner)
    async with as_(scene.fiona) as tx:
        merged = await animals.merge(tx, keep, other)
    during = rows(owner)
    assert not any(str(other) in row for row in during["animal"])
    aside = sum(count for name, count in merged.moved.items() if name.endswith("put aside"))
    for table in ("event", "record", "invented", "group_member", "sample", "animal_identifier"):
        assert not any(str(other) in row for row in during[table])
    assert sum(map(len, during.values())) == sum(map(len, before.values())) - 1 - aside
    async with as_(scene.fiona) as tx:
        assert (await animals.unmerge(tx, merged.id)).undone_at
    assert rows(owner) == before


async def test_columns_that_name_an_animal_without_a_reference_are_known(
    owner: psycopg.Connection,
) -> None:
    """What is no foreign key is not moved by a merge: it must be meant so."""
    found = owner.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c "
        "WHERE c.table_schema = 'app' AND c.udt_name = 'uuid' "
        "AND c.column_name ~ '(animal|sire|dam|donor)_id$' EXCEPT "
        "SELECT table_name, column_name FROM app.animal_references()"
    ).fetchall()
    assert {table for table, _ in found} <= {"event_revision"}  # what was said stays as it was said


# --- what is seen of it


async def test_the_other_id_finds_the_animal_and_writes_to_it_are_refused_by_name(
    scene: Scene, make: Make, as_: As
) -> None:
    keep = await make.animal(scene.hill, "M1", sex="F", birth_date=BORN)
    other = await make.animal(scene.hill, "M2", note="Left ear torn")
    async with as_(scene.fiona) as tx:
        merged = await animals.merge(tx, keep, other)
    assert (merged.other_tag, merged.filled) == ("M2", ("note",))
    async with as_(scene.fiona) as tx:
        shown = await animals.get(tx, other)
        assert (shown.id, shown.tag, shown.note) == (keep, "M1", "Left ear torn")
        assert {one.value for one in shown.identifiers} == {"M1", "M2"}
        with pytest.raises(Conflict, match="merged into M1") as refusal:
            await animals.update(tx, other, animals.AnimalUpdate(name="X"))
        assert refusal.value.attributes["merged_into"] == str(keep)
        assert next(one.id for one in await animals.merges(tx, scene.hill)) == merged.id


async def test_what_was_written_after_a_merge_stays_when_it_is_undone(
    scene: Scene, make: Make, as_: As
) -> None:
    keep = await make.animal(scene.hill, "W1")
    other = await make.animal(scene.hill, "W2", name="Wanda", breed="Texel")
    async with as_(scene.fiona) as tx:
        merged = await animals.merge(tx, keep, other)
        await animals.update(tx, keep, animals.AnimalUpdate(name="Wilma"))
    async with as_(scene.fiona) as tx:
        await animals.unmerge(tx, merged.id)
        one, two = await animals.get(tx, keep), await animals.get(tx, other)
        assert (one.name, one.breed, two.name, two.breed) == ("Wilma", "", "Wanda", "Texel")
        with pytest.raises(Conflict, match="undone already"):
            await animals.unmerge(tx, merged.id)


async def test_merges_are_undone_from_the_last_to_the_first(
    scene: Scene, make: Make, as_: As
) -> None:
    a, b, c = [await make.animal(scene.hill, f"C{n}") for n in range(3)]
    ids = []
    for keep, other in ((b, a), (c, b)):
        async with as_(scene.fiona) as tx:
            ids.append((await animals.merge(tx, keep, other)).id)
    async with as_(scene.fiona) as tx:
        assert (await animals.get(tx, a)).id == c
    with pytest.raises(Conflict, match="Undo that merge first"):
        async with as_(scene.fiona) as tx:
            await animals.unmerge(tx, ids[0])
    for merge in reversed(ids):
        async with as_(scene.fiona) as tx:
            await animals.unmerge(tx, merge)
    async with as_(scene.fiona) as tx:
        assert [(await animals.get(tx, one)).tag for one in (a, b, c)] == ["C0", "C1", "C2"]


async def test_a_tag_that_was_given_away_meanwhile_stops_undoing(
    scene: Scene, make: Make, as_: As
) -> None:
    keep, other = [await make.animal(scene.hill, tag) for tag in ("T1", "T2")]
    async with as_(scene.fiona) as tx:
        merged = await animals.merge(tx, keep, other)
    await make._insert(Animal, id=new_id(), farm_id=scene.hill, tag="T2",
                       species="sheep")  # fmt: skip
    async with as_(scene.fiona) as tx:
        with pytest.raises(Conflict, match="T2 is that of another"):
            await animals.unmerge(tx, merged.id)


# --- refused before anything is moved


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        ({"sex": "F"}, {"sex": "M"}, "different sexes"),
        ({}, {"species": "goat"}, "of species"),
        ({"birth_date": date(2021, 3, 1)}, {"young": date(2021, 3, 8)}, "younger than"),
        ({"sire_of": 1}, {"dam_of": 1}, "male and female"),
        ({}, {"child": True}, "ancestor or a dam"),
        ({}, {"foster": True}, "ancestor or a dam"),
        ({}, {"farm": "dale"}, "different farms"),
    ],
)
async def test_what_cannot_be_one_animal_is_refused_with_the_reason(
    scene: Scene, make: Make, as_: As, one: dict, two: dict, why: str
) -> None:
    mark = new_id().hex[-8:]

    async def put(tag: str, facts: dict, kin: UUID | None) -> UUID:
        plain = {k: v for k, v in facts.items() if k in ("sex", "species", "birth_date")}
        named = {"child": "dam_id", "foster": "foster_dam_id"}
        plain |= {column: kin for word, column in named.items() if word in facts}
        farm = getattr(scene, facts.get("farm", "hill"))
        animal = await make.animal(farm, f"{tag}{mark}", **plain)
        for word, role in (("sire_of", "sire_id"), ("dam_of", "dam_id"), ("young", "dam_id")):
            if word in facts:
                born = facts[word] if word == "young" else None
                young = {role: animal, "birth_date": born}
                await make.animal(scene.hill, f"{tag}{mark}{word}", **young)
        return animal

    first = await put("A", one, None)
    second = await put("B", two, first)
    for keep, other in ((first, second), (second, first)):
        with pytest.raises(Invalid, match=why) as refusal:
            async with as_(scene.fiona) as tx:
                await animals.merge(tx, keep, other)
        assert all(error.remedy for error in refusal.value.errors)
        if why == "younger than":
            break  # the birth date of the one that stays is believed


async def test_one_entry_is_not_merged_with_itself(scene: Scene, make: Make, as_: As) -> None:
    one = await make.animal(scene.hill, "S1")
    with pytest.raises(Invalid, match="one entry, not two"):
        async with as_(scene.fiona) as tx:
            await animals.merge(tx, one, one)


@pytest.mark.parametrize(("who", "kind"), [("marc", Denied), ("sam", HubError)])
async def test_who_does_not_work_on_the_farm_merges_nothing(
    scene: Scene, make: Make, as_: As, who: str, kind: type[HubError]
) -> None:
    mark = new_id().hex[-8:]
    one, two = [await make.animal(scene.dale, f"{n}{mark}") for n in range(2)]
    async with as_(scene.fiona) as tx:
        merged = await animals.merge(tx, *[await make.animal(scene.dale, f"{n}x{mark}")
                                           for n in range(2)])  # fmt: skip
    for act in (lambda tx: animals.merge(tx, one, two), lambda tx: animals.unmerge(tx, merged.id)):
        with pytest.raises(kind):
            async with as_(getattr(scene, who)) as tx:
                await act(tx)
    # Past the services, PostgreSQL says no as well.
    for call in (f"app.merge_animals('{new_id()}', '{one}', '{two}', '{{}}')",
                 f"app.unmerge_animals('{merged.id}')"):  # fmt: skip
        with pytest.raises(Exception, match=r"of one's own"):
            async with as_(getattr(scene, who)) as tx:
                await tx.session.execute(text(f"SELECT {call}"))
    with pytest.raises(Exception, match="permission denied"):
        async with as_(scene.fiona) as tx:
            await tx.session.execute(text("SELECT * FROM app.animal_merge_move"))


async def test_of_two_merges_at_once_one_is_told_what_the_other_did(
    scene: Scene, make: Make, as_: As
) -> None:
    one, two = [await make.animal(scene.hill, f"P{n}") for n in range(2)]

    async def attempt(keep: UUID, other: UUID) -> object:
        try:
            async with as_(scene.fiona) as tx:
                return await animals.merge(tx, keep, other)
        except (Conflict, Missing) as refusal:
            return refusal.code

    outcomes = await asyncio.gather(attempt(one, two), attempt(two, one), attempt(one, two))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["MergeRead", "str", "str"]
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {"animals.merged"}


async def test_everything_read_by_the_other_id_is_the_animals(
    scene: Scene, make: Make, as_: As
) -> None:
    keep = await make.animal(scene.hill, "R1", sex="F", birth_date=BORN)
    other = await make.animal(scene.hill, "R2")
    await make.animal(scene.hill, "R3", dam_id=other, birth_date=BORN + timedelta(days=900))
    await make.record(scene.hill, other, "birth_weight", 4, BORN)
    async with as_(scene.fiona) as tx:
        await animals.merge(tx, keep, other)
    async with as_(scene.fiona) as tx:
        for id_ in (keep, other):
            assert (await animals.pedigree(tx, id_))[0].id == keep
            assert await animals.count_offspring(tx, id_) == 1
            assert len((await records.of_animal(tx, id_, RecordQuery())).items) == 1
        with pytest.raises(Conflict, match="merged into R1"):
            await records.add(tx, other, RecordCreate(trait="birth_weight", value=4))


async def test_merging_and_correcting_a_birth_at_once_do_not_wait_for_each_other(
    scene: Scene, make: Make, as_: As
) -> None:
    dam, other = [await make.animal(scene.hill, tag, sex="F") for tag in ("BUSY1", "BUSY2")]
    ram = await make.animal(scene.hill, "BUSY3", sex="M")
    birth = {"kind": "parturition", "offspring": [{"tag": "BUSY4"}]}
    new = EventCreate(animal_id=dam, occurred_on=date(2024, 3, 1), details=birth)
    async with as_(scene.fiona) as tx:
        told = await events.record(tx, new)
    changed = told.details.model_copy(update={"sire_ids": (ram,)})
    begun = asyncio.Event()

    async def correct() -> None:
        async with as_(scene.fiona) as tx:
            locked = text("SELECT FROM app.animal WHERE id = :id FOR NO KEY UPDATE")
            await tx.session.execute(locked, {"id": dam})
            begun.set()
            await asyncio.sleep(0.3)
            await events.correct(tx, told.id, EventCorrect(reason="Ram", details=changed))

    async def merge() -> None:
        await begun.wait()
        async with as_(scene.fiona) as tx:
            await animals.merge(tx, dam, other)

    await asyncio.gather(correct(), merge())
    [born] = told.details.offspring
    async with as_(scene.fiona) as tx:
        lamb = await animals.get(tx, born.animal_id)
    assert (lamb.dam_id, lamb.sire_id) == (dam, ram)
