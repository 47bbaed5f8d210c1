"""Benchmarks tell where a farm stands and nothing about any other farm."""

import itertools
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import reports
from hub.actor import Actor
from hub.permissions import Role
from hub.reports import BenchmarkQuery, BenchmarksRead
from tests.database import As, Make

YEAR = date.today().year - 2
WEIGHED = 6


class World:
    """Farms of one breed, each weighing a few lambs a year to the mean that is given."""

    def __init__(self, make: Make, engine: AsyncEngine, owner: AsyncEngine) -> None:
        self.make, self.engine, self.owner = make, engine, owner
        self.names = itertools.count(1)

    async def farm(self, breed: str, region: str = "", **members: Actor) -> UUID:
        farm = await self.make.farm(f"F{next(self.names):03d}{breed[:8]}", **members)
        await self.run("UPDATE app.farm SET region = :region WHERE id = :farm",
                       region=region, farm=farm)  # fmt: skip
        return farm

    async def weighs(
        self, farm: UUID, breed: str, mean: float, year: int = YEAR, animals: int = WEIGHED
    ) -> None:
        await self.run(
            "WITH made AS (INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, "
            "status) SELECT gen_random_uuid(), :farm, :year || '-' || n, '', 'sheep', :breed, "
            "'F', 'alive' FROM generate_series(1, :animals) n RETURNING id, farm_id) "
            "INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, "
            "value, attributes) SELECT gen_random_uuid(), farm_id, id, 'weaning_weight', "
            "make_date(:year, 6, 1), '', :mean, '{}' FROM made",
            farm=farm, breed=breed, mean=mean, year=year, animals=animals,
        )  # fmt: skip

    async def farms(self, breed: str, means: Sequence[float], region: str = "") -> list[UUID]:
        made = [await self.farm(breed, region) for _ in means]
        for farm, mean in zip(made, means, strict=True):
            await self.weighs(farm, breed, mean)
        return made

    async def run(self, statement: str, **values: object) -> None:
        async with self.owner.begin() as connection:
            await connection.execute(text(statement), values)

    async def refresh(self) -> dict[int, int]:
        return await reports.refresh(self.engine)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make: Make, engine: AsyncEngine, owner_engine: AsyncEngine) -> World:
    return World(make, engine, owner_engine)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


async def look(as_: As, who: Actor, farm: UUID, year: int = YEAR) -> BenchmarksRead:
    async with as_(who) as tx:
        return await reports.benchmarks(tx, farm, BenchmarkQuery(year=year))


async def test_a_farm_stands_beside_five_and_is_told_nothing_beside_four(
    world: World, as_: As, fiona: Actor
) -> None:
    mine = {}
    for breed, others in (("Four", 3), ("Five", 4)):
        mine[breed] = await world.farm(breed, owner=fiona)
        await world.weighs(mine[breed], breed, 25)
        await world.farms(breed, range(30, 30 + others))
    await world.refresh()
    [four] = (await look(as_, fiona, mine["Four"])).items
    assert (four.value, four.breed_quartiles, four.standing) == (25, None, None)
    found = await look(as_, fiona, mine["Five"])
    [five] = found.items
    assert (found.year, found.years) == (YEAR, [YEAR])
    assert (five.metric, five.value, five.animals) == ("weaning_weight", 25, WEIGHED)
    assert (five.breed_quartiles.farms, five.standing) == (5, "lowest")
    told = [five.breed_quartiles.q25, five.breed_quartiles.q50, five.breed_quartiles.q75]
    values = [25, 30, 31, 32, 33]
    expected = [np.mean(values[k : k + 3]) for k in range(3)]
    np.testing.assert_allclose(told, np.round(expected))


async def test_a_farm_with_more_than_half_of_the_animals_withholds_the_cell(
    world: World, as_: As, fiona: Actor
) -> None:
    mine = await world.farm("Large", owner=fiona)
    await world.weighs(mine, "Large", 25, animals=5 * WEIGHED)
    await world.farms("Large", [30, 31, 32, 33])
    assert sum((await world.refresh()).values()) == 0
    assert (await look(as_, fiona, mine)).items[0].breed_quartiles is None


