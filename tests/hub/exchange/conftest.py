"""A year on a farm, told through the services; and an empty farm that it can be sent to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest_asyncio
from sqlalchemy import update

from hub import animals, events, records
from hub.actor import Actor
from hub.animals import AnimalCreate, OtherIdentifier
from hub.events import EventCreate
from hub.farms.models import Farm
from hub.permissions import Role
from hub.records import RecordCreate
from hub.storage.transaction import Transaction
from tests.database import As, Make

SCHEME = "org.agrigen.farm"
ZONE = "America/Denver"

Tell = Callable[..., Any]


@dataclass
class World:
    """Who works where, and the animals by tag."""

    fiona: Actor
    hill: UUID
    brook: UUID
    ids: dict[str, UUID]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make: Make, as_: As, owner_engine: Any) -> World:
    fiona = await make.person("fiona", Role.FARMER)
    hill = await make.farm("HILL", owner=fiona)
    brook = await make.farm("BROOK", owner=fiona)
    async with owner_engine.begin() as connection:
        await connection.execute(update(Farm).values(time_zone=ZONE))
    ids: dict[str, UUID] = {}
    async with as_(fiona) as tx:
        await _flock(tx, hill, ids)
        await _year(tx, ids)
    return World(fiona, hill, brook, ids)


async def _flock(tx: Transaction, farm: UUID, ids: dict[str, UUID]) -> None:
    async def add(tag: str, sex: str, **more: Any) -> None:
        new = AnimalCreate(farm_id=farm, tag=tag, sex=sex, **more)
        ids[tag] = (await animals.create(tx, new)).id

    await add("R1", "M", birth_date=date(2020, 3, 1), breed="Texel", name="Rex")
    await add("R2", "M", birth_date=date(2020, 3, 5), breed="Texel")
    rfid = OtherIdentifier(scheme="rfid", value="982000123456789")
    await add("E1", "F", birth_date=date(2021, 2, 28), breed="Texel", identifiers=(rfid,))
    await add("E2", "F", birth_date=date(2021, 3, 3), breed_fractions={"TX": 0.75, "SU": 0.25})
    await add("E3", "F", birth_date=date(2021, 3, 4), coat="white", defects=("overshot",),
              sire_id=ids["R1"], birth_type=2)  # fmt: skip
    await add("E4", "F", birth_date=date(2021, 3, 9))
    await add("E5", "F", birth_date=date(2021, 3, 9))
    await add("E6", "F", birth_date=date(2021, 3, 9))
    await add("L9", "M", birth_date=date(2023, 3, 9), dam_id=ids["E2"], sire_id=ids["R1"])


async def _year(tx: Transaction, ids: dict[str, UUID]) -> None:
    async def tell(tag: str, on: date, kind: str, at: datetime | None = None, remark: str = "",
                   **fields: Any) -> None:  # fmt: skip
        details = {"kind": kind, **fields}
        new = EventCreate.model_validate(
            {"animal_id": ids[tag], "occurred_on": on, "occurred_at": at, "details": details,
             "remark": remark}
        )  # fmt: skip
        await events.record(tx, new)

    async def note(tag: str, trait: str, value: float, on: date, **more: Any) -> None:
        new = RecordCreate(trait=trait, value=value, recorded_on=on, **more)
        await records.add(tx, ids[tag], new)

    r1, r2 = str(ids["R1"]), str(ids["R2"])
    await tell("E1", date(2024, 10, 1), "heat", intensity="strong", remark="stood well")
    await tell("E1", date(2024, 10, 2), "mating", method="natural", sire_ids=[r1],
               at=datetime(2024, 10, 2, 23, 30, tzinfo=UTC))  # fmt: skip
    await tell("E2", date(2024, 10, 3), "mating", method="group", sire_ids=[r1, r2],
               until=date(2024, 11, 20))  # fmt: skip
    await tell("E3", date(2024, 10, 4), "mating", method="ai", sire_ids=[r2], straw="FR 123",
               technician="Ann")  # fmt: skip
    await tell("E4", date(2024, 10, 5), "embryo_flush", sire_ids=[r1], embryos=7, viable=5)
    await tell("E5", date(2024, 10, 6), "embryo_transfer", donor_id=str(ids["E4"]), sire_id=r1,
               embryos=2)  # fmt: skip
    await tell("E1", date(2024, 12, 1), "pregnancy_check", method="ultrasound", result="multiple",
               foetus_count=2, foetal_age_days=60)  # fmt: skip
    await tell("E3", date(2024, 12, 1), "pregnancy_check", method="blood", result="pregnant")
    await tell("E3", date(2025, 1, 9), "abortion", foetus_count=1, in_milk=True)
    await tell("E1", date(2025, 2, 27), "parturition", ease=2, offspring=[
        {"tag": "L1", "sex": "F", "birth_weight_kg": 4.5, "name": "Lily"},
        {"tag": "", "sex": "M", "state": "stillborn"},
    ])  # fmt: skip
    await tell("E1", date(2025, 5, 27), "dry_off")
    await tell("E6", date(2025, 6, 1), "disposal", disposal="sold", reason="predator",
               destination="Market", price=120.5, text="thin")  # fmt: skip
    await tell(
        "R2", date(2025, 6, 2), "disposal", disposal="euthanized", reason="legs", text="lame"
    )
    await tell("E2", date(2025, 6, 3), "diagnosis", disease="Foot rot", site="LF",
               severity="moderate", temperature_c=39.6)  # fmt: skip
    await tell("E2", date(2025, 6, 3), "treatment", product="Oxyvet", substance="oxytetracycline",
               dose=5, dose_unit="ml", route="i.m.", batch="B7", withdrawal_meat_days=28,
               withdrawal_milk_days=7, medicine_group="antibiotic")  # fmt: skip
    await tell("E2", date(2025, 6, 9), "remark", remark="walks well again")
    await tell("E4", date(2024, 9, 1), "arrival", reason="purchase", from_location="Vale")
    await note("E1", "weight", 71.5, date(2025, 6, 1), method="scale")
    await note("L9", "weaning_weight", 28.5, date(2023, 6, 9), occasion="second")
    await note("E1", "milk_yield", 2.1, date(2025, 4, 1))
    await note("E1", "fat_percent", 6.2, date(2025, 4, 1))
    await note("E1", "somatic_cell_count", 250, date(2025, 4, 1))
    await note("E2", "milk_yield", 1.9, date(2025, 4, 1), occasion="evening")
    await note("E1", "body_condition", 3.5, date(2025, 6, 1))
