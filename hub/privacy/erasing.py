"""An erasure, step by step: each step can be done again, and is noted once it is done.

A worker that dies leaves the notes; the next one begins with the first step that has none. The
order: nobody signs in any more; JupyterHub forgets its user; then the stores, PostgreSQL last among
them, since it is what says who the person was; then the key of the audit log, and the logs.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, sessions
from hub.accounts import addresses
from hub.actor import Actor, Credential
from hub.observability import logging
from hub.privacy import items, repository, traces
from hub.privacy.held import Erase, Held
from hub.privacy.map import PERSONAL, TABLES
from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.objects import ObjectStore
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer
from hub.storage.transaction import begin

log = logging.get_logger(__name__)

Boundary = Callable[[str], None]


@dataclass(frozen=True)
class Means:
    """What an erasure works on; `boundary` is called between doing a step and noting it."""

    engine: Engine
    store: Store
    objects: ObjectStore
    sealer: Sealer
    settings: Settings
    boundary: Boundary = lambda _: None


@dataclass(frozen=True)
class Subject:
    """Whose erasure it is, as long as that is known."""

    erasure: UUID
    person_id: UUID
    username: str
    name: str
    address: str

    @property
    def words(self) -> list[str]:
        """Texts that name the person."""
        return [one for one in (self.username, self.name, self.address) if one]


class Waits(Exception):
    """Something else has to happen first; it is looked at again later."""


Step = Callable[[Means, Subject], Awaitable[dict[str, Any]]]


async def erase_due(means: Means) -> int:
    """Go on with everything that is due; how many erasures were finished."""
    async with means.engine.connect() as connection:
        waiting = await repository.due(connection)
    finished = 0
    for one in waiting:
        try:
            finished += await _one(means, one.id)
        except Waits:
            continue
        except Exception as error:  # the others need not wait for it; it is tried again
            log.error("an erasure stopped", erasure=str(one.id), exc_info=error)
            async with means.engine.begin() as connection:
                await repository.failed(connection, one.id, type(error).__name__)
    return finished


async def _one(means: Means, erasure_id: UUID) -> bool:
    """One erasure as far as it goes, by one worker at a time."""
    async with means.engine.begin() as held:
        if not await repository.lock(held, erasure_id):
            return False
        found = next((one for one in await repository.due(held) if one.id == erasure_id), None)
        if found is None:
            return False
        done = set(found.steps)
        subject = await _subject(means, found)
        if subject is None:
            return False
        for name, step in STEPS.items():
            if name not in done:
                told = await step(means, subject)
                means.boundary(name)
                await _note(means, erasure_id, name, told)
        await _certify(means, subject)
        return True


async def _subject(means: Means, found: Any) -> Subject | None:
    """Begin, or find what was noted at the beginning: names are gone from the tables by then."""
    purpose = f"erasure:{found.id}"
    if found.sealed:
        kept = json.loads(means.sealer.open(purpose, found.sealed))
        return Subject(found.id, found.person_id, **kept)
    async with means.engine.begin() as connection:
        person = await repository.begin(connection, found.id)
        if person is None:
            return None
        address = person.address
        if address:
            address = addresses.opened(means.sealer, found.person_id, address)
        kept = {"username": person.username, "name": person.name, "address": address}
        sealed = means.sealer.seal(purpose, json.dumps(kept).encode())
        await repository.note(connection, found.id, "began", {}, sealed)
    return Subject(found.id, found.person_id, **kept)


async def _note(means: Means, erasure_id: UUID, step: str, told: dict[str, Any]) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    async with means.engine.begin() as connection:
        await repository.note(connection, erasure_id, step, {"at": at, **told}, None)


# --- steps


async def _end_sessions(means: Means, subject: Subject) -> dict[str, Any]:
    """Every sign-in ends; tokens are refused since the person is disabled."""
    await sessions.end_all(means.engine, means.store, subject.person_id, subject.username)
    return {}


async def _leave_hub(means: Means, subject: Subject) -> dict[str, Any]:
    """JupyterHub stops servers, removes user and home folder, and says so."""
    async with means.engine.connect() as connection:
        waiting = {one.id for one in await repository.for_hub(connection)}
    if subject.erasure in waiting:
        raise Waits
    return {}


async def _erase_items(means: Means, subject: Subject) -> dict[str, Any]:
    return await means.store.run(items.erase, subject.person_id, subject.username)


async def _erase_files(means: Means, subject: Subject) -> dict[str, Any]:
    """Objects go before the rows that name them are gone for good, so none is forgotten.

    What begins like one of our own tables may be a part of frozen data, too; it is left to the
    collection of what nobody refers to, which knows.
    """
    async with means.engine.begin() as connection:
        digests = await repository.erase_files(connection, subject.erasure)
        gone = await asyncio.to_thread(_remove_objects, means.objects, digests)
    return {"objects": gone}


_UPLOAD = "upload:"


def _remove_objects(objects: ObjectStore, digests: list[str]) -> int:
    gone = 0
    for digest in digests:
        if digest.startswith(_UPLOAD):
            objects.remove_parts(UUID(digest.removeprefix(_UPLOAD)))
        elif objects.has(digest) and not next(iter(objects.pieces(digest)), b"").startswith(
            b"PAR1"
        ):
            gone += objects.delete(digest)
    return gone


async def _erase_rows(means: Means, subject: Subject) -> dict[str, Any]:
    """All of PostgreSQL, at once: nobody sees half of it."""
    told: dict[str, Any] = {}
    async with means.engine.begin() as connection:
        for held in sorted(PERSONAL, key=lambda one: one.name in _LAST):
            if held.name == "farm_member":  # says which farms are the person's only, to the end
                await repository.erase_person(connection, subject.erasure)
            changed = await _erase_table(connection, subject, held)
            if changed:
                told[held.name] = changed
    return {"rows": told}


_LAST = frozenset({"farm_member"})


async def _erase_table(connection: Any, subject: Subject, held: Held) -> int:
    changed = 0
    if held.farm_clears:
        changed += await repository.erase_rows(
            connection, subject.erasure, held, farm=held.farm, values=held.farm_clears
        )
    if held.erase is Erase.DELETE:
        changed += await repository.erase_rows(
            connection, subject.erasure, held, people=held.whose, gone=True
        )
    elif held.clears or held.redacts:
        changed += await repository.erase_rows(
            connection, subject.erasure, held, people=held.whose, values=held.clears,
            redact=held.redacts.split(), words=subject.words,
        )  # fmt: skip
    return changed


async def _destroy_key(means: Means, subject: Subject) -> dict[str, Any]:
    async with begin(means.engine, _nobody(subject)) as tx:
        await audit.destroy_subject_key(tx, subject.person_id)
    return {}


async def _erase_traces(means: Means, subject: Subject) -> dict[str, Any]:
    return await asyncio.to_thread(traces.erase, means.settings, subject.words)


STEPS: dict[str, Step] = {
    "sessions": _end_sessions,
    "hub": _leave_hub,
    "items": _erase_items,
    "files": _erase_files,
    "rows": _erase_rows,
    "audit_key": _destroy_key,
    "traces": _erase_traces,
}


async def _certify(means: Means, subject: Subject) -> None:
    """Say what was done and what stays and why, without saying of whom."""
    async with means.engine.connect() as connection:
        found = next(one for one in await repository.due(connection) if one.id == subject.erasure)
    certificate = {
        "erasure": str(subject.erasure),
        "person": str(subject.person_id),
        "asked_at": found.created_at.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "steps": found.steps,
        "kept": {one.name: one.reason for one in TABLES if one.is_personal and one.reason},
    }
    content = json.dumps(certificate, sort_keys=True).encode()
    certificate["sha256"] = hashlib.sha256(content).hexdigest()
    async with begin(means.engine, _nobody(subject)) as tx:
        await repository.finish(tx.session, subject.erasure, certificate)
        await audit.write(
            tx, "privacy:erased", subject_id=subject.person_id, sha256=certificate["sha256"]
        )


def _nobody(subject: Subject) -> Actor:
    """The hub itself, in the name of a number."""
    return Actor(
        subject.person_id, "", frozenset(), frozenset(),
        request_id=f"erasure:{subject.erasure}", credential=Credential.INTERNAL,
    )  # fmt: skip
