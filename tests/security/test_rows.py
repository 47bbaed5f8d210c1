"""PostgreSQL itself keeps people to their farms, whatever the code above it forgets."""

import random
import re
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from hub import audit, farms
from hub.accounts.models import Person
from hub.actor import Actor
from hub.animals.models import Animal
from hub.audit.models import AuditEvent
from hub.farms import MemberAdd, MemberRole
from hub.farms.models import Farm, FarmMember
from hub.permissions import Role
from hub.records.models import Record
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.models import IdempotencyKey
from hub.storage.postgres import make_engine
from hub.storage.transaction import begin
from tests.database import As, Make, Urls

FARM_TABLES = [
    "benchmark_value", "place", "animal_group", "group_member", "photo", "custom_field",
    "animal_possible_sire", "animal_merge", "mating_plan", "animal_gene", "event", "event_revision",
    "animal", "animal_identifier", "record", "genotype_set", "sample", "breeding_value", "import",
    "import_row", "import_source", "import_source_file", "import_template", "import_mending",
    "import_row_change", "import_entry",
]  # fmt: skip
NOT_ALLOWED = "permission denied|row-level security"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> dict[str, Actor | UUID]:
    """Fiona works on HILL, Marc on LIND; Ann advises both; RAMS is shared; each has an animal."""
    fiona, marc = await make.person("fiona", Role.FARMER), await make.person("marc", Role.FARMER)
    ann = await make.person("ann", Role.ADVISER)
    people = {
        "fiona": fiona,
        "marc": marc,
        "ann": ann,
        "stella": await make.person("stella", Role.STEWARD),
        "ada": await make.person("ada", Role.ADMIN),
        "sam": await make.person("sam", Role.STUDENT),
    }
    farms = {
        "HILL": await make.farm("HILL", owner=fiona, adviser=ann),
        "LIND": await make.farm("LIND", owner=marc, reader=ann),
        "RAMS": await make.farm("RAMS", shared=True),
    }
    for code, farm_id in farms.items():
        animal = await make.animal(farm_id, f"{code}-1")
        await make.record(farm_id, animal, "birth_weight", 4)
    return {**people, **farms}


async def tags(session: AsyncSession) -> set[str]:
    return set(await session.scalars(select(Animal.tag)))


# --- how the database is set up


async def test_every_table_enables_and_forces_row_security(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
                "  (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND "
                "     (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY(p.polroles)) "
                "FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN "
                "('r', 'p', 'm', 'f')"
            )
        )
        found = {name: (secured, policies) for name, secured, policies in rows}
    assert len(found) >= 16
    assert {name for name, (secured, _) in found.items() if not secured} == set()
    assert {name for name, (_, policies) in found.items() if not policies} == set()


async def test_every_table_with_a_farm_has_a_policy_for_farms(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT c.relname, string_agg(pg_get_expr(p.polqual, p.polrelid), ' ') "
                "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
                "JOIN pg_policy p ON p.polrelid = c.oid AND p.polname <> 'owner_everything' "
                "WHERE a.attname = 'farm_id' AND c.relkind = 'r' "
                "AND c.relnamespace = 'app'::regnamespace GROUP BY 1"
            )
        )
        found = {row[0]: row[1] for row in rows}
    assert set(FARM_TABLES) <= set(found)
    for table in FARM_TABLES:
        assert re.search(r"my_(writable_)?farms(_for)?\(", found[table]), table


async def test_the_application_role_cannot_step_over_the_policies(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        role = (
            await connection.execute(
                text(
                    "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
                    "(SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned, "
                    "(SELECT count(*) FROM pg_proc WHERE proowner = r.oid) AS functions, "
                    "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid) AS groups "
                    "FROM pg_roles r WHERE rolname = current_user"
                )
            )
        ).one()
        name = (await connection.execute(text("SELECT current_user"))).scalar_one()
    assert name == "agrigen_app"
    assert tuple(role) == (False, False, False, False, False, 0, 0, 0)


async def test_no_view_looks_past_the_policies(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        unsafe = await connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND "
                "(relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions::text, '') "
                "LIKE '%security_invoker=true%'))"
            )
        )
        assert unsafe.all() == []


