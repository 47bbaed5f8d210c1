"""One row in every table, and who sees, changes and deletes it: past services and routes (C5).

The test has a row of farm A in each of the tables, whatever it is for. A farmer of another farm
sees none of them, changes none, deletes none. Taking one policy away must be noticed.
"""

from uuid import UUID

import psycopg
import pytest

from hub.storage.base import new_id
from tests.security.conftest import STATEMENTS, Scene

# Read by everybody who signs in; none of it is a farm's or a person's.
OF_ALL = {"trait", "panel", "signing_key"}
# What a stranger reaches is their own: themselves, their farm, their place on it.
OWN = {("person", "see"): 1, ("farm", "see"): 1, ("farm_member", "see"): 1,
       ("farm_member", "change"): 1, ("farm_member", "delete"): 1}  # fmt: skip


def test_a_stranger_reaches_no_row_of_any_table(scene: Scene) -> None:
    for person, own in ((scene.stranger, OWN), (scene.student, {("person", "see"): 1})):
        reached = scene.reached(person)
        assert {place: rows for place, rows in reached.items() if place[0] not in OF_ALL} == own


def test_whose_rows_they_are_reaches_them(scene: Scene) -> None:
    """The other half: tables that nobody could read would pass the first test."""
    seen = {table for table, act in scene.reached(scene.ids.owner) if act == "see"}
    assert {"animal", "record", "event", "import", "mating_plan", "data_grant", "photo"} <= seen


def test_nobody_signed_in_reaches_nothing(scene: Scene) -> None:
    for nobody in ("", new_id()):
        assert {table for table, _ in scene.reached(nobody)} <= OF_ALL


POLICIES = """
SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'app' AND permissive = 'PERMISSIVE'
AND policyname <> 'owner_everything' AND cmd <> 'INSERT' AND qual <> 'true'
AND CASE WHEN cmd = 'DELETE'
    THEN has_table_privilege('agrigen_app', 'app.' || quote_ident(tablename), cmd)
    ELSE has_any_column_privilege('agrigen_app', 'app.' || quote_ident(tablename),
                                  CASE cmd WHEN 'ALL' THEN 'SELECT' ELSE cmd END) END
ORDER BY 1, 2
"""
"""Those that decide: what is not granted is closed before any policy is asked."""


@pytest.mark.slow
def test_taking_one_policy_away_is_noticed(scene: Scene) -> None:
    """Mutation: each policy in turn lets everything through, and the stranger must get further."""
    before = {one: scene.reached(one) for one in (scene.stranger, scene.student, "")}
    survivors = []
    with psycopg.connect(scene.superuser, autocommit=True) as connection:
        policies = connection.execute(POLICIES).fetchall()
        for table, policy in policies:
            if not _noticed(scene, connection, table, policy, before):
                survivors.append(f"{table}.{policy}")
    print(f"{len(policies)} policies taken away, {len(policies) - len(survivors)} noticed")
    assert survivors == [], f"{len(survivors)} of {len(policies)}: {survivors}"


Reached = dict[UUID | str, dict[tuple[str, str], int]]


def _noticed(
    scene: Scene, connection: psycopg.Connection, table: str, policy: str, before: Reached
) -> bool:
    kept = connection.execute(
        "SELECT qual FROM pg_policies WHERE tablename = %s AND policyname = %s", [table, policy]
    ).fetchone()
    assert kept is not None
    connection.execute(f'ALTER POLICY "{policy}" ON app."{table}" USING (true)')
    try:
        return any(
            scene.tried(table, act, person) > known.get((table, act), 0)
            for person, known in before.items()
            for act in STATEMENTS
        )
    finally:
        connection.execute("SET search_path = app, public")
        connection.execute(f'ALTER POLICY "{policy}" ON app."{table}" USING ({kept[0]})')
