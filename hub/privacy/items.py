"""What DynamoDB holds about a person: found by partition, taken away by partition."""

from uuid import UUID

from hub.privacy.map import ITEMS
from hub.storage.dynamodb import CONVERSATIONS, TABLES, Item, Store, Table, key

_TABLES = {table.name: table for table in TABLES}


def partitions(store: Store, name: str, person_id: UUID, username: str) -> list[str]:
    """The partitions of a table that are this person's."""
    match next(one.partition for one in ITEMS if one.name == name):
        case "username":
            return [key(username)]
        case "conversation":
            talks = store.everything(CONVERSATIONS, str(person_id))
            return [key(str(person_id), talk["id"]) for talk in talks]
        case _:
            return [str(person_id)]


def items_of(store: Store, name: str, person_id: UUID, username: str) -> list[Item]:
    table = _TABLES[name]
    return [
        item
        for partition in partitions(store, name, person_id, username)
        for item in store.everything(table, partition)
    ]


def erase(store: Store, person_id: UUID, username: str) -> dict[str, int]:
    """Delete all of a person; messages before the conversations by which they are found."""
    order = sorted(ITEMS, key=lambda one: one.partition != "conversation")
    return {one.name: _erase_table(store, _TABLES[one.name], person_id, username) for one in order}


def _erase_table(store: Store, table: Table, person_id: UUID, username: str) -> int:
    found = items_of(store, table.name, person_id, username)
    store.delete_many(table, [(item[table.partition], item[table.sort]) for item in found])
    return len(found)
