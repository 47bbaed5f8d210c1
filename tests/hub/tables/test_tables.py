"""Tables: everything a farm has, in pieces, typed, in a fixed order, and nothing of strangers."""

from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import events, tables
from hub.actor import Actor
from hub.errors import Denied, Invalid
from hub.events import EventCreate
from hub.permissions import Role
from hub.records.models import Record
from hub.tables import Filters
from tests.database import As, Make


class Flock:
    """Two farms of one owner and one of a stranger."""

    fiona: Actor
    marc: Actor
    hill: UUID
    dale: UUID
    far: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flock(make: Make, as_: As, owner_engine: AsyncEngine) -> Flock:
    it = Flock()
    it.fiona, it.marc = await make.person("fiona", Role.FARMER), await make.person("marc")
    it.hill = await make.farm("HILL", owner=it.fiona)
    it.dale = await make.farm("DALE", owner=it.fiona)
    it.far = await make.farm("FAR", owner=it.marc)
    stranger = await make.animal(it.far, "X1", sex="M")
    ram = await make.animal(it.dale, "R1", sex="M", birth_date=date(2018, 3, 1))
    ewe = await make.animal(
        it.hill, "E1", sex="F", birth_date=date(2019, 3, 1), name='=1+1 "Ök"', breed="Texel"
    )
    await make.animal(it.hill, "L1", sire_id=ram, dam_id=ewe, birth_date=date(2022, 3, 1))
    await make.animal(it.hill, "L2", sire_id=stranger, dam_id=ewe)
    first = await make.record(it.hill, ewe, "weight", 61.5, date(2022, 1, 1))
    second = await make.record(it.hill, ewe, "weight", 0.1 + 0.2, None)
    facts = {first: {"pen": 7, "scorer": "Ann"}, second: {"scorer": "12", "wet": True}}
    async with owner_engine.begin() as connection:
        for id_, attributes in facts.items():
            changed = update(Record).where(Record.id == id_).values(attributes=attributes)
            await connection.execute(changed)
    birth: dict[str, Any] = {
        "kind": "parturition", "ease": 2, "sire_ids": [str(ram)],
        "offspring": [{"tag": "N1", "sex": "F", "birth_weight_kg": 4.5}, {"state": "stillborn"}],
    }  # fmt: skip
    async with as_(it.fiona) as tx:
        told = EventCreate(animal_id=ewe, occurred_on=date(2023, 3, 3), details=birth)
        await events.record(tx, told)
    return it


async def read(as_: As, actor: Actor, kind: str, *farms: UUID, **more: Any) -> pl.DataFrame:
    async with as_(actor) as tx:
        pieces = [one async for one in tables.chunks(tx, kind, farms, **more)]
    return pl.concat(pieces) if pieces else pl.DataFrame()


async def test_animals_of_several_farms_come_typed_and_in_order(as_: As, flock: Flock) -> None:
    found = await read(as_, flock.fiona, "animals", flock.hill, flock.dale)
    assert found.columns == tables.KINDS["animals"].names()
    assert found["farm"].to_list() == ["DALE", "HILL", "HILL", "HILL", "HILL"]
    assert found["id"].to_list() == ["R1", "L2", "E1", "L1", "N1"]
    assert found["birth_date"].dtype == pl.Date
    assert found.filter(pl.col("id") == "E1")["name"].item() == '=1+1 "Ök"'


async def test_a_parent_of_another_farm_is_named_with_it_and_an_unseen_one_is_unknown(
    as_: As, flock: Flock
) -> None:
    found = await read(as_, flock.fiona, "animals", flock.hill)
    sires = dict(found.select("id", "sire").iter_rows())
    assert sires == {"E1": None, "L1": "R1 [DALE]", "L2": None, "N1": "R1 [DALE]"}


async def test_what_one_may_not_see_is_never_in_it(as_: As, flock: Flock) -> None:
    everything = (flock.hill, flock.dale, flock.far)
    for kind in tables.KINDS:
        found = await read(as_, flock.fiona, kind, *everything)
        assert found.is_empty() or "FAR" not in found["farm"].to_list(), kind
        assert (await read(as_, flock.fiona, kind, flock.far)).is_empty(), kind


async def test_attributes_are_columns_as_far_as_cells_can_hold_them(as_: As, flock: Flock) -> None:
    found = await read(as_, flock.fiona, "records", flock.hill)
    assert found.columns[-2:] == ["pen", "attributes"]
    weights = found.filter(pl.col("animal") == "E1")
    assert weights["value"].to_list() == [0.1 + 0.2, 61.5]
    assert weights["pen"].to_list() == [None, 7.0]
    assert weights["attributes"].to_list() == [
        '{"wet": true, "scorer": "12"}', '{"scorer": "Ann"}',
    ]  # fmt: skip


async def test_a_birth_has_a_row_for_each_newborn(as_: As, flock: Flock) -> None:
    found = await read(as_, flock.fiona, "events", flock.hill)
    assert found.columns == tables.KINDS["events"].names()
    told = found.select("event", "animal", "ease", "young_tag", "young_state", "sire_ids").rows()
    assert told == [
        ("parturition", "E1", 2, "N1", "live", "R1 [DALE]"),
        ("parturition", "E1", 2, None, "stillborn", "R1 [DALE]"),
    ]


async def test_filters_narrow_and_pieces_are_as_small_as_asked(as_: As, flock: Flock) -> None:
    some = Filters(start=date(2019, 1, 1), end=date(2022, 12, 31))
    found = await read(as_, flock.fiona, "animals", flock.hill, filters=some)
    assert found["id"].to_list() == ["E1", "L1"]
    async with as_(flock.fiona) as tx:
        sizes = [one.height async for one in tables.chunks(tx, "animals", [flock.hill], rows=3)]
    assert sizes == [3, 1]


async def test_a_table_nobody_knows_and_a_person_without_the_right_are_refused(
    as_: As, flock: Flock, make: Make
) -> None:
    with pytest.raises(Invalid, match="no table"):
        await read(as_, flock.fiona, "secrets", flock.hill)
    sam = await make.person("sam", Role.STUDENT)
    with pytest.raises(Denied):
        await read(as_, sam, "animals", flock.hill)


@pytest.mark.parametrize("kind", list(tables.KINDS))
def test_every_column_is_explained_in_the_dictionary(kind: str) -> None:
    schema = tables.dictionary(kind)
    assert [one["name"] for one in schema["fields"]] == tables.KINDS[kind].names()
    assert all(one["description"] for one in schema["fields"])
    assert set(schema["primaryKey"]) <= set(tables.KINDS[kind].names())
