"""Use cases of accounts: who is calling, signing in with a password, the list of people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr, ValidationError

from hub import audit
from hub.accounts import known, passwords, repository
from hub.accounts.models import Person
from hub.accounts.schemas import (
    LONGEST_PASSWORD,
    LONGEST_USERNAME,
    LocalAccount,
    LocalAccountCreate,
    Me,
    PeopleQuery,
    PersonRead,
    known_roles,
)
from hub.actor import Actor
from hub.errors import Conflict, Denied, FieldError, Invalid, Missing
from hub.permissions import Permission, Role, granted
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
) -> Actor:
    """The actor for somebody whom JupyterHub vouches for; makes the person on first sight.

    Roles are those of the sign-in, so they reach the row policies too. `permissions` is what the
    token carries; what the roles do not grant is dropped.
    """
    person_id = await _person_id(engine, username, name, roles)
    return Actor(
        person_id=person_id,
        username=username,
        roles=roles,
        permissions=permissions & granted(set(roles)),
        request_id=request_id,
        session_id=session_id,
    )


async def _person_id(engine: Engine, username: str, name: str, roles: frozenset[Role]) -> UUID:
    name = "" if name == username else name  # a name is kept until a better one is known
    people, said = known.of(engine), (name, roles)
    if found := people.get(username, said):
        return found
    async with engine.begin() as connection:
        person_id = await repository.identify(connection, username, name, sorted(roles))
    if person_id is None:
        raise _disabled(username)
    people.put(username, said, person_id)
    return person_id


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
        raise _disabled(person.username)
    roles = known_roles(person.roles)
    allowed = granted(set(roles))
    return Actor(
        person_id=person_id,
        username=person.username,
        roles=roles,
        permissions=allowed if permissions is None else allowed & permissions,
        request_id=request_id,
    )


async def sign_in_locally(engine: Engine, username: str, password: str) -> LocalAccount | None:
    """The account when the password is right, else None, in equal time for unknown names."""
    plausible = len(username) <= LONGEST_USERNAME and "\x00" not in username
    async with engine.begin() as connection:
        found = await repository.local_account(connection, username if plausible else "")
    stored = found.password_hash if found else None
    right = await passwords.is_right(stored, password[: LONGEST_PASSWORD + 1])
    return LocalAccount.model_validate(found) if found and right else None


async def may_sign_in(engine: Engine, username: str) -> bool:
    """Whether there is a local account of this name that is not disabled."""
    async with engine.begin() as connection:
        return await repository.local_account(connection, username) is not None


async def create_local(
    tx: Transaction, username: str, name: str, roles: Iterable[Role], password: str
) -> PersonRead:
    """Make a person who signs in with a password; for administrators."""
    tx.actor.require(Permission.PEOPLE_READ)
    if Role.ADMIN not in tx.actor.roles:
        raise Denied("accounts.admins_only", "Only administrators make accounts.")
    new = _checked(username, name, roles, password)
    person = Person(**await _columns(new))
    taken = Conflict(
        "accounts.username_taken", f"The user name {new.username!r} is taken. Choose another."
    )
    with refusing_duplicates("uq_person_username", taken):
        await repository.add(tx.session, person)
    await audit.write(
        tx, "accounts:create", subject_id=person.id, username=new.username, roles=person.roles
    )
    return PersonRead.model_validate(person)


async def bootstrap(
    owner_engine: Engine, accounts: Iterable[LocalAccountCreate]
) -> dict[str, UUID]:
    """Make the first people, as the owner of the database; those already there stay as they are."""
    wanted = list(accounts)
    async with owner_engine.begin() as connection:
        there = await repository.ids_by_username(connection, [new.username for new in wanted])
        for new in wanted:
            if new.username not in there:
                await repository.add_unless_there(connection, await _columns(new))
        return await repository.ids_by_username(connection, [new.username for new in wanted])


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


async def disable(tx: Transaction, person_id: UUID) -> PersonRead:
    """Let somebody in no more; what they did stays theirs."""
    return await _set_disabled(tx, person_id, datetime.now(UTC))


async def enable(tx: Transaction, person_id: UUID) -> PersonRead:
    """Let somebody in again."""
    return await _set_disabled(tx, person_id, None)


async def _set_disabled(tx: Transaction, person_id: UUID, moment: datetime | None) -> PersonRead:
    tx.actor.require(Permission.PEOPLE_READ)
    if Role.ADMIN not in tx.actor.roles:
        raise Denied("accounts.admins_only", "Only administrators let people in or keep them out.")
    if person_id == tx.actor.person_id:
        raise Invalid("accounts.not_oneself", "Ask another administrator to change your account.")
    person = await repository.get(tx.session, person_id)
    if person is None:
        raise Missing("accounts.not_found", "There is no such person.")
    person.disabled_at = moment
    action = "accounts:disable" if moment else "accounts:enable"
    await audit.write(tx, action, subject_id=person_id)
    await repository.store(tx.session, person)
    return PersonRead.model_validate(person)


def _checked(username: str, name: str, roles: Iterable[Role], password: str) -> LocalAccountCreate:
    """The same values, or every problem with them; never the password itself."""
    try:
        return LocalAccountCreate(
            username=username, name=name, roles=frozenset(roles), password=SecretStr(password)
        )
    except ValidationError as error:
        problems = [
            FieldError(".".join(map(str, problem["loc"])), problem["msg"])
            for problem in error.errors(include_input=False)
        ]
    raise Invalid("accounts.refused", "The account cannot be made like this.", errors=problems)


async def _columns(new: LocalAccountCreate) -> dict[str, object]:
    return {
        "username": new.username,
        "name": new.name,
        "roles": sorted(new.roles),
        "password_hash": await passwords.hash_password(new.password.get_secret_value()),
    }


def _disabled(username: str) -> Denied:
    return Denied(
        "accounts.disabled",
        f"The account {username} is disabled. Ask an administrator of this hub.",
    )
