"""New rows that say they are farm A's, and devices that were let in for another farm (C5).

What a policy asks of a new row comes after triggers and before keys, so whoever may not add it is
told of the policy and of nothing else. Taking one of these checks away must be noticed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from hub.storage.base import new_id
from tests.security.conftest import Scene
from tests.security.rows_of_all_tables import row_of, tables

TABLES = {table.name: table for table in tables()}
# The hub adds these before there is a person: keys that it sealed, letters, requests for a reset.
OF_THE_HUB = {"signing_key", "outbox", "reset_request"}
# Triggers look first whether the thing is the farm's, and whether a farm shares with such people.
BY_TRIGGER = {"data_grant", "event", "exchange_source"}
POLICY, GRANT = "row-level security", "permission denied"


@pytest.fixture(scope="module")
def engine(scene: Scene) -> Iterator[sa.Engine]:
    made = sa.create_engine(scene.urls.app.replace("postgresql://", "postgresql+psycopg://"))
    yield made
    made.dispose()


def refusal(
    scene: Scene, engine: sa.Engine, table: str, person: UUID, only_farm: UUID | str = ""
) -> str:
    """Why farm A's row is not added by this person; empty when nothing that is asked forbids it."""
    with engine.connect() as connection:
        granted = {name for (name,) in connection.execute(_GRANTED, {"table": table})}
        row = {k: v for k, v in row_of(TABLES[table], scene.ids).items() if k in granted}
        if not row:
            return GRANT
        connection.execute(sa.text("SET LOCAL search_path = app, public"))
        settings = {"person": str(person), "farm": str(only_farm)}
        connection.execute(_AS, settings)
        try:
            connection.execute(sa.insert(_plain(TABLES[table], row)).values(row))
        except sa.exc.DBAPIError as error:
            said = str(error.orig)
            return next((one for one in (POLICY, GRANT) if one in said), "")
        return ""


def _plain(table: sa.Table, columns: Iterable[str]) -> sa.TableClause:
    """The table with these columns only: no defaults of ours, nothing asked back."""
    kept = [sa.column(name, table.columns[name].type) for name in columns]
    return sa.table(table.name, *kept, schema="app")


_GRANTED = sa.text(
    "SELECT column_name FROM information_schema.column_privileges WHERE table_schema = 'app' "
    "AND privilege_type = 'INSERT' AND grantee = current_user AND table_name = :table"
)
_AS = sa.text(
    "SELECT set_config('app.person_id', :person, true), set_config('app.only_farm', :farm, true)"
)


def test_a_stranger_adds_no_row_of_anothers_to_any_table(scene: Scene, engine: sa.Engine) -> None:
    added = {one for one in TABLES if not refusal(scene, engine, one, scene.stranger)}
    assert added == OF_THE_HUB | BY_TRIGGER


def test_whose_farm_it_is_adds_rows_to_it(scene: Scene, engine: sa.Engine) -> None:
    """The other half: tables to which nobody may add would pass the first test."""
    refused = {one for one in TABLES if refusal(scene, engine, one, scene.ids.owner)}
    assert not refused & {"animal", "record", "event", "import", "mating_plan", "place", "upload"}


CHECKED = """
SELECT tablename, policyname, coalesce(with_check, qual) FROM pg_policies
WHERE schemaname = 'app' AND permissive = 'PERMISSIVE' AND cmd IN ('INSERT', 'ALL')
AND policyname <> 'owner_everything' AND coalesce(with_check, qual) NOT IN ('true', 'false')
AND has_any_column_privilege('agrigen_app', 'app.' || quote_ident(tablename), 'INSERT')
ORDER BY 1, 2
"""


def test_taking_the_check_of_new_rows_away_is_noticed(scene: Scene, engine: sa.Engine) -> None:
    """Mutation: each check in turn lets every row in, and the stranger's must get further."""
    survivors = []
    with psycopg.connect(scene.superuser, autocommit=True) as superuser:
        policies = superuser.execute(CHECKED).fetchall()
        for table, policy, check in policies:
            with opened(superuser, table, policy, f"WITH CHECK ({check})", "WITH CHECK (true)"):
                if refusal(scene, engine, table, scene.stranger):
                    survivors.append(f"{table}.{policy}")
    assert len(policies) > 40
    assert survivors == ["import.farm_write"]  # its file is not the stranger's either


@contextmanager
def opened(
    superuser: psycopg.Connection, table: str, policy: str, was: str, now: str
) -> Iterator[None]:
    superuser.execute("SET search_path = app, public")
    superuser.execute(f'ALTER POLICY "{policy}" ON app."{table}" {now}')
    try:
        yield
    finally:
        superuser.execute(f'ALTER POLICY "{policy}" ON app."{table}" {was}')


ONE_FARM = """
SELECT tablename, policyname, qual, with_check FROM pg_policies
WHERE schemaname = 'app' AND permissive = 'RESTRICTIVE' AND cmd = 'ALL' ORDER BY 1, 2
"""


def seen(scene: Scene, table: str, only_farm: UUID | str) -> int:
    """Rows of a table that farm A's owner sees through a device that was let in for one farm."""
    with scene.app.transaction(force_rollback=True):
        scene.app.execute(
            "SELECT set_config('app.person_id', %s, true), set_config('app.only_farm', %s, true)",
            [str(scene.ids.owner), str(only_farm)],
        )
        try:
            return len(scene.app.execute(f'SELECT FROM app."{table}"').fetchall())
        except psycopg.errors.InsufficientPrivilege:
            return 0


def test_a_device_for_one_farm_sees_no_row_of_another(scene: Scene) -> None:
    """The same person without the device does; opening the policy that says so is noticed."""
    elsewhere = new_id()
    with psycopg.connect(scene.superuser, autocommit=True) as superuser:
        policies = superuser.execute(ONE_FARM).fetchall()
        tried = []
        for table, policy, qual, check in policies:
            assert seen(scene, table, elsewhere) == 0, table
            if not seen(scene, table, ""):
                continue
            tried.append(table)
            was = f"USING ({qual})" + (f" WITH CHECK ({check})" if check else "")
            now = "USING (true)" + (" WITH CHECK (true)" if check else "")
            with opened(superuser, table, policy, was, now):
                assert seen(scene, table, elsewhere), f"{table}.{policy} can go unnoticed"
    assert {"animal", "record", "event", "farm", "import"} <= set(tried)
