"""What is exported and imported again changes nothing: every table, every format, odd names."""

from collections.abc import Callable
from uuid import UUID

import pytest

from hub import exports
from hub.actor import Actor
from hub.exports import ExportFilters
from tests.database import As, Make
from tests.hub.exports.conftest import Farm
from tests.workers import Door

KINDS = ("animals", "records", "events", "milk_recording")
FORMATS = ("csv", "xlsx", "parquet", "json", "jsonl")


async def exported(as_: As, actor: Actor, farm: UUID, kind: str, format_: str) -> bytes:
    async with as_(actor) as tx:
        _, _, content = await exports.table(tx, farm, kind, format_, ExportFilters())
    return content


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
async def test_an_export_that_is_imported_again_changes_nothing(
    as_: As, door: Door, hill: Farm, stored: Callable[[], dict[str, str]], kind: str, format_: str
) -> None:
    before = stored()
    content = await exported(as_, hill.owner, hill.id, kind, format_)
    done = await door.bring(hill.owner, hill.id, kind, content)
    problems = await door.problems(hill.owner, done.id)
    assert (done.state, done.error, problems) == ("done", "", [])
    assert (done.rows_loaded, done.rows_rejected) == (0, 0)
    assert done.rows_unchanged == done.rows_read > 0
    assert stored() == before


async def test_a_farm_that_is_taken_to_another_hub_is_the_same_there(
    as_: As, door: Door, hill: Farm, make: Make
) -> None:
    there = await make.farm("THERE", owner=hill.owner)
    for kind in ("animals", "records", "events"):
        content = await exported(as_, hill.owner, hill.id, kind, "csv")
        done = await door.bring(hill.owner, there, kind, content)
        assert await door.problems(hill.owner, done.id) == [], kind
    for kind in KINDS:
        first = await exported(as_, hill.owner, hill.id, kind, "csv")
        second = await exported(as_, hill.owner, there, kind, "csv")
        assert second.decode().splitlines() == first.decode().splitlines(), kind
