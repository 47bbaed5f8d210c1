"""The nouns of the hub: what `hub.farms`, `hub.animals` and so on can do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import quote

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.transport import Transport

T = TypeVar("T")


class Collection(ABC, Generic[T]):
    """Things of one kind under one path; `_opened` makes of an answer what people work with."""

    path: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ()

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        return f"<{self.path.strip('/')} of {self._transport.api_url}>"

    def iterate(self, *, limit: int | None = None, **filters: Any) -> Iterator[T]:
        """Every one that matches, fetched page by page; filters are those of the REST API."""
        return map(self._opened, self._transport.pages(self.path, limit=limit, **filters))

    def list(self, *, limit: int | None = 100, **filters: Any) -> list[T]:
        """The first `limit` that match; None for all."""
        return [*self.iterate(limit=limit, **filters)]

    def frame(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """The ones that match as a data frame, one row each."""
        found = self._transport.pages(self.path, limit=limit, **filters)
        return frame_of(found, self.columns)

    def get(self, id: str) -> T:
        """The one with this id."""
        return self._opened(self._transport.get(self._at(id)))

    @abstractmethod
    def _opened(self, item: Item) -> T: ...

    def _at(self, id: str, *more: str) -> str:
        return "/".join([self.path, *(quote(str(part), safe="") for part in (id, *more))])


class Items(Collection[Item]):
    """A collection whose things are just what the hub says of them."""

    def _opened(self, item: Item) -> Item:
        return item


class Farms(Items):
    path = "/farms"
    columns = ("id", "code", "name", "species", "region", "shared")

    def create(self, **farm: Any) -> Item:
        """A new farm: create(code=..., name=..., species=...)."""
        return self._transport.create(self.path, plain(farm))

    def summary(self, id: str) -> Item:
        """Numbers of one farm: animals, sexes, breeds, records."""
        return self._transport.get(self._at(id, "summary"))

    def newest_change(self, id: str) -> int:
        """The number of a farm's newest change; it grows with whatever is recorded there."""
        answer = self._transport.get("/collect/pull", farm=id, limit=1)
        return next((int(one["seq"]) for one in answer["farms"] if one["id"] == id), 0)


