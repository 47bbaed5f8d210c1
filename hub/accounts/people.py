"""Use cases of administrators: make people, change what they are, let them in or keep them out.

Nobody gives, changes or takes away more than they hold themselves, and one administrator stays.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub import audit, mail
from hub.accounts import codes, known, repository
from hub.accounts.addresses import checked
from hub.accounts.models import Person
from hub.accounts.schemas import OpeningLink, PersonCreate, PersonRead, PersonUpdate, known_roles
from hub.actor import Actor
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.permissions import Permission, Role, granted
from hub.storage.base import new_id
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


def require_over(actor: Actor, roles: Iterable[Role]) -> None:
    """Refuse to touch what stands above the caller: roles that grant what they do not hold."""
    actor.require(Permission.PEOPLE_MANAGE)
    require_within(actor, roles)


def require_within(actor: Actor, roles: Iterable[Role]) -> None:
    """Refuse roles that grant what the caller, with this sign-in or token, does not hold."""
    beyond = granted(set(roles)) - actor.permissions
    if beyond:
        raise Denied(
            "accounts.above_oneself",
            "Nobody gives or changes roles that may do more than they may themselves. Beyond your "
            f"own permissions: {', '.join(sorted(beyond))}.",
        )


async def create(
    tx: Transaction, sealer: Sealer, base_url: str, new: PersonCreate
) -> tuple[PersonRead, str]:
    """Make an account, and a link with which its owner chooses a password; it is mailed too."""
    require_over(tx.actor, new.roles)
    address = checked(new.email) if new.email else ""
    person = Person(
        id=new_id(),
        username=new.username,
        name=new.name,
        roles=sorted(new.roles),
        roles_kept=True,
    )
    taken = Conflict(
        "accounts.username_taken", f"The user name {new.username!r} is taken. Choose another."
    )
    with refusing_duplicates("uq_person_username", taken):
        await repository.add(tx.session, person)
    code = await _code(tx, person.id, "activate", codes.ACTIVATE_FOR)
    if address:
        told = {"username": new.username}
        await mail.post(tx.session, sealer, address, "activate", secrets={"code": code}, **told)
    await audit.write(
        tx, "accounts:create", subject_id=person.id, username=new.username, roles=person.roles
    )
    return PersonRead.model_validate(person), link(base_url, code)


async def change(tx: Transaction, person_id: UUID, wanted: PersonUpdate) -> PersonRead:
    """Change a name, roles, or whether somebody may sign in."""
    person = await _subject(tx, person_id)
    given = wanted.model_fields_set
    if person_id == tx.actor.person_id and given & {"roles", "disabled"}:
        raise Invalid("accounts.not_oneself", "Ask another administrator to change your account.")
    before = _state(person)
    if "name" in given:
        person.name = wanted.name or ""
    if wanted.roles is not None and wanted.roles != known_roles(person.roles):
        _change_roles(tx, person, wanted.roles)
        roles = ", ".join(person.roles) or "no role"
        await mail.notify(tx, person_id, "roles_changed", by=tx.actor.username, roles=roles)
    if wanted.disabled is not None and wanted.disabled != (person.disabled_at is not None):
        person.disabled_at = datetime.now(UTC) if wanted.disabled else None
    if before["admin"] and not _state(person)["admin"]:
        await keep_an_admin(tx, person_id)
    await repository.store(tx.session, person)
    await audit.write(
        tx, "accounts:change", subject_id=person_id, before=before, after=_state(person)
    )
    _forget_known(tx)
    return PersonRead.model_validate(person)


async def disable(tx: Transaction, person_id: UUID) -> PersonRead:
    """Let somebody in no more; what they did stays theirs."""
    return await change(tx, person_id, PersonUpdate(disabled=True))


async def enable(tx: Transaction, person_id: UUID) -> PersonRead:
    """Let somebody in again."""
    return await change(tx, person_id, PersonUpdate(disabled=False))


async def opening_link(tx: Transaction, base_url: str, person_id: UUID) -> OpeningLink:
    """A link to hand over to somebody who cannot receive letters: it sets a password, once.

    It opens no account whose second factor one does not have.
    """
    person = await _subject(tx, person_id)
    if not person.roles_kept:
        raise Conflict(
            "accounts.no_password",
            f"{person.username} signs in through an institution and has no password here.",
        )
    lasting = codes.RESET_FOR
    code = await _code(tx, person_id, "reset", lasting)
    await audit.write(tx, "accounts:reset_link", subject_id=person_id)
    return OpeningLink(url=link(base_url, code), expires_at=datetime.now(UTC) + lasting)


def link(base_url: str, code: str) -> str:
    """Behind `#`, which browsers send to nobody: it is in no log."""
    return f"{base_url}/hub/reset#{code}"


def _change_roles(tx: Transaction, person: Person, roles: frozenset[Role]) -> None:
    if not person.roles_kept:
        raise Conflict(
            "accounts.roles_of_institution",
            f"The roles of {person.username} come with each sign-in from their institution. Change "
            "their groups there, or which groups mean which roles in the settings.",
        )
    require_within(tx.actor, roles)
    person.roles = sorted(roles)


async def _subject(tx: Transaction, person_id: UUID) -> Person:
    """The person to change, when the caller may."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    person = await repository.get(tx.session, person_id)
    if person is None:
        raise Missing("accounts.not_found", "There is no such person.")
    require_within(tx.actor, known_roles(person.roles))
    return person


async def keep_an_admin(tx: Transaction, person_id: UUID) -> None:
    """Refuse to lose this administrator while no other one could sign in."""
    with tx.session.no_autoflush:  # the lock first: whoever held it may have disabled the caller
        others = await repository.other_admins(tx.session, person_id)
    if others == 0:
        raise Conflict(
            "accounts.last_admin",
            "This is the last administrator who can sign in. Make another one first.",
        )


async def _code(tx: Transaction, person_id: UUID, purpose: str, lasting: timedelta) -> str:
    code = codes.new_code()
    row = {
        "person_id": person_id,
        "purpose": purpose,
        "digest": code.digest,
        "expires_at": datetime.now(UTC) + lasting,
    }
    await repository.add_code(tx.session, row)
    return code.text


def _forget_known(tx: Transaction) -> None:
    """The next request of that person asks the database what they are."""

    async def forget() -> None:
        known.of(tx.session.bind).forget()  # type: ignore[arg-type]

    tx.afterwards(forget)


def _state(person: Person) -> dict[str, object]:
    able = person.disabled_at is None
    return {
        "name": person.name,
        "roles": list(person.roles),
        "disabled": not able,
        "admin": able and Role.ADMIN.value in person.roles,
    }
