"""Queries about people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from hub.accounts.models import MailedCode, Person, PersonAddress, ResetRequest
from hub.accounts.schemas import PeopleQuery
from hub.storage.base import new_id
from hub.storage.paging import Page, fetch_page

_IDENTIFY = text("SELECT * FROM app.identify(:id, :username, :name, :roles)")
_LOCAL_ACCOUNT = text("SELECT * FROM app.local_account(:username)")
_CHANGE_PASSWORD = text("SELECT app.change_password(:person, :before, :after)")
_TAKE_RESETS = text("SELECT * FROM app.take_reset_requests(:most)")
_MAKE_RESET = text("SELECT app.make_reset_code(:id, :username, :addresses, :digest, :until)")
_CODE_OWNER = text("SELECT * FROM app.code_owner(:digest, :purposes)")
_REDEEM_PASSWORD = text("SELECT app.redeem_password(:digest, :after)")
_REDEEM_ADDRESS = text("SELECT * FROM app.redeem_address(:username, :digest)")
_OTHER_ADMINS = text("SELECT app.other_admins(:person)")
_ADD_RESET = insert(ResetRequest.__table__)  # type: ignore[arg-type]
_ADD_CODE = insert(MailedCode.__table__)  # type: ignore[arg-type]
_ACT_AS = text("SELECT set_config('app.person_id', :person, true)")


async def identify(
    connection: AsyncConnection, username: str, name: str, roles: Sequence[str]
) -> Row[Any] | None:
    """The person's id and roles, made or brought up to date; None when disabled."""
    values = {"id": new_id(), "username": username, "name": name, "roles": list(roles)}
    return (await connection.execute(_IDENTIFY, values)).one_or_none()


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


async def change_password(
    connection: AsyncConnection, person_id: UUID, before: str, after: str
) -> bool:
    """Whether the hash was still the one before, and is now the other."""
    values = {"person": person_id, "before": before, "after": after}
    return bool((await connection.execute(_CHANGE_PASSWORD, values)).scalar_one())


async def add_reset_request(connection: AsyncConnection, sealed: str) -> None:
    """Insert without RETURNING: whoever asks may not read what is asked."""
    await connection.execute(_ADD_RESET, {"id": new_id(), "sealed": sealed})


async def take_reset_requests(connection: AsyncConnection, most: int) -> Sequence[Row[Any]]:
    return (await connection.execute(_TAKE_RESETS, {"most": most})).all()


async def make_reset_code(
    connection: AsyncConnection, name: str, addresses: list[str], digest: str, until: datetime
) -> UUID | None:
    """Whom the code was made for, by user name or address; None for nobody, or too soon again."""
    values = {
        "id": new_id(), "username": name, "addresses": addresses, "digest": digest, "until": until,
    }  # fmt: skip
    return (await connection.execute(_MAKE_RESET, values)).scalar_one()


async def has_admin(connection: AsyncConnection) -> bool:
    """Whether anybody is administrator; whoever asks second waits for who asked first."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(24, 1)"))
    found = select(Person.id).where(func.array_position(Person.roles, "admin") > 0).limit(1)
    return (await connection.execute(found)).first() is not None


async def insert_person(connection: AsyncConnection, values: dict[str, Any]) -> None:
    await connection.execute(insert(Person).values(**values))


async def add_code(connection: AsyncConnection | AsyncSession, values: dict[str, Any]) -> None:
    """Insert without RETURNING: codes are read by nobody."""
    await connection.execute(
        _ADD_CODE, {"id": new_id(), "sealed": "", "address_digest": "", **values}
    )


async def code_owner(
    connection: AsyncConnection, digest: str, purposes: Sequence[str]
) -> Row[Any] | None:
    values = {"digest": digest, "purposes": list(purposes)}
    return (await connection.execute(_CODE_OWNER, values)).one_or_none()


async def redeem_password(connection: AsyncConnection, digest: str, after: str) -> UUID | None:
    values = {"digest": digest, "after": after}
    return (await connection.execute(_REDEEM_PASSWORD, values)).scalar_one()


async def redeem_address(
    connection: AsyncConnection, username: str, digest: str
) -> Row[Any] | None:
    values = {"username": username, "digest": digest}
    return (await connection.execute(_REDEEM_ADDRESS, values)).one_or_none()


async def address(session: AsyncSession, person_id: UUID) -> PersonAddress | None:
    return await session.get(PersonAddress, person_id)


async def remove_address(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(delete(PersonAddress).where(PersonAddress.person_id == person_id))


async def other_admins(session: AsyncSession, person_id: UUID) -> int:
    """How many other administrators can sign in; nobody else changes any until we commit."""
    return int((await session.execute(_OTHER_ADMINS, {"person": person_id})).scalar_one())


async def tidy(engine: AsyncEngine) -> None:
    """Delete codes that are over and letters of long ago."""
    async with engine.begin() as connection:
        await connection.execute(text("SELECT app.tidy_sign_in()"))
