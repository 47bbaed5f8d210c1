"""What a phone calls by another id than the hub: young told twice, and merged animals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from hub.collect import operations, repository
from hub.collect.schemas import Operation
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class Names:
    """Which id of the hub each of the phone's is, where they differ."""

    young: Mapping[UUID, UUID]
    merged: Mapping[UUID, UUID]

    @classmethod
    async def load(cls, tx: Transaction, operations_: Sequence[Any]) -> Self:
        """Those that may stand in these operations."""
        young = await repository.names(tx.session)
        merged = await repository.survivors(tx.session, operations.ids_in(operations_))
        return cls(young, merged)

    def renamed(self, op: Operation) -> Operation:
        """The operation in the hub's ids.

        An edit of an animal that was merged is not sent on: its fields are another animal's now.
        """
        names = {**({} if op.entity == "animal" else self.merged), **self.young}
        if not names:
            return op
        entity_id = names.get(op.entity_id, op.entity_id)
        values = _renamed(op.values, names)
        return op.model_copy(update={"entity_id": entity_id, "values": values})


def _renamed(value: Any, names: Mapping[UUID, UUID]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(one, names) for one in value]
    found = operations.as_id(value)
    return str(names[found]) if found and found in names else value
