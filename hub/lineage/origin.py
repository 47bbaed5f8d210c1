"""Rows of frozen data that a breeding value leans on most: those of the animal and its relatives.

The frozen tables hold animals of every farm of the evaluation; what leaves this module is of
animals that the caller may see, and of the others not even a number.
"""

import asyncio
import io
from collections import Counter
from typing import Any
from uuid import UUID

import polars as pl

from hub.datasets.service import PEDIGREE
from hub.evaluations import sources
from hub.lineage import repository, rules
from hub.lineage.schemas import ValueQuery
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

_NO_SOURCES = (
    "Which row each number stood in was not kept with these data: they are of an older version "
    "(see the graph for its imports), or were frozen before origins were kept."
)
_ALL_COUNT = (
    "Every record of the frozen data takes part in the equations; listed are those of the animal "
    "and its relatives, which weigh most."
)


async def rows(
    tx: Transaction, objects: ObjectStore, files: dict[str, str], animal: str, query: ValueQuery
) -> dict[str, Any]:
    """Rows with their files and events, the nearest relatives first, and what there is to note."""
    related = await asyncio.to_thread(_related, objects, files[PEDIGREE], animal, query.generations)
    tags = await repository.tags(tx.session, related)
    seen = {id_: related[id_] for id_ in tags}
    more = len(seen) < len(related)
    counts = Counter(relation for relation, degree in seen.values() if degree)
    answer = {"relatives": dict(counts), "more_rows": more, "rows": [], "rows_found": 0}
    kept = await asyncio.to_thread(sources.stored, objects, files)
    if kept.is_empty():
        return {**answer, "notes": [_NO_SOURCES]}
    found = await asyncio.to_thread(_rows, kept, seen, query)
    listed = found.head(query.limit).to_dicts()
    shown = await _named(tx, listed, tags)
    return {**answer, "rows": shown, "rows_found": found.height, "notes": [_ALL_COUNT]}


def _related(
    objects: ObjectStore, digest: str, animal: str, generations: int
) -> dict[str, tuple[str, int]]:
    columns = ["id", "sire", "dam"]
    pedigree = pl.read_parquet(io.BytesIO(objects.get(digest)), columns=columns)
    return rules.relatives(pedigree, animal, generations)


def _rows(table: pl.DataFrame, seen: dict[str, tuple[str, int]], query: ValueQuery) -> pl.DataFrame:
    """Records before animals, the nearest relatives first, then by day."""
    if query.trait:
        table = table.filter(pl.col("trait").is_null() | (pl.col("trait") == query.trait))
    near = pl.DataFrame(
        [(id_, relation, degree) for id_, (relation, degree) in seen.items()],
        {"animal": pl.String, "relation": pl.String, "degree": pl.Int64},
        orient="row",
    )
    mine = table.filter(pl.col("animal").is_in(near["animal"].implode()))
    joined = mine.join(near, on="animal")
    return joined.sort(
        "degree",
        pl.col("table") != "records",
        "animal",
        "recorded_on",
        "trait",
        maintain_order=True,
    )


async def _named(
    tx: Transaction, listed: list[dict[str, Any]], tags: dict[str, str]
) -> list[dict[str, Any]]:
    """The rows with tags, files and events, each looked up once for all of them."""
    imports = {UUID(row["import"]) for row in listed if row["import"]}
    known = await repository.nodes(tx.session, {"import": imports})
    file_ids = {UUID(one["facts"]["file_id"]) for one in known.values()}
    files = await repository.nodes(tx.session, {"file": file_ids})
    events = await repository.events(tx.session, {r["event"] for r in listed if r["event"]})
    shown = []
    for row in listed:
        import_id = UUID(row["import"]) if row["import"] else None
        taken = known.get(("import", import_id)) if import_id else None
        file_id = UUID(taken["facts"]["file_id"]) if taken else None
        file = files.get(("file", file_id)) if file_id else None
        shown.append(
            {
                **row, "animal_id": row["animal"], "tag": tags[row["animal"]],
                "recorded_on": row["recorded_on"] or None, "record_id": row["record"],
                "event": events.get(row["event"]) if row["event"] else None,
                "import_id": import_id if taken else None, "file_id": file_id if file else None,
                "row": row["row"] if taken or not import_id else None,
                "file": file["name"] if file else None,
                "sha256": file["facts"]["sha256"] if file else None,
            }
        )  # fmt: skip
    return shown