class Animals(Items):
    path = "/animals"
    columns = ("id", "tag", "name", "farm_id", "sex", "breed", "birth_date", "sire_id", "dam_id")

    def create(self, **animal: Any) -> Item:
        """A new animal: create(farm_id=..., tag=..., sex=..., sire_id=..., dam_id=...)."""
        return self._transport.create(self.path, plain(animal))

    def update(self, id: str, **animal: Any) -> Item | None:
        """Change the given fields of an animal; None empties one that may be unknown."""
        return self._transport.write("PATCH", self._at(id), plain(animal))

    def lookup(self, text: str, farm: str | None = None) -> list[Item]:
        """Animals that bear what is written on a tag or was scanned, the nearest first."""
        answer = self._transport.get(f"{self.path}/lookup", text=text, farm=farm)
        return [Item(one) for one in answer["items"]]

    def retag(self, id: str, value: str, on: Any, **more: Any) -> Item | None:
        """Another tag from a day on: retag(id, "UK 0123456 00042", day, reason="lost")."""
        body = plain({"value": value, "on": on, **more})
        return self._transport.write("POST", self._at(id, "retag"), body)

    def identify(self, id: str, scheme: str, value: str, **more: Any) -> Item | None:
        """A further name of an animal: identify(id, "rfid", "982 000123456789")."""
        body = plain({"scheme": scheme, "value": value, **more})
        return self._transport.write("POST", self._at(id, "identifiers"), body)

    def history(self, id: str, *, limit: int | None = None) -> list[Item]:
        """Every change of an animal, newest first: who, what, when, before, after."""
        return [*self._transport.pages(self._at(id, "history"), limit=limit)]

    def duplicates(self, farm: str) -> list[Item]:
        """Pairs of entries of a farm that may be one animal."""
        answer = self._transport.get(f"/farms/{quote(str(farm), safe='')}/duplicates")
        return [Item(one) for one in answer["items"]]

    def merge(self, keep_id: str, other_id: str) -> Item:
        """Make two entries of one animal one; `unmerge` with the answer's id makes them two."""
        return self._transport.create(self._at(keep_id, "merge"), {"other_id": str(other_id)})

    def unmerge(self, merge_id: str) -> Item | None:
        """Undo a merge."""
        path = f"/merges/{quote(str(merge_id), safe='')}/undo"
        return self._transport.write("POST", path)

    def pedigree(self, id: str, generations: int = 3) -> pd.DataFrame:
        """Ancestors of an animal, itself first: columns id, sire, dam and what is known of each.

        `ag.Pedigree.from_frame(frame)` takes it as it is.
        """
        return pedigree_frame(self.pedigree_items(id, generations))

    def pedigree_items(self, id: str, generations: int = 3) -> list[Item]:
        """The same as the API says it, one item per animal, itself first."""
        answer = self._transport.get(self._at(id, "pedigree"), generations=generations)
        return [Item(one) for one in answer["items"]]

    def offspring(self, id: str, *, limit: int | None = None) -> list[Item]:
        """Offspring of an animal, youngest first."""
        return [*self._transport.pages(self._at(id, "offspring"), limit=limit)]

    def breeding_values(self, id: str) -> pd.DataFrame:
        """What published evaluations say about an animal, one row per trait and effect."""
        return frame_of(self.breeding_value_items(id)).rename(columns={"value": "breeding_value"})

    def breeding_value_items(self, id: str) -> list[Item]:
        """The same as the API says it, one item per trait and effect, direct ones first."""
        answer = self._transport.get(self._at(id, "breeding-values"))
        return [Item(one) for one in answer["items"]]

    def records(self, id: str, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """The records of an animal, one row each."""
        columns = ("trait", "recorded_on", "occasion", "value")
        return frame_of(
            self._transport.pages(self._at(id, "records"), limit=limit, **filters), columns
        )


class Traits(Items):
    path = "/traits"
    columns = ("code", "name", "unit", "species")


class Records:
    """Records of animals; `hub.animals.records(id)` reads them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def frame(self, animal_id: str) -> pd.DataFrame:
        """The records of one animal."""
        return Animals(self._transport).records(animal_id)

    def of_farm(
        self, farm_id: str, trait: str | None = None, *, limit: int | None = None, **days: Any
    ) -> pd.DataFrame:
        """The records of a farm, newest first; `from_` and `to` narrow the days."""
        columns = ("tag", "trait", "recorded_on", "occasion", "value")
        path = f"/farms/{quote(str(farm_id), safe='')}/records"
        query = {"trait": trait, **{name.rstrip("_"): day for name, day in plain(days).items()}}
        return frame_of(self._transport.pages(path, limit=limit, **query), columns)

    def get(self, id: str) -> Item:
        """One record."""
        return self._transport.get(self._at(id))

    def add(self, animal_id: str, **record: Any) -> Item:
        """Record an observation: add(id, trait=..., value=..., recorded_on=...).

        With an `id` made by you (UUIDv7), the same record sent again is stored once.
        """
        path = f"/animals/{quote(str(animal_id), safe='')}/records"
        return self._transport.create(path, plain(record))

    def correct(self, id: str, *, reason: str = "", **changes: Any) -> Item | None:
        """Put right what was recorded wrongly: correct(id, value=31.5, reason="misread")."""
        return self._transport.write("PATCH", self._at(id), {**plain(changes), "reason": reason})

    def remove(self, id: str, *, reason: str) -> None:
        """Take a record away; the reason and what it was stay in the log."""
        self._transport.send("DELETE", self._at(id), query={"reason": reason})

    def _at(self, id: str) -> str:
        return f"/records/{quote(str(id), safe='')}"


class Jobs(Items):
    path = "/jobs"

    def cancel(self, id: str) -> Item | None:
        """Ask a job to stop; a running one stops at its next check."""
        return self._transport.write("POST", self._at(id, "cancel"))

    def retry(self, id: str) -> Item | None:
        """Start a failed or cancelled job again."""
        return self._transport.write("POST", self._at(id, "retry"))


class Conversations(Items):
    """Conversations with Emilia: read, export, delete; talking is done on the chat page."""

    path = "/conversations"

    def messages(self, id: str) -> list[Item]:
        """Every message of a conversation in order."""
        return [*self._transport.pages(self._at(id, "messages"))]

    def delete(self, id: str) -> None:
        self._transport.write("DELETE", self._at(id))


def pedigree_frame(animals: list[Item]) -> pd.DataFrame:
    """Animals with sire_id and dam_id as a frame with the columns Pedigree reads."""
    frame = frame_of(animals, ("id", "sire_id", "dam_id", "tag", "sex", "birth_date"))
    frame = frame.rename(columns={"sire_id": "sire", "dam_id": "dam"})
    frame[["sire", "dam"]] = frame[["sire", "dam"]].astype(object).where(frame.notna(), None)
    return frame


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Dates as ISO text, everything else as given."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }
