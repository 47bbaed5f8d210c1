"""The page that says what the hub holds about people, made from the map."""

from collections.abc import Iterator

from hub.privacy.held import Erase, Held
from hub.privacy.map import ITEMS, OBJECTS, TABLES

_HEAD = """# What is held about people

Every table and column is classified here; a test compares the list with the catalogue of a real
database and fails when something is missing. Archives about a person
(`POST /me/export`) and erasures (`POST /me/erasure`) are made from the same list; [Privacy](
../explanation/privacy.md) says how.

The number of a person stays where the row stays; after an erasure it names nobody.

## Tables that name a person

| table | what | by | told to the person | after an erasure |
| --- | --- | --- | --- | --- |
"""


def privacy_page() -> str:
    """Tables, items and objects, and what becomes of each."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEAD
    for held in TABLES:
        if held.is_personal:
            by = held.people.replace(" ", ", ") or f"farms that are the person's only ({held.farm})"
            told = ", ".join(held.told)
            yield f"| `{held.name}` | {held.about} | {by} | {told} | {_erased(held)} |\n"
    yield "\n## Items in DynamoDB\n\n| table | what | found by | after an erasure |\n"
    yield "| --- | --- | --- | --- |\n"
    for items in ITEMS:
        yield f"| `{items.name}` | {items.about} | {items.partition} | deleted |\n"
    yield "\n## Files\n\n| kind | what | named by | after an erasure |\n| --- | --- | --- | --- |\n"
    for one in OBJECTS:
        yield f"| {one.name} | {one.about} | `{one.named_by}` | {one.erased} |\n"
    yield "\n## Tables that name nobody\n\n| table | why |\n| --- | --- |\n"
    for held in TABLES:
        if not held.is_personal:
            yield f"| `{held.name}` | {held.reason} |\n"


def _erased(held: Held) -> str:
    if held.erase is Erase.DELETE:
        return "deleted"
    cleared = ", ".join([*held.clears, *held.farm_clears, *held.redacts.split()])
    return f"{f'cleared: {cleared}; ' if cleared else ''}kept: {held.reason}"
