"""What happened to animals, where they stand, and what there is to do."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Items, plain

_COLUMNS = ("id", "animal_id", "tag", "kind", "occurred_on", "remark", "voided")
_DUE = ("due_on", "from_on", "to_on", "kind", "tag", "name", "because", "overdue")
_DATES = ("occurred_on", "due_on", "from_on", "to_on")


class Events(Items):
    """Events of animals; filters are farm, animal, kind, from_, to and voided."""

    path = "/events"
    columns = _COLUMNS

    def iterate(self, *, limit: int | None = None, **filters: Any) -> Iterator[Item]:
        """Every event that matches, newest first."""
        return super().iterate(limit=limit, **_named(filters))

    def frame(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """The events that match, one row each; what belongs to a kind stands in `details`."""
        return _dated(super().frame(limit=limit, **_named(filters)))

    def record(
        self,
        animal_id: str,
        kind: str,
        occurred_on: date | str,
        *,
        remark: str = "",
        **details: Any,
    ) -> Item:
        """Record an event: record(ewe, "mating", day, method="natural", sire_ids=[ram])."""
        event = {
            "animal_id": str(animal_id),
            "occurred_on": occurred_on,
            "remark": remark,
            "details": {"kind": kind, **plain(details)},
        }
        return self.send(**event)

    def send(self, **event: Any) -> Item:
        """Record an event with all fields as the REST API has them (id, device, group_id, ...)."""
        return self._transport.create(self.path, plain(event))

    def correct(self, id: str, reason: str, **changes: Any) -> Item | None:
        """Put right what was told wrongly: correct(id, "wrong day", occurred_on=...)."""
        body = {"reason": reason, **plain(changes)}
        return self._transport.write("POST", self._at(id, "correct"), body)

    def void(self, id: str, reason: str) -> Item | None:
        """Say that it did not happen; what came of it goes, too."""
        return self._transport.write("POST", self._at(id, "void"), {"reason": reason})

    def revisions(self, id: str) -> pd.DataFrame:
        """What the event said before each correction, one row each, the first first."""
        return _dated(frame_of(self._transport.pages(self._at(id, "revisions"))))

    def search(self, *, limit: int | None = 100, **filters: Any) -> list[Item]:
        """The first `limit` events that match, newest first; None for all."""
        return [*self.iterate(limit=limit, **filters)]

    def of_animal(
        self, animal_id: str, *, limit: int | None = None, **filters: Any
    ) -> pd.DataFrame:
        """What happened to an animal, newest first, with `warnings`."""
        path = f"/animals/{quote(str(animal_id), safe='')}/events"
        return _dated(
            frame_of(self._transport.pages(path, limit=limit, **_named(filters)), _COLUMNS)
        )

    def reproduction(self, animal_id: str, on: date | str | None = None) -> Item:
        """Where an animal stands on a day: state, due_on, parity, sire_ids and more."""
        path = f"/animals/{quote(str(animal_id), safe='')}/reproduction"
        return self._transport.get(path, **plain({"on": on} if on else {}))

    def females(self, farm_id: str, on: date | str | None = None) -> list[Item]:
        """Where the females of a farm stand that can be mated, an item each."""
        path = f"/farms/{quote(str(farm_id), safe='')}/reproduction"
        answer = self._transport.get(path, **plain({"on": on} if on else {}))
        return [Item(one) for one in answer["items"]]

    def due(
        self, farm_id: str, from_: date | str | None = None, to: date | str | None = None
    ) -> pd.DataFrame:
        """What there is to do on a farm, in order of day; two weeks from today unless given."""
        days = {name: value for name, value in (("from", from_), ("to", to)) if value}
        answer = self._transport.get(f"/farms/{quote(str(farm_id), safe='')}/due", **plain(days))
        return _dated(frame_of(answer["items"], _DUE))

    def rules(self) -> list[Item]:
        """The rule tables of the species, each number with its source."""
        return [Item(one) for one in self._transport.get("/species/rules")["items"]]


def _named(filters: dict[str, Any]) -> dict[str, Any]:
    """`from` is a word of Python, so it is written `from_` here."""
    return plain({name.rstrip("_"): value for name, value in filters.items()})


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns.intersection(_DATES):
        frame[name] = pd.to_datetime(frame[name])
    return frame
