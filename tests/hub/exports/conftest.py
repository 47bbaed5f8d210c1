"""A farm on which everything has an awkward name and most kinds of things happened."""

import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row

from hub import events, records
from hub.actor import Actor
from hub.events import EventCreate
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.records import RecordCreate
from tests.database import As, Make

AWKWARD = (
    "=1+1", "+49 171", "-5", "@home", "'t Hooft", "'=cell", "''-x", "'", "a,b;c d",
    'said "moo"', "Ökö 🐑 羊", "NA", "0x1F", "1e5", "007", "true", "2024-03-17", "null",
)  # fmt: skip
"""Names that programs take for something else."""


class Farm:
    """A farm, who works on it, and its animals by tag."""

    def __init__(self, id: UUID, code: str, owner: Actor) -> None:
        self.id, self.code, self.owner = id, code, owner
        self.animals: dict[str, UUID] = {}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(
    make: Make, as_: As, fiona: Actor, worker: subprocess.Popen[bytes]
) -> AsyncIterator[Farm]:
    farm = Farm(await make.farm("HILL", owner=fiona), "HILL", fiona)
    await _animals(make, farm)
    await _records(as_, farm)
    await _events(as_, farm)
    yield farm


async def _animals(make: Make, farm: Farm) -> None:
    add = farm.animals
    add["R=1"] = await make.animal(farm.id, "R=1", sex="M", birth_date=date(2017, 3, 1))
    add["R2"] = await make.animal(farm.id, "R2", sex="M", birth_date=date(2017, 3, 2))
    for number, name in enumerate(AWKWARD):
        tag = f"{name} {number}" if name in ("NA", "'") else name
        add[tag] = await make.animal(
            farm.id, tag, sex="F", name=name, breed=name, birth_date=date(2019, 3, 1 + number),
            birth_type=1 + number % 3,
        )  # fmt: skip
    add["L1"] = await make.animal(
        farm.id, "L1", birth_date=date(2021, 3, 1), sire_id=add["R=1"], dam_id=add["=1+1"],
        status="sold",
    )  # fmt: skip
    add["none known"] = await make.animal(farm.id, "none known")


async def _records(as_: As, farm: Farm) -> None:
    told: Sequence[tuple[str, str, float, date | None, str, dict[str, Any]]] = (
        ("=1+1", "weight", 0.1 + 0.2, date(2022, 1, 1), "", {"pen": 7, "scorer": "=Ann"}),
        ("=1+1", "weight", 61.5, date(2022, 1, 1), "evening, wet", {"pen": 7.25}),
        ("+49 171", "weight", 61.0, date(2022, 1, 1), "", {"scorer": "'t Hooft", "wet": True}),
        ("-5", "weight", 60, date(2022, 1, 2), "", {"lot": "12", "value": 3, "mixed": "a"}),
        ("@home", "weight", 60.125, date(2022, 1, 2), "-2", {"lot": "13", "mixed": 5}),
        ("L1", "weaning_weight", 22.5, None, "", {}),
        ("L1", "weaning_weight", 23.5, None, "second", {}),
        ("R2", "milk_yield", 1.25, date(2022, 5, 1), "", {}),
    )
    milk = (("'t Hooft", 1), ("'=cell", 2), ("''-x", 3))
    async with as_(farm.owner) as tx:
        for tag, trait, value, on, occasion, attributes in told:
            if tag == "R2":
                continue
            new = RecordCreate(trait=trait, value=value, recorded_on=on, occasion=occasion,
                               attributes=attributes)  # fmt: skip
            await records.add(tx, farm.animals[tag], new)
        for tag, day in milk:
            for trait, value in (("milk_yield", 1.5 + day), ("fat_percent", 6.1)):
                on = date(2022, 5, day)
                new = RecordCreate(trait=trait, value=value, recorded_on=on)
                await records.add(tx, farm.animals[tag], new)
        new = RecordCreate(trait="milk_yield", value=0.7, recorded_on=date(2022, 5, 1),
                           occasion="evening")  # fmt: skip
        await records.add(tx, farm.animals["'t Hooft"], new)


