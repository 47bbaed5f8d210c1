"""Who somebody is, for those who share a decision with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from hub.errors import Missing
from hub.farms import repository
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class Known:
    """A person by their user name and name."""

    id: UUID
    username: str
    name: str

    @property
    def called(self) -> str:
        return self.name or self.username


async def names(tx: Transaction, people: Collection[UUID | None]) -> Mapping[UUID, Known]:
    """Those of these people whom the caller has to know: on their farms, in their projects."""
    wanted = {one for one in people if one is not None}
    rows = await repository.names_of(tx.session, wanted) if wanted else ()
    return {row.id: Known(row.id, row.username, row.name) for row in rows}


async def by_username(tx: Transaction, username: str) -> Known:
    """One person by their whole user name, for who decides about a farm or leads a project."""
    row = await repository.find_person(tx.session, username)
    if row is None:
        raise Missing(
            "farms.no_such_person",
            f"There is nobody with the user name {username!r}. Ask for their exact user name, or "
            "send them an invitation.",
        )
    return Known(row.id, row.username, row.name)
