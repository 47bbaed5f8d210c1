"""Finding the animal that somebody means by what they wrote."""

from collections.abc import Iterable, Mapping

from agrigen.client import ApiError, Hub, Item
from dashboards.together import together

SHOWN = 5


class NotOne(Exception):
    """No animal, or several, bear what was written; the message says what to do."""


def find_animal(hub: Hub, written: str, farm_id: str) -> Item:
    """The one animal of the farm that bears it; else the one that may be seen elsewhere."""
    text = written.strip()
    if not text:
        raise NotOne("Write the tag of the animal.")
    try:
        found = hub.animals.lookup(text, farm_id) or hub.animals.lookup(text)
    except ApiError as error:
        raise NotOne(error.message) from error
    return the_one(text, found)


def the_one(text: str, found: Iterable[Item]) -> Item:
    """The only match, or the only exact one that the animal bears now."""
    matches = list(found)
    exact = [one for one in matches if one["exact"]]
    now = [one for one in exact if one["identifier"]["state"] == "active"]
    for group in (now, exact, matches):
        if len(group) == 1:
            return Item(group[0]["animal"])
    if not matches:
        raise NotOne(f"No animal that you can see has “{text}”. Look at the tag again.")
    tags = ", ".join(str(one["animal"]["tag"]) for one in matches[:SHOWN])
    more = " and others" if len(matches) > SHOWN else ""
    raise NotOne(f"“{text}” fits {tags}{more}. Write more of the tag.")


def tags_of(hub: Hub, ids: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Tags by id; animals that may not be seen are left out."""
    wanted = sorted({str(id) for id in ids} - known.keys())

    def tag(id: str) -> str:
        try:
            return str(hub.animals.get(id)["tag"])
        except ApiError:
            return ""

    asked = together(**{id: lambda id=id: tag(id) for id in wanted}) if wanted else {}
    return {**known, **{id: name for id, name in asked.items() if name}}
