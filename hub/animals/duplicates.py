"""Pairs of entries that may be one animal."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import text

from hub import farms
from hub.animals import repository
from hub.animals.identifiers import LONG
from hub.animals.reading import read
from hub.animals.schemas import DuplicateRead
from hub.permissions import Permission
from hub.storage.transaction import Transaction

MOST = 200

_SAME_MARK = text("""
SELECT array_agg(DISTINCT i.animal_id) AS animals, min(i.value) AS mark
FROM app.animal_identifier i
WHERE i.farm_id = :farm AND i.state = 'active' AND i.backwards <> ''
GROUP BY i.backwards, CASE WHEN length(i.backwards) < :long THEN i.scheme END
HAVING count(DISTINCT i.animal_id) > 1 ORDER BY 2 LIMIT :most
""")
_SAME_BIRTH = text("""
SELECT array_agg(a.id ORDER BY a.tag) AS animals, array_agg(a.tag ORDER BY a.tag) AS tags
FROM app.animal a WHERE a.farm_id = :farm AND a.birth_date IS NOT NULL
GROUP BY a.birth_date, a.dam_id, a.sex HAVING count(*) > 1
ORDER BY a.birth_date DESC
""")


async def duplicates(tx: Transaction, farm_id: UUID) -> list[DuplicateRead]:
    """Pairs of a farm's entries that bear one mark, or were born alike and have similar tags."""
    tx.actor.require(Permission.ANIMALS_READ)
    await farms.require_visible(tx, farm_id)
    pairs: dict[frozenset[UUID], str] = {}
    values = {"farm": farm_id, "long": LONG, "most": MOST}
    for row in await tx.session.execute(_SAME_MARK, values):
        for one, two in combinations(row.animals, 2):
            told = f"Both bear {row.mark}, in the same or another spelling."
            pairs.setdefault(frozenset((one, two)), told)
    born = "Born on the same day of the same dam, of the same sex, and their tags are alike."
    for row in await tx.session.execute(_SAME_BIRTH, {"farm": farm_id}):
        for pair in _alike(row.animals, row.tags):
            pairs.setdefault(pair, born)
    return await _shown(tx, list(pairs.items())[:MOST])


def _alike(ids: Sequence[UUID], tags: Sequence[str]) -> Iterable[frozenset[UUID]]:
    """Animals of which one tag is the other's, but for zeros, separators, or what stands before."""
    for (one, first), (two, second) in combinations(zip(ids, map(_core, tags), strict=True), 2):
        short, long = sorted((first, second), key=len)
        if first == second or (len(short) >= 3 and long.endswith(short)):
            yield frozenset((one, two))


def _core(tag: str) -> str:
    """Letters and digits, without the zeros that stand before a number."""
    plain = re.sub(r"[^0-9A-Z]+", "", tag.upper())
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)


async def _shown(
    tx: Transaction, pairs: Sequence[tuple[frozenset[UUID], str]]
) -> list[DuplicateRead]:
    """Each pair with the older entry first: the one to keep unless something speaks against it."""
    found = await repository.get_many(tx.session, {id_ for pair, _ in pairs for id_ in pair})
    shown: dict[UUID, Any] = {one.id: one for one in await read(tx, list(found.values()))}
    told = []
    for pair, because in pairs:
        first, second = sorted((shown[id_] for id_ in pair), key=lambda a: (a.created_at, a.id))
        told.append(DuplicateRead(keep=first, other=second, because=because))
    return told
