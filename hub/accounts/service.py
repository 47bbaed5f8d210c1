"""Use cases of accounts: who is calling, signing in with a password, the list of people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from hub.accounts import codes, known, passwords, repository
from hub.accounts.schemas import (
    LocalAccountCreate,
    Me,
    PeopleQuery,
    PersonCreate,
    PersonRead,
    disabled,
    known_roles,
)
from hub.actor import Actor
from hub.errors import Conflict, Missing
from hub.permissions import Permission, Role, granted
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


async def identify(
    engine: Engine,
    *,
    username: str,
    name: str,
    roles: frozenset[Role],
    permissions: frozenset[Permission],
    request_id: str = "",
    session_id: str = "",
    remember: bool = False,
) -> Actor:
    """The actor for somebody whom JupyterHub vouches for; makes the person on first sight.

    Roles are those of the sign-in, so they reach the row policies too, except where this hub
    decides them (local accounts). `permissions` is what the token carries; what the roles do not
    grant is dropped. What was found may be from some seconds ago when it is to `remember`: requests
    ask often, and the row policies read the roles anew. Signing in is asked for as of now.
    """
    person_id, roles = await _person(engine, username, name, roles, remember)
    return Actor(
        person_id=person_id,
        username=username,
        roles=roles,
        permissions=permissions & granted(set(roles)),
        request_id=request_id,
        session_id=session_id,
    )


async def _person(
    engine: Engine, username: str, name: str, roles: frozenset[Role], remember: bool
) -> tuple[UUID, frozenset[Role]]:
    """The person's id and roles: as they are kept here, or else as the sign-in brought them."""
    name = "" if name == username else name  # a name is kept until a better one is known
    people, said = known.of(engine), (name, roles)
    if remember and (found := people.get(username, said)):
        return found
    async with engine.begin() as connection:
        row = await repository.identify(connection, username, name, sorted(roles))
    if row is None:
        raise disabled(username)
    found = (row.person_id, known_roles(row.roles_held))
    people.put(username, said, found)
    return found


async def actor_of(
    engine: Engine,
    person_id: UUID,
    permissions: frozenset[Permission] | None = None,
    *,
    request_id: str = "",
) -> Actor:
    """The actor for work done later in somebody's name, with their roles as they are now."""
    async with engine.begin() as connection:
        person = await repository.itself(connection, person_id)
    if person is None:
        raise Missing("accounts.not_found", "There is no such person.")
    if person.disabled_at:
        raise disabled(person.username)
    roles = known_roles(person.roles)
    allowed = granted(set(roles))
    return Actor(
        person_id=person_id,
        username=person.username,
        roles=roles,
        permissions=allowed if permissions is None else allowed & permissions,
        request_id=request_id,
    )


async def bootstrap(
    owner_engine: Engine, accounts: Iterable[LocalAccountCreate]
) -> dict[str, UUID]:
    """Make the first people, as the owner of the database; those already there stay as they are."""
    wanted = list(accounts)
    async with owner_engine.begin() as connection:
        there = await repository.ids_by_username(connection, [new.username for new in wanted])
        for new in wanted:
            if new.username not in there:
                await repository.add_unless_there(connection, await columns(new))
        return await repository.ids_by_username(connection, [new.username for new in wanted])


async def first_admin(owner_engine: Engine, username: str, name: str = "") -> str:
    """The code with which the first administrator chooses a password; once, on an empty hub."""
    new = PersonCreate(username=username, name=name, roles=frozenset({Role.ADMIN}))
    code, person_id = codes.new_code(), new_id()
    async with owner_engine.begin() as connection:
        if await repository.has_admin(connection):
            raise Conflict(
                "accounts.not_first",
                "This hub has an administrator already. They make accounts at /people, or a link "
                "for somebody who forgot the password.",
            )
        person = {"username": new.username, "name": new.name, "roles": [Role.ADMIN.value]}
        taken = Conflict(
            "accounts.username_taken", f"The user name {username!r} is taken. Choose another."
        )
        with refusing_duplicates("uq_person_username", taken):
            await repository.insert_person(
                connection, {"id": person_id, "roles_kept": True, **person}
            )
        until = datetime.now(UTC) + codes.ACTIVATE_FOR
        row = {"purpose": "activate", "digest": code.digest, "expires_at": until}
        await repository.add_code(connection, {"person_id": person_id, **row})
    return code.text


async def me(tx: Transaction) -> Me:
    """The caller and what this sign-in or token may do."""
    tx.actor.require(Permission.ACCOUNT_READ)
    person = await repository.get(tx.session, tx.actor.person_id)
    if person is None:
        raise Missing("accounts.not_found", "There is no such person.")
    read = PersonRead.model_validate(person)
    return Me(**read.model_dump(), permissions=tx.actor.permissions)


async def people(tx: Transaction, query: PeopleQuery) -> Page[PersonRead]:
    """The people of the hub in order of user name."""
    tx.actor.require(Permission.PEOPLE_READ)
    page = await repository.search(tx.session, query)
    return Page([PersonRead.model_validate(person) for person in page.items], page.next_cursor)


async def by_username(tx: Transaction, username: str) -> PersonRead:
    """A person that the caller may know of."""
    person = await repository.by_username(tx.session, username)
    if person is None:
        raise Missing("accounts.not_found", f"There is no person {username!r} that you may see.")
    return PersonRead.model_validate(person)


async def columns(new: LocalAccountCreate) -> dict[str, object]:
    return {
        "username": new.username,
        "name": new.name,
        "roles": sorted(new.roles),
        "roles_kept": True,
        "password_hash": await passwords.hash_password(new.password.get_secret_value()),
    }
