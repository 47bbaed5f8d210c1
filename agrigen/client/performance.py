"""Growth, milk, feed and health: what `hub.performance` can do."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.evaluations import id_of
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.transport import Transport

Day = date | str | None

WEIGHT_COLUMNS = (
    "animal_id", "tag", "sex", "birth_date", "birth_weight_kg", "daily_gain_kg", "weighings",
)  # fmt: skip
LACTATION_COLUMNS = (
    "animal_id", "tag", "parity", "calved_on", "finished", "tests", "days_in_milk", "milk_kg",
    "fat_kg", "protein_kg", "milk_standard_kg", "projected_kg", "reliability",
)  # fmt: skip
TREATMENT_COLUMNS = (
    "animal_id", "tag", "treated_on", "product", "batch", "medicine_group", "meat_until",
    "milk_until",
)  # fmt: skip


class Performance:
    """Farms and animals may be given as the hub told them, or by id; days as dates or texts."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return f"<performance of {self._transport.api_url}>"

    def of_animal(self, animal: Any, *, assumed_birth_weight: float | None = None) -> Item:
        """Weights, scans, scores, carcass, feed and wool of an animal, as the API says it."""
        return self._animal(animal, "performance", assumed_birth_weight=assumed_birth_weight)

    def weighings(self, animal: Any) -> pd.DataFrame:
        """The weighings of an animal with its gain between them."""
        return _dated(self.of_animal(animal)["weights"]["weighings"])

    def weights(
        self,
        farm: Any,
        *,
        born_from: Day = None,
        born_to: Day = None,
        limit: int | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """One row an animal of a farm: its weights at standard ages (`weight_50`) and `ratio_50`.

        Filters are those of the API: sex, group, assumed_birth_weight.
        """
        days = {"born_from": born_from, "born_to": born_to}
        return _dated(
            map(_flat, self.weight_items(farm, limit=limit, **days, **filters)), WEIGHT_COLUMNS
        )

    def weight_items(self, farm: Any, *, limit: int | None = None, **filters: Any) -> list[Item]:
        """The same as the API says it: every weighing, and the reasons of each adjusted weight."""
        return [*self._pages(farm, "weights", limit=limit, **filters)]

    def lactations(
        self,
        farm: Any,
        *,
        calved_from: Day = None,
        calved_to: Day = None,
        days: int | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """One row a lactation of a farm: yields, projection with reliability, cells, remarks."""
        found = self._pages(
            farm, "lactations", limit=limit, calved_from=calved_from, calved_to=calved_to,
            days=days,
        )  # fmt: skip
        return _dated(found, LACTATION_COLUMNS)

    def lactations_of(self, animal: Any, *, days: int | None = None) -> list[Item]:
        """The lactations of an animal with `test_days` and `curve`, newest first."""
        return [Item(one) for one in self._animal(animal, "lactations", days=days)["lactations"]]

    def test_days(self, animal: Any) -> pd.DataFrame:
        """Every test day of an animal's lactations, oldest first."""
        rows = [
            {"parity": lactation["parity"], **test}
            for lactation in reversed(self.lactations_of(animal))
            for test in lactation["test_days"]
        ]
        return _dated(rows, ("parity", "tested_on", "dim", "milk_kg"))

    def feed(self, farm: Any, start: Day, end: Day, *, group: Any = None) -> pd.DataFrame:
        """Intake, gain, feed conversion and residual intake of the animals on test."""
        query = {"from": start, "to": end, "group": group and id_of(group)}
        return _dated(self._farm(farm, "feed", **query)["animals"])

    def health(self, animal: Any, *, on: Day = None) -> Item:
        """Diagnoses and treatments, and what is withheld on a day (today)."""
        return self._animal(animal, "health", on=on)

    def withdrawals(self, farm: Any, *, on: Day = None) -> pd.DataFrame:
        """The living animals whose meat or milk is withheld on a day (today)."""
        columns = ("animal_id", "tag", "meat_until", "milk_until")
        found = self._farm(farm, "withdrawals", on=on)["animals"]
        return _dated(({name: one[name] for name in columns} for one in found), columns)

    def medicine(
        self, farm: Any, start: Day = None, end: Day = None, *, medicine_group: str | None = None
    ) -> pd.DataFrame:
        """The medicine book: every treatment, newest first."""
        query: dict[str, Any] = {"from": start, "to": end, "medicine_group": medicine_group}
        return _dated(self._pages(farm, "medicine", **query), TREATMENT_COLUMNS)

    def medicine_use(self, farm: Any, start: Day, end: Day) -> pd.DataFrame:
        """Treatments and courses by group of medicines, for each 100 animals."""
        query = {"from": start, "to": end}
        return frame_of(self._farm(farm, "medicine-use", **query)["groups"])

    def _animal(self, animal: Any, what: str, **query: Any) -> Item:
        return self._transport.get(_path("animals", animal, what), **_texts(query))

    def _farm(self, farm: Any, what: str, **query: Any) -> Item:
        return self._transport.get(_path("farms", farm, what), **_texts(query))

    def _pages(
        self, farm: Any, what: str, *, limit: int | None = None, **query: Any
    ) -> Iterable[Item]:
        path = _path("farms", farm, what)
        return self._transport.pages(path, limit=limit, **_texts(query))


def _path(noun: str, thing: Any, what: str) -> str:
    return f"/{noun}/{quote(str(id_of(thing)), safe='')}/{what}"


def _texts(query: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in query.items()
    }


def _flat(animal: Mapping[str, Any]) -> dict[str, Any]:
    """An animal as one row: `weight_50`, `ratio_50` instead of the list of adjusted weights."""
    row = {name: value for name, value in animal.items() if name != "adjusted"}
    row["weighings"] = len(row["weighings"])
    for one in animal["adjusted"]:
        row[f"weight_{one['target_days']}"] = one["weight_kg"]
        row[f"ratio_{one['target_days']}"] = one["ratio"]
    return row


def _dated(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> pd.DataFrame:
    frame = frame_of(rows, list(columns))
    for name in [name for name in frame.columns if str(name).endswith(("_on", "_until"))]:
        frame[name] = pd.to_datetime(frame[name])
    return frame
