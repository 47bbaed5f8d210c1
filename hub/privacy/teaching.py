"""What classes see of farms that agreed: animals without names, farms and days.

An animal has another name in every class: an HMAC of its number with the class's own key, so lists
of two classes cannot be joined. Whoever is in too small a group is described more coarsely until
the group has five, or left out: no count over any groups can single out fewer than five.
"""

import base64
import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms
from hub.errors import Conflict, Invalid, Missing
from hub.permissions import Permission
from hub.privacy import repository
from hub.privacy.models import TeachingGrant
from hub.privacy.schemas import (
    TERMS,
    ClassAnimal,
    ClassAnimalsQuery,
    ClassCount,
    CountsQuery,
    TeachingGrantCreate,
    TeachingGrantRead,
)
from hub.storage.base import new_id
from hub.storage.paging import Page, decode_cursor, encode_cursor
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction

FEWEST = 5
FEWEST_FARMS = 3
_COARSER: tuple[tuple[str, str], ...] = (("region", ""), ("breed", ""), ("sex", "U"))


def pseudonym(course: bytes, animal: UUID) -> str:
    """The name of an animal in the class with this key."""
    digest = hmac.new(course, animal.bytes, hashlib.sha256).digest()[:10]
    return base64.b32encode(digest).decode().lower()


def coarsened(animals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same animals, in groups of species, breed, sex and region of at least five each."""
    kept = [dict(one) for one in animals]
    for name, coarse in _COARSER:
        sizes = Counter(map(_group, kept))
        for one in kept:
            if sizes[_group(one)] < FEWEST:
                one[name] = coarse
    sizes = Counter(map(_group, kept))
    return [one for one in kept if sizes[_group(one)] >= FEWEST]


def _group(animal: dict[str, Any]) -> tuple[str, ...]:
    return (animal["species"], animal["breed"], animal["sex"], animal["region"])


async def class_animals(
    tx: Transaction, sealer: Sealer, class_id: UUID, query: ClassAnimalsQuery
) -> Page[ClassAnimal]:
    """A page, in the order of names that say nothing."""
    found = await _animals(tx, sealer, class_id)
    after = str(decode_cursor(query.cursor, 1)[0]) if query.cursor else ""
    page = [one for one in found if one.id > after][: query.limit + 1]
    more = encode_cursor([page[query.limit - 1].id]) if len(page) > query.limit else None
    return Page(page[: query.limit], more)


async def class_counts(
    tx: Transaction, sealer: Sealer, class_id: UUID, query: CountsQuery
) -> list[ClassCount]:
    """How many animals of which kind; groups are those of the list, so they agree with it."""
    found = await _animals(tx, sealer, class_id)
    cells = Counter(
        (getattr(one, query.by), getattr(one, query.within) if query.within else None)
        for one in found
    )
    order = sorted(cells.items(), key=lambda cell: (cell[0][0], cell[0][1] or ""))
    return [ClassCount(by=by, within=within, animals=count) for (by, within), count in order]


async def _animals(tx: Transaction, sealer: Sealer, class_id: UUID) -> list[ClassAnimal]:
    tx.actor.require(Permission.PROJECTS_READ)
    purpose = f"class:{class_id}"
    sealed = await repository.class_key(tx.session, class_id, sealer.seal(purpose, os.urandom(32)))
    if sealed is None:
        raise Missing("privacy.no_class", "There is no such class that you lead or learn in.")
    course = sealer.open(purpose, sealed)
    rows = [dict(row._mapping) for row in await repository.class_animals(tx.session, class_id)]
    for row in rows:
        if row.pop("region_farms") < FEWEST_FARMS:
            row["region"] = ""
    told = coarsened(rows)
    there = {row["id"]: pseudonym(course, row["id"]) for row in told}
    shown = [
        ClassAnimal(
            id=there[row["id"]], sire=there.get(row["sire_id"]), dam=there.get(row["dam_id"]),
            **{name: row[name] for name in _SHOWN},
        )
        for row in told
    ]  # fmt: skip
    return sorted(shown, key=lambda one: one.id)


_SHOWN = ("species", "breed", "sex", "birth_month", "birth_type", "region")


# --- farms agree


async def teaching_grants(tx: Transaction, farm_id: UUID) -> list[TeachingGrantRead]:
    """Which classes a farm agreed to, for those who decide about it."""
    tx.actor.require(Permission.SHARING_READ)
    await farms.require_visible(tx, farm_id)
    rows = await repository.teaching_grants(tx.session, farm_id)
    return [TeachingGrantRead.model_validate(row) for row in rows]


async def give_to_class(
    tx: Transaction, farm_id: UUID, new: TeachingGrantCreate
) -> TeachingGrantRead:
    """Let a class work with a farm's animals, made unrecognizable."""
    tx.actor.require(Permission.SHARING_MANAGE)
    await farms.require_visible(tx, farm_id)
    now = datetime.now(UTC)
    if new.valid_until <= now:
        raise Invalid("privacy.until", "valid_until is not in the future; it must be.")
    class_id = await repository.find_class(tx.session, new.code)
    if class_id is None:
        message = f"There is no class {new.code} that goes on. Ask whoever leads it for its code."
        raise Missing("privacy.no_such_class", message)
    for one in await repository.teaching_grants(tx.session, farm_id):
        if one.project_id == class_id and one.revoked_at is None:
            raise Conflict("privacy.class_there", "The farm agreed to this class already.")
    grant = TeachingGrant(
        id=new_id(), farm_id=farm_id, project_id=class_id, terms=TERMS,
        agreed_by=tx.actor.person_id, valid_until=new.valid_until,
    )  # fmt: skip
    stored = await repository.add_teaching_grant(tx.session, grant)
    await audit.write(
        tx, "privacy:give_to_class", subject_id=stored.id, farm_id=farm_id, class_id=str(class_id)
    )
    return TeachingGrantRead.model_validate(stored)


async def end_for_class(tx: Transaction, farm_id: UUID, grant_id: UUID) -> None:
    """Take a farm's animals out of a class, at once."""
    tx.actor.require(Permission.SHARING_MANAGE)
    grant = await repository.teaching_grant(tx.session, grant_id)
    if grant is None or grant.farm_id != farm_id or grant.revoked_at is not None:
        raise Missing("privacy.no_teaching_grant", "The farm agreed to no such class.")
    grant.revoked_at, grant.revoked_by = datetime.now(UTC), tx.actor.person_id
    await audit.write(tx, "privacy:end_for_class", subject_id=grant_id, farm_id=farm_id)
