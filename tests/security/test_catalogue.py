"""What PostgreSQL's catalogue says of tables and functions, so that nothing is forgotten (C5).

Whoever adds a table of farms, a unique key, a foreign key or a function that looks past the row
policies meets one of these tests, and either follows the rule or writes a reason down here.
"""

import re
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.actor import Actor
from hub.permissions import Role
from tests.database import As, Make

FARM_ID_MAY_BE_EMPTY = {
    "audit_event": "many events are about no farm; only administrators read them",
    "sync_operation": "what a phone sent is its sender's; the farm may be none of theirs",
    "import_template": "a template without a farm is its maker's",
    "invitation": "invitations to projects and to the hub name no farm",
}
FARM_ID_NOT_INDEXED = {
    "change_note": "lives for one transaction, found by its number",
    "change_farm": "lives for one transaction, found by its number",
    "sync_operation": "found by its sender",
    "alert_mark": "found by whose it is",
    "calendar_feed": "found by whose it is, or by its secret",
}
UNIQUE_WITHOUT_AN_ID = {
    "farm": "codes are made by stewards alone, who see all farms",
    "person": "user names are made at sign-in; invitations and administrators learn one is taken",
    "project": "a code is given to farmers to share with; that one is taken is no secret",
    "trait": "everybody reads traits; stewards make them",
    "panel": "everybody reads marker maps",
    "benchmark": "made by a function; who may see a cell is asked for each",
    "person_identity": "made at sign-in by a function, after the institution vouched for it",
    **dict.fromkeys(
        ("invitation", "mailed_code", "person_address", "challenge", "calendar_feed", "factor",
         "ended_session", "session_fact", "signing_key"),
        "digests and random names of at least 128 bits, which nobody guesses",
    ),
    **dict.fromkeys(
        ("audit_chain", "audit_link", "change_note", "lineage_event", "rate_bucket", "rate_guess"),
        "numbered or counted by functions; nobody chooses these keys",
    ),
}  # fmt: skip

# What the functions that answer about farms say to somebody who has no part in them. `:farm`,
# `:animal`, `:person`, `:grant`, `:project` are there and belong to others.
TO_A_STRANGER: dict[str, tuple[str, object]] = {
    "my_roles": ("SELECT app.my_roles()", ["farmer"]),
    "is_steward": ("SELECT app.is_steward()", False),
    "my_farms": ("SELECT app.my_farms()", []),
    "my_farms_for": ("SELECT app.my_farms_for('pedigree')", []),
    "my_known_farms": ("SELECT app.my_known_farms()", []),
    "my_writable_farms": ("SELECT app.my_writable_farms()", []),
    "my_owned_farms": ("SELECT app.my_owned_farms()", []),
    "my_projects": ("SELECT app.my_projects()", []),
    "my_led_projects": ("SELECT app.my_led_projects()", []),
    "my_evaluations": ("SELECT app.my_evaluations()", []),
    "grants_behind": ("SELECT app.grants_behind(ARRAY[:farm], '{pedigree}')", []),
    "rests_on": ("SELECT count(*) FROM app.rests_on(:grant)", 0),
    "names_of": ("SELECT count(*) FROM app.names_of(ARRAY[:person])", 0),
    "people_behind": ("SELECT count(*) FROM app.people_behind(ARRAY[:grant])", 0),
    "find_person": ("SELECT count(*) FROM app.find_person('owner')", 0),
    "find_project": ("SELECT count(*) FROM app.find_project('COURSE')", 0),
    "offspring_facts": ("SELECT as_sire + as_dam FROM app.offspring_facts(:animal)", 0),
    "pedigree_above": ("SELECT count(*) FROM app.pedigree_above(ARRAY[:animal])", 0),
    "animal_history": ("SELECT count(*) FROM app.animal_history(:animal)", 0),
    "may_see_benchmark": ("SELECT app.may_see_benchmark(2025, 'sheep', 'x', '', 'x')", False),
    "lineage_files": ("SELECT count(*) FROM app.lineage_files(ARRAY[:file])", 0),
    "reads_series": ("SELECT app.reads_series(:dataset)", False),
    "next_version": ("SELECT app.next_version(:dataset)", None),
    "remove_file": ("SELECT app.remove_file(:file)", False),
    "lineage_frozen": ("SELECT count(*) FROM app.lineage_frozen(:dataset)", 0),
    "due_sources": ("SELECT count(*) FROM app.due_sources(9)", 0),
    "lineage_due": ("SELECT count(*) FROM app.lineage_due(9)", 0),
    "in_class": ("SELECT app.in_class(:course)", False),
    "class_key": ("SELECT app.class_key(:course, 'fresh')", None),
    "class_animals": ("SELECT count(*) FROM app.class_animals(:course)", 0),
    "find_class": ("SELECT count(*) FROM app.find_class('COURSE')", 0),
    "held_about_me": ("SELECT count(*) FROM app.held_about_me('farm', '{}', 'id', '{id}')", 0),
}
REFUSED_TO_A_STRANGER = {
    "merge_animals": "SELECT app.merge_animals(:file, :animal, :animal, '{}')",
    "unmerge_animals": "SELECT app.unmerge_animals(:file)",
}

