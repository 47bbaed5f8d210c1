"""Messages of the ICAR Animal Data Exchange, from and to a farm of the hub."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from agrigen.client.item import Item
from agrigen.client.transport import Transport

SCHEME = "org.agrigen.farm"
BATCH = 200


class Exchange:
    """`hub.exchange.messages("HILL", "heats")`: a farm by its code, a collection by ADE's name."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport.beside("/icar/v1")

    def messages(
        self, farm: str, collection: str, *, changed_since: str | None = None
    ) -> Iterator[Item]:
        """Every message of a collection, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"cursor": cursor or None, "meta-modified-from": changed_since}
            page = self._transport.get(_at(farm, collection), **query)
            yield from map(Item, page["member"])
            after = page["view"].get("next", "")
            cursor = _cursor(after) if after else None

    def send(self, farm: str, collection: str, messages: Sequence[dict[str, Any]]) -> list[Item]:
        """Send messages; a result for each, with what was repaired or why it was refused."""
        results: list[Item] = []
        for first in range(0, len(messages), BATCH):
            some = list(messages[first : first + BATCH])
            answer = self._transport.send("POST", f"/batches{_at(farm, collection)}", json=some)
            results += map(Item, answer.json())
        return results


def _at(farm: str, collection: str) -> str:
    return f"/locations/{SCHEME}/{quote(farm, safe='')}/{collection}"


def _cursor(address: str) -> str:
    from httpx import URL

    return URL(address).params["cursor"]
