"""Queries about people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.accounts.models import Person
from hub.accounts.schemas import PeopleQuery
from hub.storage.base import new_id
from hub.storage.paging import Page, fetch_page

_IDENTIFY = text("SELECT app.identify(:id, :username, :name, :roles)")
_LOCAL_ACCOUNT = text("SELECT * FROM app.local_account(:username)")
_ACT_AS = text("SELECT set_config('app.person_id', :person, true)")


async def identify(
    connection: AsyncConnection, username: str, name: str, roles: Sequence[str]
) -> UUID | None:
    """The person's id, made or brought up to date; None when disabled."""
    values = {"id": new_id(), "username": username, "name": name, "roles": list(roles)}
    return (await connection.execute(_IDENTIFY, values)).scalar_one()


async def local_account(connection: AsyncConnection, username: str) -> Row[Any] | None:
    """The account with its password hash, for somebody who is not signed in yet."""
    return (await connection.execute(_LOCAL_ACCOUNT, {"username": username})).one_or_none()


async def itself(connection: AsyncConnection, person_id: UUID) -> Any:
    """A person's row, read as that person."""
    await connection.execute(_ACT_AS, {"person": str(person_id)})
    columns = (Person.username, Person.roles, Person.disabled_at)
    return (await connection.execute(select(*columns).where(Person.id == person_id))).one_or_none()


async def get(session: AsyncSession, person_id: UUID) -> Person | None:
    return await session.get(Person, person_id)


async def by_username(session: AsyncSession, username: str) -> Person | None:
    return await session.scalar(select(Person).where(Person.username == username))


async def add(session: AsyncSession, person: Person) -> Person:
    session.add(person)
    await session.flush()
    return person


async def add_unless_there(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Whether the person was new."""
    statement = insert(Person).values(id=new_id(), **values).on_conflict_do_nothing()
    result = await connection.execute(statement.returning(Person.id))
    return result.scalar_one_or_none() is not None


async def ids_by_username(connection: AsyncConnection, usernames: Sequence[str]) -> dict[str, UUID]:
    statement = select(Person.username, Person.id).where(Person.username.in_(usernames))
    rows = await connection.execute(statement)
    return {row.username: row.id for row in rows}


async def search(session: AsyncSession, query: PeopleQuery) -> Page[Person]:
    statement = select(Person)
    if query.text:
        hit = Person.username.icontains(query.text, autoescape=True)
        statement = statement.where(hit | Person.name.icontains(query.text, autoescape=True))
    if query.role:
        statement = statement.where(func.array_position(Person.roles, query.role.value) > 0)
    return await fetch_page(
        session, statement, [Person.username], cursor=query.cursor, limit=query.limit
    )


async def store(session: AsyncSession, person: Person) -> None:
    """Send changes and read back what the database set."""
    await session.flush()
    await session.refresh(person)
