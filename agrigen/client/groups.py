"""Groups of animals, places, and the fields that a farm keeps of its animals."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Items, plain

_MEMBERS = ("animal_id", "tag", "group", "from_on", "to_on")


class OfFarm(Items):
    """Things that a farm has by name: list them of a farm, add one, change one."""

    def list(self, farm: str = "", *, archived: bool = False, **_: Any) -> list[Item]:
        """Those of a farm in order of name."""
        answer = self._transport.get(f"/farms/{farm}{self.path}", archived=archived)
        return [Item(one) for one in answer["items"]]

    def create(self, **values: Any) -> Item:
        """A new one: create(farm_id=..., name=..., ...)."""
        return self._transport.create(self.path, plain(values))

    def update(self, id: str, **values: Any) -> Item | None:
        """Change the given fields of one."""
        return self._transport.write("PATCH", self._at(id), plain(values))


class Places(OfFarm):
    path = "/places"


class Fields(OfFarm):
    path = "/fields"


class Groups(OfFarm):
    path = "/groups"

    def members(self, id: str, on: date | str | None = None) -> pd.DataFrame:
        """Who is in a group on a day; without a day, everybody who ever was."""
        day = on.isoformat() if isinstance(on, date) else on
        found = self._transport.pages(self._at(id, "members"), on=day)
        rows = ({**one, "tag": one["animal"]["tag"]} for one in found)
        return frame_of(rows, _MEMBERS)[list(_MEMBERS)]

    def join(self, id: str, animal_ids: Iterable[str], from_on: date | str) -> list[Item]:
        """Take animals into a group from a day on."""
        body = plain({"animal_ids": [str(one) for one in animal_ids], "from_on": from_on})
        answer = self._transport.create(self._at(id, "members"), body)
        return [Item(one) for one in answer["items"]]

    def leave(self, id: str, animal_id: str, on: date | str) -> Item | None:
        """Let an animal leave a group; `on` is its first day outside."""
        body = plain({"animal_id": str(animal_id), "on": on})
        return self._transport.write("POST", self._at(id, "leave"), body)
