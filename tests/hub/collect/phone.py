"""A phone as the protocol wants it, small: a copy of farms, an outbox, and a bad network.

It talks with the hub's own functions through JSON, a transaction a request, as the handler does.
`faults` are mistakes that a phone could have; tests show that they would be found.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from hub import collect
from hub.actor import Actor
from hub.collect import PullQuery, Push
from hub.collect.schemas import SCHEMA_VERSION
from hub.errors import Gone
from hub.storage.base import new_id
from tests.database import As

Things = dict[tuple[str, str], tuple[int, Any]]


@dataclass
class Phone:
    """One person's phone; its copy, cursor and outbox survive when the page is killed."""

    as_: As
    actor: Actor
    name: str
    schema_version: int = SCHEMA_VERSION
    clock: timedelta = timedelta()
    faults: frozenset[str] = frozenset()
    things: dict[UUID, Things] = field(default_factory=dict)
    cursors: dict[UUID, str] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    @property
    def device(self) -> str:
        return f"phone-{self.name}"

    def do(
        self,
        entity: str,
        kind: str,
        entity_id: UUID,
        values: dict[str, Any] | None = None,
        *,
        farm: UUID | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Somebody types something; it goes to the outbox."""
        self.made += 1
        copy = self.things.get(farm, {}) if farm else {}
        rev = copy.get((entity, str(entity_id)), (0, None))[0]
        typed = datetime.now(UTC) + self.clock
        operation = {
            "op_id": str(new_id()), "seq": self.made, "entity": entity, "kind": kind,
            "entity_id": str(entity_id), "base_rev": rev, "values": values or {},
            "tz": "America/Toronto", "recorded_at_device": typed.isoformat(), **more,
        }  # fmt: skip
        self.outbox.append(operation)
        return operation

    async def push(
        self, limit: int = 500, *, lose_request: bool = False, lose_reply: bool = False
    ) -> dict[str, Any] | None:
        """Send the oldest operations; they leave the outbox when their results are here."""
        batch = self.outbox[:limit]
        if not batch or lose_request:
            return None
        body = {
            "device": self.device, "schema_version": self.schema_version,
            "sent_at": (datetime.now(UTC) + self.clock).isoformat(),
            "operations": self._named(batch),
        }  # fmt: skip
        async with self._transaction() as tx:
            reply = json.loads(
                to_json(await collect.push(tx, Push.model_validate_json(to_json(body))))
            )
        if lose_reply:
            return None
        self._take_results(batch, reply)
        return reply

    def _named(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if "new_ids" not in self.faults:
            return batch
        return [{**operation, "op_id": str(new_id())} for operation in batch]

    def _take_results(self, batch: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        for operation, result in zip(batch, reply["results"], strict=True):
            assert result["op_id"] == operation["op_id"] or "new_ids" in self.faults
            self.results[operation["op_id"]] = result
        for result in reply["settled"]:
            self.results[result["op_id"]] = result
        self.outbox = self.outbox[len(batch) :]

    async def pull(
        self, farm: UUID, limit: int = 500, *, lose: bool = False, crash: bool = False
    ) -> bool:
        """One page of a farm; whether there is more."""
        query = PullQuery.model_validate({
            "farm": farm, "cursor": self.cursors.get(farm, ""), "limit": limit,
            "have": list(self.things), "schema_version": self.schema_version,
        })  # fmt: skip
        try:
            async with self._transaction() as tx:
                page = json.loads(to_json(await collect.pull(tx, query)))
        except Gone:
            self.things.pop(farm, None)
            self.cursors.pop(farm, None)
            return True
        if lose:
            return True
        if "cursor_first" in self.faults and str(farm) not in page["forget"]:
            self.cursors[farm] = page["cursor"]
        if crash:  # killed before the page was stored: neither it nor its cursor is
            return True
        self._store(farm, page)
        return bool(page["more"])

    def _store(self, farm: UUID, page: dict[str, Any]) -> None:
        for gone in page["forget"]:
            if "forgets_nothing" not in self.faults:
                self.things.pop(UUID(gone), None)
                self.cursors.pop(UUID(gone), None)
        if str(farm) in page["forget"]:
            return
        copy = self.things.setdefault(farm, {})
        for change in page["changes"]:
            key = (change["entity"], change["id"])
            if change["gone"] and "keeps_gone" not in self.faults:
                copy.pop(key, None)
            elif not change["gone"]:
                copy[key] = (change["seq"], change["values"])
        self.cursors[farm] = page["cursor"]

    async def pull_all(self, farm: UUID, limit: int = 500) -> Things:
        while await self.pull(farm, limit):
            pass
        return self.things.get(farm, {})

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        async with self.as_(self.actor) as tx:
            yield tx
