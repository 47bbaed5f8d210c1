"""The migrations make exactly the tables that the models describe."""

import json

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from hub.local.postgres import Urls
from hub.migrations.models import metadata
from hub.storage.postgres import sqlalchemy_url
from hub.storage.schema import _config, is_current, migrate, role_in
from tests.database import Cluster


@pytest.fixture
def fresh(cluster: Cluster) -> Urls:
    return cluster.urls(cluster.empty())


def test_models_and_migrations_do_not_differ(urls: Urls) -> None:
    command.check(_config(urls.owner, role_in(urls.app)))


def test_the_check_would_find_a_missing_column(urls: Urls) -> None:
    engine = create_engine(sqlalchemy_url(urls.owner))
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE app.farm DROP COLUMN region")
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "app",
            },
        )
        differences = compare_metadata(context, metadata)
        connection.rollback()
    engine.dispose()
    assert [(one[0], one[2], one[3].name) for one in differences] == [
        ("add_column", "farm", "region")
    ]


def test_migrating_twice_changes_nothing(fresh: Urls) -> None:
    migrate(fresh.owner, fresh.app)
    before = _state(fresh)
    migrate(fresh.owner, fresh.app)
    assert is_current(fresh.app)
    assert _state(fresh) == before


def _state(urls: Urls) -> list[tuple[str, ...]]:
    engine = create_engine(sqlalchemy_url(urls.owner))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT n.nspname, c.relname, c.oid::text, c.xmin::text FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('app', 'jobs') ORDER BY 1, 2"
        )
        found = [tuple(row) for row in rows]
    engine.dispose()
    return found


def test_breeding_values_of_the_release_before_get_the_name_of_their_effect(fresh: Urls) -> None:
    """0005: the effect of a value is that of its model; a worker of 0004 can go on storing."""
    config = _config(fresh.owner, role_in(fresh.app))
    command.upgrade(config, "0004")
    with psycopg.connect(fresh.owner) as connection:
        connection.execute(_BEFORE + _value(7))
    command.upgrade(config, "0005")
    with psycopg.connect(fresh.owner) as connection:
        connection.execute(_value(8))
        values = connection.execute("SELECT effect FROM app.breeding_value ORDER BY 1").fetchall()
        known = connection.execute("SELECT genetic_effects FROM app.evaluation").fetchone()
    assert values == [("a",), ("tier",)]
    assert known == ([{"name": "tier", "role": "direct", "traits": ["weaning_weight"]}],)


def test_identifiers_of_the_release_before_get_their_normal_form(fresh: Urls) -> None:
    """0009: what was stored is found in every spelling."""
    config = _config(fresh.owner, role_in(fresh.app))
    command.upgrade(config, "0008")
    written = {"1": "982 000123456789", "2": "LA 982 000123456780", "3": "ewe  7"}
    with psycopg.connect(fresh.owner) as connection:
        connection.execute(_FARM)
        for number, value in written.items():
            connection.execute(_animal(int(number)))
            connection.execute(
                "INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value) "
                "VALUES (%s, %s, %s, 'tag', %s)",
                (f"{_ID}{number}", f"{_ID}2", f"{_ID}{number}", value),
            )
    command.upgrade(config, "0009")
    with psycopg.connect(fresh.owner) as connection:
        found = connection.execute(
            "SELECT normalized, backwards, state FROM app.animal_identifier ORDER BY id"
        ).fetchall()
    assert found == [
        ("982000123456789", "987654321000289", "active"),
        ("982000123456780", "087654321000289", "active"),
        ("EWE 7", "7EWE", "active"),
    ]


def _animal(number: int) -> str:
    return f"""
        INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, status)
        VALUES ('{_ID}{number}', '{_ID}2', 'T{number}', '', 'sheep', '', 'F', 'alive');
    """


def _value(animal: int) -> str:
    """An animal and its breeding value, as a worker of 0004 stores it."""
    return f"""
        {_animal(animal)}
        INSERT INTO app.breeding_value
            (evaluation_id, trait_code, animal_id, farm_id, value, inbreeding, records, percentile)
        VALUES ('{_ID}4', 'weaning_weight', '{_ID}{animal}', '{_ID}2', 1.5, 0, 1, 50);
    """


_ID = "00000000-0000-0000-0000-00000000000"
_MODEL = {"effects": [{"name": "sex", "type": "fixed"}, {"name": "tier", "type": "animal"}]}
_FARM = f"""
INSERT INTO app.farm (id, code, name, species, region, shared)
VALUES ('{_ID}2', 'F', 'F', 'sheep', '', false);
"""
_BEFORE = f"""
INSERT INTO app.person (id, username, name, roles) VALUES ('{_ID}1', 'p', 'P', '{{}}');
{_FARM}
INSERT INTO app.dataset_version
    (id, person_id, name, content_hash, farm_ids, objects, counts, description)
VALUES ('{_ID}3', '{_ID}1', 'd', '', '{{}}', '{{}}', '{{}}', '{{}}');
INSERT INTO app.evaluation
    (id, person_id, dataset_id, name, model, traits, farm_ids, publish_when_done, state, error,
     summary, provenance, objects, result_hash)
VALUES ('{_ID}4', '{_ID}1', '{_ID}3', 'e', '{json.dumps(_MODEL)}', '{{weaning_weight}}', '{{}}',
        false, 'done', '', '{{}}', '{{}}', '{{}}', '');
"""