Scene = dict[str, Actor | UUID]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make, owner_engine: AsyncEngine) -> Scene:
    """A farm with one animal that shares with a project, a class, and somebody of neither."""
    owner = await make.person("owner", Role.FARMER)
    farm = await make.farm("CATALOGUE", owner=owner)
    dam = await make.animal(farm, "1", sex="F")
    await make.animal(farm, "2", dam_id=dam)
    ids = {"farm": farm, "animal": dam, "person": owner.person_id}
    made = {name: UUID(int=number) for number, name in enumerate(
        ("project", "course", "grant", "file", "dataset"), 1)}  # fmt: skip
    async with owner_engine.begin() as connection:
        for statement in _ROWS:
            await connection.execute(text(statement), ids | made)
    return {"stranger": await make.person("stranger", Role.FARMER), **ids, **made}


_ROWS = (
    "INSERT INTO app.project (id, kind, code, name, purpose, made_by) VALUES "
    "(:project, 'project', 'LAMBS', '', '', :person), "
    "(:course, 'class', 'COURSE', '', '', :person)",
    "INSERT INTO app.data_grant (id, farm_id, project_id, kinds, purpose, terms, valid_until, "
    "agreed_by) VALUES (:grant, :farm, :project, '{pedigree}', '', '', now() + interval '1 day', "
    ":person)",
    "INSERT INTO app.dataset_version (id, series_id, person_id, name, content_hash, farm_ids, "
    "objects, counts, description) VALUES (:dataset, :dataset, :person, '', '', ARRAY[:farm], "
    "'{}', '{}', '{}')",
)


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


# --- tables


async def test_the_farm_stands_in_every_row_and_first_in_an_index(engine: AsyncEngine) -> None:
    found = await rows(
        engine,
        "SELECT c.relname, a.attnotnull, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid "
        "AND i.indkey[0] = a.attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r' AND a.attname = 'farm_id'",
    )
    assert len(found) > 30
    assert {name for name, filled, _ in found if not filled} == set(FARM_ID_MAY_BE_EMPTY)
    assert {name for name, _, indexed in found if not indexed} == set(FARM_ID_NOT_INDEXED)


async def test_every_command_that_is_granted_has_a_policy(engine: AsyncEngine) -> None:
    missing = await rows(
        engine,
        "SELECT t.relname, cmd FROM pg_class t "
        "CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) cmd "
        "WHERE t.relnamespace = 'app'::regnamespace AND t.relkind = 'r' "
        "AND (has_table_privilege(t.oid, cmd) "
        "     OR (cmd <> 'DELETE' AND has_any_column_privilege(t.oid, cmd))) "
        "AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'app' "
        "    AND p.tablename = t.relname AND p.permissive = 'PERMISSIVE' "
        "    AND p.cmd IN ('ALL', cmd) AND current_user = ANY(p.roles))",
    )
    assert missing == []


async def test_what_policies_do_not_cover_is_granted_to_nobody(engine: AsyncEngine) -> None:
    beyond = await rows(
        engine,
        "SELECT t.relname, cmd FROM pg_class t "
        "CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) cmd "
        "WHERE t.relnamespace = 'app'::regnamespace AND t.relkind = 'r' "
        "AND has_table_privilege(t.oid, cmd)",
    )
    assert beyond == []


