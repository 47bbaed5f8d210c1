"""What the hub sends fits the published schemas, and comes back into an empty farm as it was."""

import json
from typing import Any

import pytest

from agrigen.io.icar_ade import validate
from hub import exchange
from hub.exchange import COLLECTIONS, ExchangeQuery, Path
from tests.database import As
from tests.hub.exchange.conftest import SCHEME, World

ORDER = [
    Path.ANIMALS, Path.ARRIVALS, Path.HEATS, Path.FLUSHINGS, Path.INSEMINATIONS,
    Path.PREGNANCY_CHECKS, Path.ABORTIONS, Path.PARTURITIONS, Path.BIRTHS, Path.DRYING_OFFS,
    Path.DIAGNOSES, Path.TREATMENTS, Path.REMARKS, Path.DEPARTURES, Path.DEATHS, Path.WEIGHTS,
    Path.TEST_DAY_RESULTS, Path.CONFORMATION_SCORES,
]  # fmt: skip


async def everything(tx: Any, farm: str, path: Path) -> list[dict[str, Any]]:
    """All members of a collection, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = ExchangeQuery(limit=4, cursor=cursor)
        page = await exchange.members(tx, SCHEME, farm, path, query)
        found += page.messages
        cursor = page.next_cursor
        if cursor is None:
            assert page.total in (len(found), None) or path is Path.WITHDRAWALS
            return found


@pytest.mark.parametrize("path", list(Path))
async def test_every_message_fits_its_published_schema(world: World, as_: As, path: Path) -> None:
    async with as_(world.fiona) as tx:
        found = await everything(tx, "HILL", path)
    assert found or path is Path.BREEDING_VALUES  # nothing is published
    for message in found:
        assert validate(message, COLLECTIONS[path].resource) == [], message


async def test_a_farm_that_is_sent_to_an_empty_one_comes_back_the_same(
    world: World, as_: As
) -> None:
    async with as_(world.fiona) as tx:
        sent = {path: await everything(tx, "HILL", path) for path in Path}
    for path in ORDER:
        async with as_(world.fiona) as tx:
            results = await exchange.take_all(tx, SCHEME, "BROOK", path, sent[path])
        errors = [m for one in results for m in one["messages"] if m["severity"] == "Error"]
        assert not errors, (path, [e["detail"] for e in errors])
    async with as_(world.fiona) as tx:
        back = {path: await everything(tx, "BROOK", path) for path in Path}
    for path in [*ORDER, Path.WITHDRAWALS, Path.TEST_DAYS]:
        for one, other in zip(by_name(back[path]), by_name(sent[path]), strict=True):
            assert one == other, path


def by_name(messages: list[dict[str, Any]]) -> list[str]:
    """Messages without what is of one farm only: the ids, the location and the times of storing."""
    bare = [
        {k: v for k, v in one.items() if k not in ("id", "location", "meta")}
        | {"sourceId": one["meta"]["sourceId"] if "beginDate" not in one else ""}
        for one in messages
    ]
    return sorted(json.dumps(one, sort_keys=True) for one in bare)
