"""One version of a dataset, asked of the hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agrigen.client import ApiError, Hub, Item
from dashboards.components.farms import load_farms
from dashboards.components.working import BUSY
from dashboards.dataset.state import HIDDEN, PAGE, ROWS
from dashboards.theme import day
from dashboards.together import together

MOST_VERSIONS = 200
MOST_OTHERS = 100
RESTORED = ("animals", "records", "events", "milk_recording")
"""Tables that imports read."""


@dataclass(frozen=True)
class Version:
    """What is known of a version and of the dataset that it is of."""

    item: Item
    versions: list[Item]
    tags: dict[str, Item]

    @property
    def busy(self) -> bool:
        """A version never changes."""
        return False

    @property
    def tables(self) -> list[Item]:
        return [Item(one) for one in self.item["tables"] if one["kind"] not in HIDDEN]

    @property
    def is_newest(self) -> bool:
        return not any(one["number"] > self.item["number"] for one in self.versions)

    @property
    def own_tags(self) -> list[Item]:
        return self.tags_of(self.item["id"])

    def tags_of(self, id: str) -> list[Item]:
        return [one for one in self.tags.values() if one["version_id"] == id]

    def number_of(self, id: str) -> int | None:
        return next((one["number"] for one in self.versions if one["id"] == id), None)

    @property
    def farms(self) -> dict[str, str]:
        """Codes of the farms in it, and their ids."""
        found = self.item["description"].get("farms") or []
        return {one["code"]: one["id"] for one in found}

    @property
    def frozen_by_hand(self) -> bool:
        """Whether somebody froze it, and not an evaluation."""
        return "freeze" in self.item["description"]


def load_version(hub: Hub, id: str) -> Version:
    got = together(
        item=lambda: hub.datasets.get(id),
        versions=lambda: hub.datasets.versions(id, limit=MOST_VERSIONS),
        tags=lambda: hub.datasets.tags(id),
    )
    return Version(**got)


def load_rows(hub: Hub, id: str, kind: str) -> list[Item]:
    return hub.datasets.rows(id, kind, limit=ROWS)


@dataclass(frozen=True)
class Compared:
    """Two versions, the older one first, and what differs."""

    before: Item
    after: Item
    difference: Item


def others(hub: Hub, version: Version) -> dict[str, str]:
    """Versions that this one can be compared with, those of the same dataset first."""
    own = {
        f"Version {one['number']}, {day(one['created_at'])}": one["id"]
        for one in version.versions
        if one["id"] != version.item["id"]
    }
    series = version.item["series_id"]
    strangers = {
        f"{one['name']}, version {one['number']}": one["id"]
        for one in hub.datasets.list(limit=MOST_OTHERS, tables=True)
        if one["series_id"] != series
    }
    return own | strangers


def usual_other(version: Version, options: Mapping[str, str]) -> str:
    """The version before this one, else the one after, else any."""
    number = version.item["number"]
    near = sorted(
        (one for one in version.versions if one["id"] != version.item["id"]),
        key=lambda one: (one["number"] > number, abs(one["number"] - number)),
    )
    first = next(iter(options.values()), "")
    return near[0]["id"] if near else first


def compare(hub: Hub, version: Version, to: str, query: Mapping[str, str]) -> Compared:
    """The older of the two is `before`; `query` has kind, change and cursor."""
    other = hub.datasets.get(to)
    before, after = sorted((other, version.item), key=lambda one: str(one["created_at"]))
    wanted: dict[str, Any] = {name: value for name, value in query.items() if value}
    if wanted.get("kind") not in shared_tables(before, after):
        wanted.pop("cursor", None)
        wanted["kind"] = _first_that_differs(hub, before, after)
    found = hub.datasets.diff(before["id"], after["id"], limit=PAGE, **wanted)
    return Compared(before, after, found)


def _first_that_differs(hub: Hub, before: Item, after: Item) -> str | None:
    """What people want to see; what was found is kept, so that it is not computed twice."""
    kinds = shared_tables(before, after)
    found = hub.datasets.diff(before["id"], after["id"], limit=1)["tables"]
    differing = {one["kind"] for one in found if one["added"] + one["removed"] + one["changed"]}
    return next((one for one in kinds if one in differing), kinds[0] if kinds else None)


def shared_tables(before: Item, after: Item) -> list[str]:
    """Tables of both, in the order of the first."""
    there = {one["kind"] for one in after["tables"]} - HIDDEN
    return [one["kind"] for one in before["tables"] if one["kind"] in there]


def put_tag(hub: Hub, id: str, name: str, *, fixed: bool, why: str) -> None:
    hub.datasets.tag(id, name, fixed=fixed, why=why)


def writable_farms(hub: Hub) -> list[Item]:
    return [one for one in load_farms(hub) if one["may_write"]]


def restore(hub: Hub, id: str, options: Mapping[str, str], *, dry_run: bool) -> list[Item]:
    """The imports that bring the tables back; of a dry run they load nothing."""
    chosen = {name: value for name, value in options.items() if value}
    return hub.datasets.restore(id, dry_run=dry_run, **chosen)


def load_imports(hub: Hub, ids: Sequence[str]) -> list[Item]:
    """Imports as far as they are; one that is gone is left out."""
    found = []
    for id in ids:
        try:
            found.append(hub.imports.get(id))
        except ApiError:
            continue
    return found


def at_work(imports: Sequence[Item]) -> bool:
    return any(one["state"] in BUSY for one in imports)