async def test_policies_ask_who_somebody_is_once_a_query(engine: AsyncEngine) -> None:
    """Asked for each row, 2 million animals took over 20 seconds instead of milliseconds."""
    policies = await rows(
        engine,
        "SELECT tablename, policyname, coalesce(qual, '') || ' ' || coalesce(with_check, '') "
        "FROM pg_policies WHERE schemaname = 'app'",
    )
    for table, policy, said in policies:
        asked = re.finditer(r"app\.(?:my_\w+|me|is_steward)\(", str(said))
        for one in asked:
            assert str(said)[: one.start()].endswith("SELECT "), (table, policy)


# --- keys that could tell of hidden rows


async def test_a_unique_key_holds_an_id_or_has_a_reason(engine: AsyncEngine) -> None:
    """A key with an id (of a farm, a person, an animal) meets its own only; nobody guesses ids."""
    found = await rows(
        engine,
        "SELECT DISTINCT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "WHERE c.relnamespace = 'app'::regnamespace AND i.indisunique AND NOT EXISTS ("
        "    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey) "
        "    AND a.atttypid = 'uuid'::regtype)",
    )
    assert {name for (name,) in found} == set(UNIQUE_WITHOUT_AN_ID)


async def test_a_foreign_key_holds_an_id_or_names_what_everybody_reads(engine: AsyncEngine) -> None:
    """Foreign keys look past the policies: with 74 random bits in an id there is nothing to try."""
    found = await rows(
        engine,
        "SELECT DISTINCT t.relname FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid "
        "WHERE k.contype = 'f' AND k.connamespace = 'app'::regnamespace AND NOT EXISTS ("
        "    SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid "
        "    AND a.attnum = ANY(k.conkey) AND a.atttypid = 'uuid'::regtype)",
    )
    assert {name for (name,) in found} == {"trait"}


# --- functions that look past the policies


async def _functions(engine: AsyncEngine) -> set[str]:
    """Those that the application may call and that answer about farms."""
    found = await rows(
        engine,
        "SELECT DISTINCT proname FROM pg_proc "
        "WHERE pronamespace = 'app'::regnamespace AND prosecdef "
        "AND has_function_privilege(oid, 'EXECUTE') AND prorettype <> 'trigger'::regtype "
        "AND prosrc ~ '(farm|animal|dataset|genotype_set|data_grant|project)'",
    )
    return {str(name) for (name,) in found}


ELSEWHERE = {
    "is_ancestor": "one yes or no about two ids: tests/hub/animals",
    "refresh_statistics": "tells nothing: tests/hub/jobs",
    "refresh_benchmarks": "answers with a number: tests/hub/reports/test_benchmarks.py",
    "settle_operation": "needs a review of a farm of one's own: tests/hub/collect",
    "purge_tombstones": "answers with a number: tests/hub/collect",
    "lineage_walk": "ids that the hub shows to nobody who may not: tests/hub/lineage",
    "calendar_of": "asks for the secret itself: tests/hub/work",
    "invitation_shown": "asks for the secret itself: tests/hub/accounts",
    **dict.fromkeys(
        ("erase_rows", "erase_files", "erase_person"),
        "refuses unless an erasure of this person is running: tests/hub/privacy",
    ),
}


async def test_every_function_about_farms_is_tried_as_a_stranger(engine: AsyncEngine) -> None:
    tried = set(TO_A_STRANGER) | set(REFUSED_TO_A_STRANGER) | set(ELSEWHERE)
    assert await _functions(engine) - tried == set()


async def _call(connection: AsyncConnection, statement: str, scene: Scene) -> object:
    wanted = {name: scene[name] for name in re.findall(r":(\w+)", statement)}
    return (await connection.execute(text(statement), wanted)).scalar()


@pytest.mark.parametrize("name", sorted(TO_A_STRANGER))
async def test_a_function_tells_a_stranger_nothing(scene: Scene, as_: As, name: str) -> None:
    statement, nothing = TO_A_STRANGER[name]
    async with as_(scene["stranger"]) as tx:
        assert await _call(await tx.session.connection(), statement, scene) == nothing


@pytest.mark.parametrize("name", sorted(REFUSED_TO_A_STRANGER))
async def test_a_function_does_nothing_for_a_stranger(scene: Scene, as_: As, name: str) -> None:
    with pytest.raises(Exception, match="of one's own"):
        async with as_(scene["stranger"]) as tx:
            connection = await tx.session.connection()
            await _call(connection, REFUSED_TO_A_STRANGER[name], scene)
