"""Which animals deserve a look, and calendars of what there is to do."""

from datetime import date
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import plain
from agrigen.client.transport import Transport

_COLUMNS = ("kind", "tag", "since", "text", "seen", "key", "animal_id")


class Alerts:
    """Alerts of farms, as one person has seen them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of_farm(self, farm_id: str, **query: Any) -> pd.DataFrame:
        """Alerts of a farm, the gravest first: on, language, seen, inbreeding_limit."""
        answer = self._transport.get(_at(farm_id, "alerts"), **plain(query))
        return frame_of(answer["items"], _COLUMNS)

    def notifications(self, **query: Any) -> Item:
        """`unseen` and `alerts` of all farms that one belongs to: on, language."""
        return self._transport.get("/me/notifications", **plain(query))

    def mark_seen(self, farm_id: str, key: str, until: date | str | None = None) -> None:
        """Do not show an alert again before a day, or ever."""
        body = plain({"key": key} | ({"until": until} if until else {}))
        self._transport.write("POST", _at(farm_id, "alerts/seen"), body)

    def mark_unseen(self, farm_id: str, key: str) -> None:
        """Show an alert again."""
        self._transport.write("POST", _at(farm_id, "alerts/unseen"), {"key": key})

    def calendars(self, farm_id: str) -> list[Item]:
        """One's own calendars of a farm."""
        return [Item(one) for one in self._transport.get(_at(farm_id, "calendars"))["items"]]

    def share_calendar(self, farm_id: str, language: str = "en") -> str:
        """The secret address at which a calendar program reads the work of a farm; shown once."""
        made = self._transport.create(_at(farm_id, "calendars"), {"language": language})
        return f"{self._transport.api_url}{made['path']}"

    def end_calendar(self, id: str) -> None:
        """Let a calendar's address answer no more."""
        self._transport.write("POST", f"/calendars/{quote(str(id), safe='')}/end")


def _at(farm_id: str, name: str) -> str:
    return f"/farms/{quote(str(farm_id), safe='')}/{name}"