async def test_a_region_is_told_only_where_the_rest_is_no_small_group(
    world: World, as_: As, fiona: Actor
) -> None:
    for breed, rest, told in (("Alone", 2, False), ("Both", 5, True)):
        mine = await world.farm(breed, "West", owner=fiona)
        await world.weighs(mine, breed, 25)
        await world.farms(breed, [30, 31, 32, 33, 34], "West")
        await world.farms(breed, range(40, 40 + rest), "East")
        await world.refresh()
        [item] = (await look(as_, fiona, mine)).items
        assert item.breed_quartiles is not None
        assert (item.region_quartiles is not None) is told, breed


async def test_nothing_changes_what_was_told(world: World, as_: As, fiona: Actor) -> None:
    """Own figures, the own region, a farm that joins: all are tried on a year that is out."""
    mine = await world.farm("Still", "West", owner=fiona)
    await world.weighs(mine, "Still", 25)
    await world.farms("Still", [30, 31, 32, 33, 34], "West")
    await world.refresh()
    before = (await look(as_, fiona, mine)).items
    await world.run("UPDATE app.record SET value = 90 WHERE farm_id = :farm", farm=mine)
    await world.run("UPDATE app.farm SET region = 'East' WHERE id = :farm", farm=mine)
    await world.farms("Still", [60])
    assert set((await world.refresh()).values()) == {0}
    assert (await look(as_, fiona, mine)).items == before


async def test_one_farm_more_waits_and_three_together_do_not(
    world: World, as_: As, fiona: Actor
) -> None:
    mine = await world.farm("Join", owner=fiona)
    others = await world.farms("Join", [30, 31, 32, 33])
    late = [await world.farm("Join") for _ in range(3)]
    for year, joined in ((YEAR, 0), (YEAR + 1, 1)):
        await world.weighs(mine, "Join", 25, year)
        for farm, mean in zip(others, [30, 31, 32, 33], strict=True):
            if year > YEAR:
                await world.weighs(farm, "Join", mean, year)
        for farm in late[:joined]:
            await world.weighs(farm, "Join", 60, year)
    await world.refresh()
    [first], [second] = [(await look(as_, fiona, mine, y)).items for y in (YEAR, YEAR + 1)]
    assert first.breed_quartiles == second.breed_quartiles
    await world.run("DELETE FROM app.benchmark WHERE year = :year AND breed = 'Join'",
                    year=YEAR + 1)  # fmt: skip
    for farm in late[1:]:
        await world.weighs(farm, "Join", 60, YEAR + 1)
    await world.refresh()
    [third] = (await look(as_, fiona, mine, YEAR + 1)).items
    assert third.breed_quartiles.q75 > second.breed_quartiles.q75


async def test_who_belongs_to_most_farms_of_a_cell_cannot_subtract_them(
    world: World, make: Make, as_: As, fiona: Actor
) -> None:
    adviser = await make.person("ann", Role.ADVISER)
    mine = await world.farm("Known", owner=fiona, adviser=adviser)
    await world.weighs(mine, "Known", 25)
    others = await world.farms("Known", [30, 31, 32, 33])
    await make.member(others[0], adviser, "adviser")
    await world.refresh()
    assert (await look(as_, fiona, mine)).items[0].breed_quartiles is not None
    assert (await look(as_, adviser, mine)).items[0].breed_quartiles is None


