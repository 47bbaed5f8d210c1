"""Rows about two people in every table and store, with a word of its own in every place."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from hub import audit, sessions
from hub.accounts import addresses
from hub.actor import Actor
from hub.migrations.models import metadata
from hub.permissions import Role
from hub.privacy import PERSONAL, Means
from hub.privacy.held import Held
from hub.storage.base import new_id
from hub.storage.dynamodb import CONVERSATIONS, CREDENTIALS, MESSAGES, PROFILES, key
from tests.database import As, Cluster, Make

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BY_HAND = {"person", "farm", "place", "erasure", "audit_event", "audit_subject_key"}


class Person:
    """Somebody with something everywhere; `mark` stands in every text about them."""

    def __init__(self, actor: Actor, mark: str) -> None:
        self.actor, self.mark = actor, mark
        self.farm = new_id()
        self.file = b"sheep of " + f"content-{mark}".encode()
        self.words = [
            actor.username, f"Name {mark}", f"{mark}@canary.example", f"agent-{mark}",
            f"message-{mark}", f"content-{mark}", f"title-{mark}", f"profile-{mark}",
        ]  # fmt: skip

    def word(self, held: Held, column: str) -> str:
        return f"{self.mark}.{held.name}.{column}"


async def settle(
    cluster: Cluster, database: str, make: Make, as_: As, means: Means, mark: str
) -> Person:
    """A person with a row in each table that can hold one, items, a file and lines in a log."""
    actor = replace(await make.person(f"user-{mark}", Role.FARMER), request_id="test")
    person = Person(actor, mark)
    url = cluster.postgres.url("postgres", database)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _without_checks(connection):
            connection.execute(statement)
        connection.execute("SET session_replication_role = replica")  # no references, no triggers
        _own_farm(connection, person)
        for held in PERSONAL:
            if held.name not in BY_HAND:
                _add(connection, person, held, means)
    means.objects.put(person.file)
    await _items(person, means)
    async with as_(actor) as tx:
        await audit.write(tx, "tests:canary", email=f"{mark}@canary.example", about=1)
    return person


def _without_checks(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """The words stand where states are allowed only."""
    rows = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' "
        "AND connamespace = 'app'::regnamespace"
    ).fetchall()
    return (f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in rows)


def _own_farm(connection: psycopg.Connection[Any], person: Person) -> None:
    mark, me = person.mark, person.actor.person_id
    connection.execute(
        "UPDATE app.person SET name = %s, password_hash = 'x' WHERE id = %s", (f"Name {mark}", me)
    )
    connection.execute(
        "INSERT INTO app.farm (id, code, name, species, region, shared, time_zone) "
        "VALUES (%s, %s, %s, 'sheep', 'north', false, 'UTC')",
        (person.farm, f"{mark}.farm.code", f"{mark}.farm.name"),
    )
    connection.execute(
        "INSERT INTO app.place (id, farm_id, name, kind, latitude, longitude, note, archived) "
        "VALUES (%s, %s, %s, 'field', 1, 2, %s, false)",
        (new_id(), person.farm, f"{mark}.place.name", f"{mark}.place.note"),
    )
    connection.execute(
        "INSERT INTO app.farm_member (person_id, farm_id, role) VALUES (%s, %s, 'owner')",
        (me, person.farm),
    )


def _add(connection: psycopg.Connection[Any], person: Person, held: Held, means: Means) -> None:
    table = metadata.tables[f"app.{held.name}"]
    values = {
        column.name: _value(person, held, table, column)
        for column in table.columns
        if column.identity is None
    }
    if held.name == "person_address":
        mail = f"{person.mark}@canary.example"
        values["sealed"] = addresses.seal(means.sealer, person.actor.person_id, mail)
    if held.name == "file":
        values["sha256"] = means.objects.put(person.file)
    statement = sql.SQL("INSERT INTO app.{} ({}) VALUES ({})").format(
        sql.Identifier(held.name),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )
    connection.execute(statement, list(values.values()))


def _value(person: Person, held: Held, table: Table, column: Column[Any]) -> Any:
    """Something that fits, with a word in it where a word fits."""
    if column.name in held.whose:
        return person.actor.person_id
    if column.name == held.farm:
        return person.farm
    word = person.word(held, column.name)
    if column.name in held.redacts.split():
        return Jsonb({"by": person.actor.username, "kept": 1})
    if isinstance(column.type, JSONB):
        return Jsonb({"word": word})
    if isinstance(column.type, ARRAY):
        return [word] if column.type.item_type.python_type is str else [new_id()]
    now = datetime.now(UTC)
    return {
        str: word, UUID: new_id(), int: new_id().int % 10**8, float: 1.0, bool: False,
        bytes: word.encode(), datetime: now + timedelta(days=1), date: now.date(),
        timedelta: timedelta(hours=1),
    }[column.type.python_type]  # fmt: skip


async def _items(person: Person, means: Means) -> None:
    """As the services write them."""
    mark, owner, store = person.mark, str(person.actor.person_id), means.store
    await sessions.start(
        store, means.engine, means.settings, username=person.actor.username,
        session_id=f"session-{mark}", roles=["farmer"], address="192.0.2.77",
        agent=f"{AGENT} agent-{mark}", level=1, methods=["pwd"], issuer="",
    )  # fmt: skip
    talk = {"owner": owner, "id": str(new_id()), "title": f"title-{mark}", "touched": mark}
    said = {"conversation": key(owner, talk["id"]), "place": "M#0000000001"}
    store.create(CONVERSATIONS, talk)
    store.create(MESSAGES, {**said, "content": json.dumps({"text": f"message-{mark}"})})
    token = {"owner": owner, "credential": f"credential#{mark}", "ttl": 1}
    store.create(CREDENTIALS, {**token, "name": f"token-{mark}", "digest": f"digest-{mark}"})
    store.create(PROFILES, {"person": owner, "item": "PROFILE", "farm": f"profile-{mark}"})


def told_words(person: Person) -> set[str]:
    """Every word about somebody that their archive must have."""
    words = set(person.words) - {person.actor.username}
    for held in PERSONAL:
        if held.name in BY_HAND:
            continue
        table = metadata.tables[f"app.{held.name}"]
        words |= {
            person.word(held, name)
            for name in held.told
            if name not in (*held.whose, held.farm, *held.redacts.split())
            and (held.name, name) not in {("file", "sha256"), ("person_address", "sealed")}
            and _has_a_word(table.columns[name])
        }
    mark = person.mark
    return words | {f"{mark}.farm.name", f"{mark}.farm.code", f"{mark}.place.name", f"token-{mark}"}


def staying_words(person: Person) -> set[str]:
    """Words in rows that stay, in columns that are not cleared; all are of the map's `reason`."""
    words = set()
    for held in PERSONAL:
        if held.name in BY_HAND or held.erase == "deleted":
            continue
        table = metadata.tables[f"app.{held.name}"]
        gone = {*held.clears, *held.farm_clears, *held.redacts.split(), *held.whose, held.farm}
        words |= {
            person.word(held, column.name)
            for column in table.columns
            if column.name not in gone
            and _has_a_word(column)
            and (held.name, column.name) != ("file", "sha256")
        }
    return words


def _has_a_word(column: Column[Any]) -> bool:
    kind = column.type
    if isinstance(kind, ARRAY):
        return kind.item_type.python_type is str
    return isinstance(kind, JSONB) or kind.python_type is str