async def test_only_known_functions_look_past_the_policies(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT proname, proconfig::text, has_function_privilege('public', oid, 'EXECUTE') "
                "FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prosecdef"
            )
        )
        found = {name: (config, public) for name, config, public in rows}
    assert set(found) == {
        "my_roles", "is_steward", "my_farms", "my_writable_farms", "my_evaluations",
        "identify", "local_account", "is_ancestor", "offspring_facts",
        "may_see_benchmark", "refresh_benchmarks", "note_event_revision",
        "merge_animals", "unmerge_animals", "animal_history",
        "note_animal", "note_animal_identifier", "note_animal_possible_sire", "note_event",
        "note_record", "note_animal_group", "note_group_member", "note_place", "note_photo",
        "note_review", "number_farm", "number_changes", "start_new_epoch", "purge_tombstones",
        "due_sources", "settle_operation", "pedigree_above", "calendar_of",
        "remove_file", "next_version", "reads_series", "expire_exports",
        "note_lineage", "lineage_walk", "lineage_files", "lineage_frozen", "lineage_due",
        "lineage_told",
        "my_farms_for", "my_known_farms", "my_projects", "my_led_projects",
        "keep_grant", "lead_project", "grants_behind", "rests_on", "names_of", "people_behind",
        "find_person", "find_project",
        "enter", "standing", "end_credentials", "end_everybody", "note_session",
        "note_session_seen", "session_figures", "tidy_sessions",
        "my_owned_farms", "by_identity", "join_identity", "change_password", "take_reset_requests",
        "make_reset_code", "code_owner", "redeem_password", "redeem_address", "other_admins",
        "invitation_shown", "use_invitation", "join_by_invitation", "take_mail", "settle_mail",
        "tidy_sign_in",
        "passkey_owner", "reset_factors", "purge_challenges",
        "audit_destroy_subject_key", "audit_head", "audit_keep_key", "audit_links", "audit_count",
        "my_acts",
        "audit_seal", "audit_strays", "audit_subject_key", "audit_unsealed", "audit_waiting",
        "note_pending",
        "refresh_statistics", "forget_rates", "forgive_guess", "guess", "take_rate",
        "held_about_me", "is_being_erased", "erasures_due", "erasure_lock", "erasure_begin",
        "erasure_note", "erasure_failed", "erasure_finish", "hub_erasures", "hub_erased",
        "erase_rows", "erase_files", "erase_person", "expire_personal_exports",
        "find_class", "in_class", "class_key", "class_animals",
    }  # fmt: skip
    for config, public in found.values():
        assert '"search_path=app, pg_temp"' in config
        assert not public


