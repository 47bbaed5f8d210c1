"""A real PostgreSQL for tests: one cluster a worker process, one fresh database a test module.

The cluster is the one that people run (`hub.local.postgres`), in a temporary folder. A migrated
template is cloned for each module, so modules share nothing and can run in any order and process.

Fixtures: `cluster`, `urls` (of the module's database), `engine` (as the application role),
`owner_engine`, `make` (people, farms, animals, records put there by the owner), `as_` (a
transaction for an actor).
"""

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.accounts.models import Person
from hub.actor import Actor
from hub.animals.models import Animal, AnimalIdentifier
from hub.farms.models import Farm, FarmMember
from hub.local.postgres import DATABASE, EmbeddedPostgres, Urls
from hub.permissions import Permission, Role, granted
from hub.records.models import Record
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.postgres import make_engine
from hub.storage.schema import migrate
from hub.storage.transaction import Transaction, begin

As = Callable[[Actor], AbstractAsyncContextManager[Transaction]]


class Cluster:
    """A running PostgreSQL whose database `agrigen` is the migrated template."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self.template = postgres.start()
        # Tests survive no power cut: without waiting for the disk they are several times faster.
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        migrate(self.template.owner, self.template.app)
        self._names = (f"test_{number}" for number in itertools.count(1))

    def run(self, *statements: str) -> None:
        """Statements as the superuser."""
        url = self.postgres.url("postgres", "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def clone(self) -> str:
        """The name of a fresh migrated database."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER agrigen_owner")
        return name

    def empty(self) -> str:
        """The name of a database without any schema."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name} OWNER agrigen_owner")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def urls(self, name: str) -> Urls:
        return Urls(*(self.postgres.url(f"agrigen_{role}", name) for role in ("owner", "app")))


class Make:
    """Puts things into the database as its owner, past the services and their rules."""

    def __init__(self, owner_engine: AsyncEngine) -> None:
        self._engine = owner_engine

    async def _insert(self, model: Any, **values: Any) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(model).values(**values))

    async def person(
        self, username: str, *roles: Role, permissions: frozenset[Permission] | None = None
    ) -> Actor:
        """Somebody with these roles and, unless narrowed, all their permissions."""
        person_id = new_id()
        await self._insert(
            Person, id=person_id, username=username, name=username.title(), roles=sorted(roles)
        )
        held = granted(set(roles)) if permissions is None else permissions
        return Actor(person_id, username, frozenset(roles), held, request_id=f"test-{username}")

    async def farm(
        self, code: str, *, species: str = "sheep", shared: bool = False, **members: Actor
    ) -> UUID:
        """A farm with members by role: `farm("HILL", owner=fiona)`."""
        farm_id = new_id()
        await self._insert(
            Farm, id=farm_id, code=code, name=code.title(), species=species, shared=shared
        )
        for role, actor in members.items():
            await self.member(farm_id, actor, role)
        return farm_id

    async def member(self, farm_id: UUID, actor: Actor, role: str) -> None:
        await self._insert(FarmMember, person_id=actor.person_id, farm_id=farm_id, role=role)

    async def leave(self, farm_id: UUID, actor: Actor) -> None:
        gone = delete(FarmMember).where(
            FarmMember.farm_id == farm_id, FarmMember.person_id == actor.person_id
        )
        async with self._engine.begin() as connection:
            await connection.execute(gone)

    async def animal(self, farm_id: UUID, tag: str, **values: Any) -> UUID:
        """An animal with its tag as identifier."""
        animal_id = new_id()
        columns = {"species": "sheep", "sex": "U", **values}
        await self._insert(Animal, id=animal_id, farm_id=farm_id, tag=tag, **columns)
        await self._insert(
            AnimalIdentifier, farm_id=farm_id, animal_id=animal_id, scheme="tag", value=tag
        )
        return animal_id

    async def record(
        self, farm_id: UUID, animal_id: UUID, trait: str, value: float, on: date | None = None
    ) -> UUID:
        record_id = new_id()
        await self._insert(
            Record,
            id=record_id,
            farm_id=farm_id,
            animal_id=animal_id,
            trait_code=trait,
            value=value,
            recorded_on=on,
        )
        return record_id


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    home = Path(tempfile.mkdtemp(prefix="agrigen-test-"))
    home.chmod(0o755)  # as root, PostgreSQL runs as nobody and must be able to enter
    postgres = EmbeddedPostgres(home)
    try:
        yield Cluster(postgres)
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def urls(cluster: Cluster) -> Iterator[Urls]:
    name = cluster.clone()
    yield cluster.urls(name)
    cluster.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine(urls: Urls) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(Settings(), urls.app)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner_engine(urls: Urls) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(Settings(), urls.owner)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
def make(owner_engine: AsyncEngine) -> Make:
    return Make(owner_engine)


@pytest.fixture(scope="module")
def as_(engine: AsyncEngine) -> As:
    """`async with as_(fiona) as tx:` commits at the end of the block, rolls back when it raises."""
    return lambda actor: begin(engine, actor)