async def _events(as_: As, farm: Farm) -> None:
    r1, r2 = str(farm.animals["R=1"]), str(farm.animals["R2"])
    told: Sequence[tuple[str, date, dict[str, Any], str]] = (
        ("=1+1", date(2022, 10, 1), {"kind": "mating", "method": "natural", "sire_ids": [r1]}, ""),
        ("-5", date(2022, 10, 1),
         {"kind": "mating", "method": "group", "sire_ids": [r1, r2], "until": "2022-11-01"},
         "=HYPERLINK(1)\nsecond line, \"quoted\""),
        ("@home", date(2022, 10, 2),
         {"kind": "mating", "method": "ai", "straw": "+S 12", "technician": "'t Hooft"}, "-x"),
        ("=1+1", date(2022, 12, 1),
         {"kind": "pregnancy_check", "method": "ultrasound", "result": "multiple",
          "foetus_count": 2}, ""),
        ("=1+1", date(2023, 2, 25),
         {"kind": "parturition", "ease": 2,
          "offspring": [
              {"tag": "=N1", "sex": "F", "birth_weight_kg": 4.35, "name": "@n", "breed": "Texel"},
              {"tag": "N2", "sex": "M", "birth_weight_kg": 4.0},
              {"sex": "U", "state": "stillborn"},
          ]}, "easy"),
        ("-5", date(2023, 2, 27),
         {"kind": "parturition", "offspring": [{"tag": "N3", "sex": "F"}], "sire_ids": [r2]}, ""),
        ("=1+1", date(2023, 3, 1),
         {"kind": "treatment", "product": "=Moxi", "dose": 2.5, "dose_unit": "ml", "route": "@sc",
          "withdrawal_meat_days": 14, "medicine_group": "anthelmintic"}, ""),
        ("=1+1", date(2023, 3, 2),
         {"kind": "diagnosis", "disease": "-itis", "severity": "light", "temperature_c": 40.2}, ""),
        ("N2", date(2023, 6, 1), {"kind": "weaning", "weight_kg": 31.4}, ""),
        ("N2", date(2023, 6, 2), {"kind": "remark"}, "'=what'"),
        ("N2", date(2023, 9, 1),
         {"kind": "disposal", "disposal": "sold", "destination": "=Market", "price": 110.5}, ""),
        ("R2", date(2022, 9, 1),
         {"kind": "arrival", "reason": "return", "from_location": "+x"}, ""),
        ("N3", date(2023, 2, 28), {"kind": "fostering", "foster_dam_id":
                                   str(farm.animals["=1+1"])}, ""),
    )  # fmt: skip
    for tag, on, details, remark in told:
        async with as_(farm.owner) as tx:
            known = farm.animals.get(tag) or await _named(tx, tag)
            new = EventCreate(animal_id=known, occurred_on=on, details=details, remark=remark)
            await events.record(tx, new)


async def _named(tx: Any, tag: str) -> UUID:
    from hub import animals

    page = await animals.search(tx, animals.AnimalQuery(text=tag))
    return next(one.id for one in page.items if one.tag == tag)


_STORED = """
SELECT 'animal' AS what, jsonb_agg(to_jsonb(a) ORDER BY a.id)::text AS rows FROM app.animal a
UNION ALL SELECT 'record', jsonb_agg(to_jsonb(r) ORDER BY r.id)::text FROM app.record r
UNION ALL SELECT 'event', jsonb_agg(to_jsonb(e) ORDER BY e.id)::text FROM app.event e
UNION ALL SELECT 'name', jsonb_agg(to_jsonb(i) ORDER BY i.id)::text FROM app.animal_identifier i
"""


@pytest.fixture(scope="module")
def stored(urls: Urls) -> Any:
    """Everything that is stored, times of change included."""

    def look() -> dict[str, str]:
        with psycopg.connect(urls.owner, row_factory=dict_row) as connection:
            rows = connection.execute(_STORED).fetchall()
        return {row["what"]: row["rows"] for row in rows}

    return look