async def test_functions_of_the_policies_ask_once_and_not_once_a_farm(engine: AsyncEngine) -> None:
    """With 200 farms the difference was 31 ms against 0.6 ms for one animal by its id."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'app'::regnamespace "
                "AND proname IN ('my_farms', 'my_writable_farms', 'my_evaluations', "
                "'my_farms_for', 'my_known_farms', 'my_owned_farms', 'my_projects', "
                "'my_led_projects')"
            )
        )
        sources = {row.proname: row.prosrc for row in rows}
    assert len(sources) == 8
    for name, source in sources.items():
        asked = re.findall(r"(\(SELECT )?app\.(?:is_steward|me)\(\)", source)
        assert asked, name
        assert all(asked), name


# --- who sees what


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("fiona", {"HILL-1", "RAMS-1"}),
        ("marc", {"LIND-1", "RAMS-1"}),
        ("ann", {"HILL-1", "LIND-1", "RAMS-1"}),
        ("stella", {"HILL-1", "LIND-1", "RAMS-1"}),
        ("ada", {"HILL-1", "LIND-1", "RAMS-1"}),
        ("sam", {"RAMS-1"}),
    ],
)
async def test_people_see_their_own_and_shared_farms(
    scene: dict[str, Actor], as_: As, person: str, expected: set[str]
) -> None:
    codes = {tag.removesuffix("-1") for tag in expected}
    async with as_(scene[person]) as tx:
        assert await tags(tx.session) == expected
        assert set(await tx.session.scalars(select(Farm.code))) == codes
        assert len((await tx.session.scalars(select(Record))).all()) == len(expected)


async def test_without_a_person_nothing_is_seen(scene: object, engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for table in ("animal", "animal_identifier", "record", "farm", "farm_member", "person"):
            count = await connection.execute(text(f"SELECT count(*) FROM app.{table}"))
            assert count.scalar_one() == 0, table


async def test_an_unknown_person_sees_only_what_is_shared(scene: object, as_: As) -> None:
    stranger = Actor(new_id(), "nobody", frozenset(), frozenset())
    async with as_(stranger) as tx:
        assert await tags(tx.session) == {"RAMS-1"}


async def test_a_person_does_not_see_other_people(scene: dict[str, Actor], as_: As) -> None:
    """Owners see who has a place on their farm; nobody else does."""
    async with as_(scene["fiona"]) as tx:
        assert set(await tx.session.scalars(select(Person.username))) == {"fiona"}
        members = set(await tx.session.scalars(select(FarmMember.person_id)))
        assert members == {scene[name].person_id for name in ("fiona", "ann")}
    async with as_(scene["ann"]) as tx:
        members = set(await tx.session.scalars(select(FarmMember.person_id)))
        assert members == {scene["ann"].person_id}


# --- who writes what


@pytest.mark.parametrize(
    ("person", "farm"), [("fiona", "LIND"), ("fiona", "RAMS"), ("ann", "HILL"), ("sam", "RAMS")]
)
async def test_nobody_adds_to_a_farm_where_they_do_not_work(
    scene: dict[str, Actor], as_: As, person: str, farm: str
) -> None:
    animal = {"id": new_id(), "farm_id": scene[farm], "tag": "X", "species": "sheep"}
    with pytest.raises(DBAPIError, match=NOT_ALLOWED):
        async with as_(scene[person]) as tx:
            await tx.session.execute(insert(Animal).values(**animal))


@pytest.mark.parametrize(
    ("person", "farm"), [("fiona", "LIND"), ("fiona", "RAMS"), ("ann", "HILL"), ("sam", "RAMS")]
)
async def test_nobody_changes_or_deletes_there_either(
    scene: dict[str, Actor], as_: As, person: str, farm: str
) -> None:
    there = Animal.farm_id == scene[farm]
    async with as_(scene[person]) as tx:
        for statement in (
            update(Animal).where(there).values(name="x"),
            delete(Animal).where(there),
        ):
            assert (await tx.session.execute(statement)).rowcount == 0


async def test_an_animal_cannot_be_moved_to_a_farm_of_others(
    scene: dict[str, Actor], as_: As
) -> None:
    with pytest.raises(DBAPIError, match=NOT_ALLOWED):
        async with as_(scene["fiona"]) as tx:
            mine = Animal.farm_id == scene["HILL"]
            await tx.session.execute(update(Animal).where(mine).values(farm_id=scene["LIND"]))


async def test_nobody_makes_themselves_member_or_steward(scene: dict[str, Actor], as_: As) -> None:
    fiona = scene["fiona"]
    member = {"person_id": fiona.person_id, "farm_id": scene["LIND"], "role": "owner"}
    with pytest.raises(DBAPIError, match=NOT_ALLOWED):
        async with as_(fiona) as tx:
            await tx.session.execute(insert(FarmMember).values(**member))
    async with as_(fiona) as tx:
        herself = update(Person).where(Person.id == fiona.person_id)
        assert (await tx.session.execute(herself.values(roles=["admin"]))).rowcount == 0


async def test_a_disabled_steward_is_no_steward(make: Make, as_: As, engine: AsyncEngine) -> None:
    old = await make.person("old_steward", Role.STEWARD)
    async with make._engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.person SET disabled_at = now() WHERE id = :id"), {"id": old.person_id}
        )
    async with as_(old) as tx:
        assert await tags(tx.session) <= {"RAMS-1"}


# --- nothing leaks between transactions


async def test_the_person_does_not_leak_to_the_next_transaction_of_a_connection(
    scene: dict[str, Actor], urls: Urls
) -> None:
    engine = make_engine(Settings(database_pool=1), urls.app)
    try:
        for ends_well in (True, False):
            pid, seen = await _one_transaction(engine, scene["fiona"], ends_well=ends_well)
            assert seen == {"HILL-1", "RAMS-1"}
            async with AsyncSession(engine) as session:
                assert await session.scalar(text("SELECT pg_backend_pid()")) == pid
                assert await session.scalar(text("SELECT app.me()")) is None
                assert await tags(session) == set()
    finally:
        await engine.dispose()


async def _one_transaction(
    engine: AsyncEngine, actor: Actor, *, ends_well: bool
) -> tuple[int, set[str]]:
    seen: set[str] = set()
    pid = 0
    try:
        async with begin(engine, actor) as tx:
            pid = await tx.session.scalar(text("SELECT pg_backend_pid()")) or 0
            seen = await tags(tx.session)
            if not ends_well:
                raise KeyError
    except KeyError:
        pass
    return pid, seen


# --- the audit log


async def test_the_audit_log_is_only_added_to(scene: dict[str, Actor], as_: As) -> None:
    async with as_(scene["fiona"]) as tx:
        await audit.write(tx, "tests:try", note="kept")
    for person in ("fiona", "stella", "ada"):
        for statement in (update(AuditEvent).values(action="x"), delete(AuditEvent)):
            with pytest.raises(DBAPIError, match=NOT_ALLOWED):
                async with as_(scene[person]) as tx:
                    await tx.session.execute(statement)


async def test_nobody_writes_to_the_audit_log_in_the_name_of_others(
    scene: dict[str, Actor], as_: As
) -> None:
    event = {"id": new_id(), "person_id": scene["marc"].person_id, "action": "x", "details": {}}
    with pytest.raises(DBAPIError, match=NOT_ALLOWED):
        async with as_(scene["fiona"]) as tx:
            await tx.session.execute(insert(AuditEvent.__table__).values(**event, request_id=""))


async def test_only_administrators_read_the_audit_log(scene: dict[str, Actor], as_: As) -> None:
    async with as_(scene["fiona"]) as tx:
        await audit.write(tx, "tests:read")
    for person, sees in (("fiona", False), ("stella", False), ("ada", True)):
        async with as_(scene[person]) as tx:
            assert bool((await tx.session.scalars(select(AuditEvent))).all()) == sees


async def test_a_person_does_not_see_answers_given_to_others(
    scene: dict[str, Actor], as_: As
) -> None:
    async with as_(scene["fiona"]) as tx:
        me = scene["fiona"].person_id
        tx.session.add(
            IdempotencyKey(person_id=me, key="k", fingerprint="f", status=200, body=b"secret")
        )
    async with as_(scene["marc"]) as tx:
        assert (await tx.session.scalars(select(IdempotencyKey))).all() == []


# --- a random schedule against an oracle


async def test_visibility_follows_a_random_schedule_of_changes(make: Make, as_: As) -> None:
    """Memberships, sharing and animals change at random; a dictionary knows who should see what."""
    rng = random.Random(20260101)
    people = [await make.person(f"random{n}", Role.FARMER) for n in range(4)]
    steward = await make.person("random_steward", Role.STEWARD)
    shared = {await make.farm(f"RANDOM{n}"): False for n in range(6)}
    places: dict[tuple[UUID, UUID], str] = {}
    animals: dict[str, UUID] = {}
    for step in range(150):
        farm, person = rng.choice(list(shared)), rng.choice(people)
        match rng.choice(["join", "leave", "share", "add", "add", "look", "look"]):
            case "join":
                role = rng.choice(["owner", "worker", "adviser", "reader"])
                await _place(as_, steward, farm, person, role)
                places[person.person_id, farm] = role
            case "leave":
                await _leave(as_, steward, farm, person)
                places.pop((person.person_id, farm), None)
            case "share":
                shared[farm] = not shared[farm]
                await _share(as_, steward, farm, shared=shared[farm])
            case "add":
                may = places.get((person.person_id, farm)) in ("owner", "worker")
                assert await _add(as_, person, farm, f"S{step}") == may
                if may:
                    animals[f"S{step}"] = farm
            case "look":
                expected = {
                    tag for tag, home in animals.items()
                    if shared[home] or (person.person_id, home) in places
                }  # fmt: skip
                async with as_(person) as tx:
                    seen = {tag for tag in await tags(tx.session) if tag.startswith("S")}
                assert seen == expected, step
    assert len(animals) > 5


async def _place(as_: As, steward: Actor, farm: UUID, person: Actor, role: str) -> None:
    async with as_(steward) as tx:
        new = MemberAdd(person_id=person.person_id, role=MemberRole(role))
        await farms.add_member(tx, farm, new)


async def _leave(as_: As, steward: Actor, farm: UUID, person: Actor) -> None:
    here = (FarmMember.farm_id == farm) & (FarmMember.person_id == person.person_id)
    async with as_(steward) as tx:
        await tx.session.execute(delete(FarmMember).where(here))


async def _share(as_: As, steward: Actor, farm: UUID, *, shared: bool) -> None:
    async with as_(steward) as tx:
        await tx.session.execute(update(Farm).where(Farm.id == farm).values(shared=shared))


async def _add(as_: As, person: Actor, farm: UUID, tag: str) -> bool:
    try:
        async with as_(person) as tx:
            tx.session.add(Animal(farm_id=farm, tag=tag, species="sheep"))
    except DBAPIError:
        return False
    return True


# --- what never changes hands


@pytest.mark.parametrize("table", ["evaluation", "import"])
@pytest.mark.parametrize("column", ["person_id", "farm"])
async def test_nobody_moves_an_import_or_evaluation_to_another_farm_or_person(
    as_: As, scene: dict[str, Actor | UUID], table: str, column: str
) -> None:
    if column == "farm":
        column = "farm_ids" if table == "evaluation" else "farm_id"
    statement = text(f"UPDATE app.{table} SET {column} = {column}")
    with pytest.raises(DBAPIError, match="permission denied"):
        async with as_(scene["stella"]) as tx:
            await tx.session.execute(statement)