async def test_an_attacker_cannot_find_another_farm_within_half_a_step(
    world: World, as_: As, fiona: Actor
) -> None:
    """Two worlds in which one farm differs by more than the bound look the same to everybody.

    The attacker knows their own values, sees every metric, year and region that may be asked for,
    and knows that the other farms did not change from year to year, which is the worst case. The
    victim's mean differs by 1 kg (its step; half of it is the bound) and by much more in a joiner.
    """
    views = []
    for world_name, victim in (("Night", 33.6), ("Light", 34.4)):
        mine = await world.farm(world_name, "West", owner=fiona)
        others = await world.farms(world_name, [27, 29, 31, 38, 40], "West")
        target = await world.farm(world_name, "West")
        joiner = await world.farm(world_name, "West")
        for year in (YEAR, YEAR + 1):
            await world.weighs(mine, world_name, 25, year)
            await world.weighs(target, world_name, victim, year)
            for farm, mean in zip(others, [27, 29, 31, 38, 40], strict=True):
                if year > YEAR:
                    await world.weighs(farm, world_name, mean, year)
        await world.weighs(joiner, world_name, 2 * victim, YEAR + 1)
        await world.refresh()
        seen = [(await look(as_, fiona, mine, year)).items for year in (YEAR, YEAR + 1)]
        views.append(
            [
                (one.value, one.breed_quartiles, one.region_quartiles)
                for year in seen
                for one in year
            ]
        )
    assert views[0] == views[1]
    assert all(cell is not None for _, cell, _ in views[0])


async def test_the_tables_themselves_tell_no_more(world: World, as_: As, fiona: Actor) -> None:
    async with as_(fiona) as tx:
        rows = await tx.session.execute(text("SELECT DISTINCT farm_id FROM app.benchmark_value"))
        mine = {row.farm_id for row in rows}
        members = await tx.session.execute(text("SELECT farm_id FROM app.farm_member"))
        assert mine <= {row.farm_id for row in members}
        columns = await tx.session.execute(
            text("SELECT DISTINCT farms FROM app.benchmark WHERE q25 IS NOT NULL")
        )
        assert {row.farms for row in columns} <= {5, 10, 20, 50}


async def test_litters_and_milk_are_computed_from_events_and_records(
    world: World, as_: As, fiona: Actor
) -> None:
    farms = [await world.farm("Milk", owner=fiona)] + [await world.farm("Milk") for _ in range(4)]
    for number, farm in enumerate(farms):
        await world.run(
            "WITH old AS (INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, "
            "status) VALUES (gen_random_uuid(), :farm, 'Old', '', 'sheep', 'Milk', 'F', 'dead') "
            "RETURNING id), "
            "ewes AS (INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, "
            "status, birth_date, dam_id) SELECT gen_random_uuid(), :farm, 'E' || n, '', 'sheep', "
            "'Milk', 'F', 'alive', make_date(:year - 2, 3, 1), old.id "
            "FROM generate_series(1, 5) n, old RETURNING *), "
            "told AS (INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, "
            "remark, revision, voided, reason, person_id, device) SELECT gen_random_uuid(), "
            "farm_id, id, 'parturition', make_date(:year, 3, 1), jsonb_build_object('kind', "
            "'parturition', 'offspring', (SELECT jsonb_agg(jsonb_build_object('state', "
            "CASE k WHEN 1 THEN 'stillborn' ELSE 'live' END)) FROM generate_series(1, :size) k)), "
            "'', 1, false, '', :person, '' FROM ewes) "
            "INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, "
            "value, attributes) SELECT gen_random_uuid(), farm_id, id, 'somatic_cell_count', "
            "make_date(:year, 6, 1), '', 200, '{}' FROM ewes",
            farm=farm, year=YEAR, size=1 + number % 3, person=fiona.person_id,
        )  # fmt: skip
    await world.refresh()
    items = {one.metric: one for one in (await look(as_, fiona, farms[0])).items}
    assert {name: one.value for name, one in items.items()} == {
        "litter_size": 1, "young_lost": 100, "cell_score": 4, "age_at_first_birth": 730,
    }  # fmt: skip
    assert items["litter_size"].breed_quartiles.q50 == pytest.approx(np.round(5 / 3, 1))
    assert (items["young_lost"].standing, items["young_lost"].better) == ("highest", "lower")
