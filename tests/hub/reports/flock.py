"""A flock with years of matings, births, weights, milk and losses, as raw rows."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.storage.base import new_id

DAY = timedelta(days=1)


@dataclass
class Flock:
    """Rows as they are put into the tables, and as frames for an independent computation."""

    farm_id: UUID
    person_id: UUID
    seed: int = 20260314
    animals: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def animal(self, sex: str, born: date | None, **values: Any) -> dict[str, Any]:
        row = {
            "id": new_id(), "farm_id": self.farm_id, "tag": f"T{len(self.animals):05d}",
            "species": "sheep", "breed": "Texel", "sex": sex, "birth_date": born,
            "birth_type": None, "status": "alive", "sire_id": None, "dam_id": None, **values,
        }  # fmt: skip
        self.animals.append(row)
        return row

    def record(self, animal: dict[str, Any], trait: str, value: float, on: date) -> None:
        self.records.append(
            {"id": new_id(), "farm_id": self.farm_id, "animal_id": animal["id"],
             "trait_code": trait, "value": float(value), "recorded_on": on}
        )  # fmt: skip

    def event(self, animal: dict[str, Any], kind: str, on: date, **details: Any) -> None:
        self.events.append(
            {"id": new_id(), "farm_id": self.farm_id, "animal_id": animal["id"], "kind": kind,
             "occurred_on": on, "person_id": self.person_id,
             "details": {"kind": kind, **details}}
        )  # fmt: skip

    def live(self, years: range) -> "Flock":
        """Rams and ewes, and a season for every year."""
        rng = np.random.default_rng(self.seed)
        rams = [self.animal("M", date(years[0] - 2, 3, 1 + k)) for k in range(5)]
        ewes = [self.animal("F", date(years[0] - 2, 2, 1 + k % 27)) for k in range(40)]
        for year in years:
            born = [lamb for ewe in ewes for lamb in self._season(ewe, rams, year, rng)]
            ewes = [ewe for ewe in ewes if not self._leaves(ewe, year, rng)]
            ewes += [lamb for lamb in born if lamb["sex"] == "F" and lamb["status"] == "alive"][:9]
        return self

    def _season(
        self, ewe: dict[str, Any], rams: list[dict[str, Any]], year: int, rng: Any
    ) -> list[dict[str, Any]]:
        mated = date(year - 1, 10, 1) + DAY * int(rng.integers(0, 40))
        if (mated - ewe["birth_date"]).days < 200:
            return []
        ram = rams[rng.integers(0, len(rams))]
        self.event(ewe, "mating", mated, method="natural", sire_ids=[str(ram["id"])])
        if rng.random() < 0.15:
            self.event(ewe, "pregnancy_check", mated + 60 * DAY, method="ultrasound",
                       result="empty")  # fmt: skip
            return []
        return self._lambing(ewe, ram, mated + DAY * int(rng.integers(143, 152)), rng)

    def _lambing(
        self, ewe: dict[str, Any], ram: dict[str, Any], on: date, rng: Any
    ) -> list[dict[str, Any]]:
        size = int(rng.choice([1, 2, 3], p=[0.35, 0.55, 0.1]))
        lambs, told = [], []
        for _ in range(size):
            if rng.random() < 0.05:
                told.append({"animal_id": None, "tag": "", "sex": "U", "state": "stillborn"})
                continue
            lamb = self.animal(
                "M" if rng.random() < 0.5 else "F", on, birth_type=size, sire_id=ram["id"],
                dam_id=ewe["id"],
            )  # fmt: skip
            lambs.append(lamb)
            told.append({"animal_id": str(lamb["id"]), "tag": lamb["tag"], "sex": lamb["sex"],
                         "state": "live"})  # fmt: skip
            self._grows(lamb, size, rng)
        if rng.random() < 0.8:  # the other births are known from the lambs only
            self.event(ewe, "parturition", on, offspring=told)
        return lambs

    def _grows(self, lamb: dict[str, Any], size: int, rng: Any) -> None:
        on = lamb["birth_date"]
        weight = 5.5 - 0.6 * size + 0.3 * (lamb["sex"] == "M") + rng.normal(0, 0.4)
        self.record(lamb, "birth_weight", round(weight, 1), on)
        if rng.random() < 0.1:
            lamb["status"] = "dead"
            self.event(lamb, "disposal", on + DAY * int(rng.integers(0, 60)), disposal="died",
                       reason="disease")  # fmt: skip
            return
        age = int(rng.integers(60, 120))
        gain = 0.25 + 0.02 * (lamb["sex"] == "M") - 0.02 * size + rng.normal(0, 0.03)
        self.record(lamb, "weaning_weight", round(weight + gain * age, 1), on + DAY * age)

    def _leaves(self, ewe: dict[str, Any], year: int, rng: Any) -> bool:
        first = date(year, 6, 1)
        for month in range(3):
            milk = 2.5 - 0.4 * month + rng.normal(0, 0.2)
            self.record(ewe, "milk_yield", round(max(milk, 0.1), 2), first + 30 * month * DAY)
            cells = float(np.exp(rng.normal(5, 0.5)))
            self.record(ewe, "somatic_cell_count", round(cells), first + 30 * month * DAY)
        if rng.random() < 0.85:
            return False
        ewe["status"] = "sold"
        reason = str(rng.choice(["age", "fertility"]))
        self.event(ewe, "disposal", date(year, 11, 1), disposal="sold", reason=reason)
        return True

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Animals, records and events with dates as days and ids as texts."""
        found = tuple(pd.DataFrame(rows) for rows in (self.animals, self.records, self.events))
        for frame in found:
            for name in frame.columns:
                if name.endswith("_id") or name == "id":
                    frame[name] = frame[name].map(str, na_action="ignore")
                if name in ("birth_date", "recorded_on", "occurred_on"):
                    frame[name] = pd.to_datetime(frame[name])
        return found  # type: ignore[return-value]

    async def store(self, owner: AsyncEngine) -> None:
        """Put the rows into the tables."""
        async with owner.begin() as connection:
            for table, rows in (
                ("animal", self.animals), ("record", self.records), ("event", self.events),
            ):  # fmt: skip
                for start in range(0, len(rows), 500):
                    part = json.dumps(rows[start : start + 500], default=str)
                    names = [*rows[0], *_ALSO[table]]
                    values = [*rows[0], *_ALSO[table].values()]
                    await connection.execute(
                        text(
                            f"INSERT INTO app.{table} ({', '.join(names)}) "
                            f"SELECT {', '.join(values)} "
                            f"FROM json_populate_recordset(NULL::app.{table}, :rows)"
                        ),
                        {"rows": part},
                    )


_ALSO = {
    "animal": {"name": "''"},
    "record": {"occasion": "''", "attributes": "'{}'"},
    "event": {
        "remark": "''", "revision": "1", "voided": "false", "reason": "''", "device": "''",
    },
}  # fmt: skip
