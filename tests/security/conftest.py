"""A database with a row of farm A in every table, for the tests that look past services."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from hub.local.postgres import Urls
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.postgres import make_engine
from tests.database import Cluster, Make
from tests.security.rows_of_all_tables import CANARY, Ids, fill, tables


class Scene:
    """A database with everything in it, a stranger, and a connection as the hub's own role."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.urls: Urls = cluster.urls(name)
        self.superuser = cluster.postgres.url("postgres", name)
        self.ids, self.stranger, self.student = asyncio.run(_people(self.urls.owner))
        fill(self.superuser, self.ids)
        self.app = psycopg.connect(self.urls.app)
        self.keys: dict[str, str] = dict(self.app.execute(_CHANGEABLE).fetchall())

    def tried(self, table: str, act: str, person: UUID | str) -> int:
        """Rows that a person reaches; nothing of it stays."""
        key = self.keys.get(table)
        if act == "change" and key is None:
            return 0
        with self.app.transaction(force_rollback=True):
            self.app.execute("SELECT set_config('app.person_id', %s, true)", [str(person)])
            try:
                cursor = self.app.execute(STATEMENTS[act].format(table=table, key=key))
            except psycopg.errors.InsufficientPrivilege as error:
                return int("permission denied" not in str(error))  # a row was reached, and kept
            except psycopg.Error:
                return 1  # it got as far as keys and triggers
            return cursor.rowcount

    def reached(self, person: UUID | str) -> dict[tuple[str, str], int]:
        found = {
            (table.name, act): self.tried(table.name, act, person)
            for table in tables()
            for act in STATEMENTS
        }
        return {place: rows for place, rows in found.items() if rows}


STATEMENTS = {
    "see": "SELECT FROM app.{table}",
    # without a condition and without reading, so that only the policy of the command decides
    "change": "UPDATE app.{table} SET {key} = NULL",
    "delete": "DELETE FROM app.{table}",
}


_CHANGEABLE = """
SELECT table_name, min(column_name) FROM information_schema.column_privileges
WHERE table_schema = 'app' AND privilege_type = 'UPDATE' AND grantee = current_user GROUP BY 1
"""


async def _people(url: str) -> tuple[Ids, UUID, UUID]:
    engine = make_engine(Settings(), url)
    make = Make(engine)
    try:
        fiona, marc = (
            await make.person("fiona", Role.FARMER),
            await make.person("marc", Role.FARMER),
        )
        sam = await make.person("sam", Role.STUDENT)
        farm = await make.farm(CANARY.upper(), owner=fiona)
        await make.farm("B", owner=marc)
        return Ids(farm, fiona.person_id), marc.person_id, sam.person_id
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def scene(cluster: Cluster) -> Iterator[Scene]:
    name = cluster.clone()
    made = Scene(cluster, name)
    yield made
    made.app.close()
    cluster.drop(name)
