"""Two farms with rams of a third, evaluated together and published."""

import subprocess

import pytest_asyncio

from hub import events, records
from hub.actor import Actor
from hub.evaluations import EvaluationRead
from hub.events import EventCreate
from hub.permissions import Role
from hub.records import RecordCreate
from hub.storage.base import new_id
from tests.database import As, Make
from tests.hub.lineage.flocks import FLOCK, MODEL, RAMS, WEIGHTS, Flocks
from tests.workers import Door, Evaluating


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def eve(make: Make) -> Actor:
    """Farmer on EAST; she sees nothing of WEST."""
    return await make.person("eve", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flocks(
    make: Make, as_: As, stella: Actor, eve: Actor, door: Door, worker: subprocess.Popen[bytes]
) -> Flocks:
    found = Flocks()
    for code, shared, members in (
        ("STUD", True, {}), ("EAST", False, {"owner": eve}), ("WEST", False, {}),
    ):  # fmt: skip
        found.farms[code] = await make.farm(code, shared=shared, **members)
    tags = {"columns": {"id": "tag"}}
    found.imports["rams"] = await door.bring(stella, found.farms["STUD"], "animals", RAMS)
    for code, who in (("EAST", eve), ("WEST", stella)):
        letter, farm = code[0], found.farms[code]
        flock = await door.bring(who, farm, "animals", FLOCK.format(letter), mapping=tags)
        weights = WEIGHTS.format(letter, 31.5 if letter == "E" else 28.0)
        weighed = await door.bring(who, farm, "records", weights)
        assert (flock.rows_rejected, weighed.rows_rejected) == (0, 0), (flock, weighed)
        found.imports |= {f"{code} flock": flock, f"{code} weights": weighed}
    await _by_hand(found, as_, eve)
    return found


async def _by_hand(found: Flocks, as_: As, eve: Actor) -> None:
    """One weight is corrected, and one is told with a weaning."""
    from hub import animals

    async with as_(eve) as tx:
        query = animals.AnimalQuery(farm=found.farms["EAST"], limit=100)
        found.animals = {one.tag: one.id for one in (await animals.search(tx, query)).items}
        new = {
            "id": new_id(), "animal_id": found.animals["EL4"], "occurred_on": "2021-06-02",
            "details": {"kind": "weaning", "weight_kg": 34.5},
        }  # fmt: skip
        found.weaning = (await events.record(tx, EventCreate.model_validate(new))).id
        typed = RecordCreate(trait="weaning_weight", value=30.5, recorded_on="2021-06-03")
        found.typed = (await records.add(tx, found.animals["EL3"], typed)).id


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(evaluating: Evaluating, stella: Actor, flocks: Flocks) -> EvaluationRead:
    found = await evaluating.run(stella, name="Lambs", model=MODEL, publish=True)
    assert found.state == "done", found.error
    assert found.published_at
    return found
