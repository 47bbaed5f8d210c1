"""Exports as they are now, what there is to take along, and asking for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agrigen.client import ApiError, Hub, Item
from dashboards.components.farms import load_farms
from dashboards.components.working import BUSY, job_of
from dashboards.exports.state import MOST_SETS, SHOWN
from dashboards.together import together


@dataclass(frozen=True)
class Choices:
    """What can be taken along."""

    farms: list[Item]
    tables: list[Item]
    traits: list[Item]
    genotypes: list[Item]

    def table(self, name: str) -> Item | None:
        return next((one for one in self.tables if one["name"] == name), None)

    @property
    def events(self) -> list[str]:
        """Kinds of events."""
        found = self.table("events")
        columns = found["columns"] if found else []
        return next((one["codes"] for one in columns if one["name"] == "event"), [])


def load_choices(hub: Hub, *, genotypes: bool) -> Choices:
    got = together(
        farms=lambda: load_farms(hub),
        tables=hub.exports.tables,
        traits=lambda: [*hub.traits.iterate()],
        genotypes=lambda: _sets(hub) if genotypes else [],
    )
    return Choices(**got)


def _sets(hub: Hub) -> list[Item]:
    return [one.item for one in hub.genotypes.list(limit=MOST_SETS, state="done")]


@dataclass(frozen=True)
class Overview:
    """One's exports, newest first; `jobs` holds the work behind those that are not over."""

    exports: list[Item]
    chosen: Item | None
    jobs: dict[str, Item]

    @property
    def busy(self) -> bool:
        return bool(self.jobs)


def load_overview(hub: Hub, id: str) -> Overview:
    """The newest ones, and the one that is looked at, also when it is an older one."""
    found = hub.exports.list(limit=SHOWN)
    chosen = next((one for one in found if one["id"] == id), None)
    if id and chosen is None:
        chosen = _one(hub, id)
    working = [one for one in [*found, chosen] if one is not None and one["state"] in BUSY]
    return Overview(found, chosen, {one["id"]: job_of(hub, one) for one in working})


def _one(hub: Hub, id: str) -> Item | None:
    try:
        return hub.exports.get(id)
    except ApiError:
        return None


def create(hub: Hub, asked: Mapping[str, Any]) -> Item:
    """Ask for an export; `asked` is what the form says."""
    if asked.get("genotype_set"):
        return hub.exports.create(format=asked["format"], genotype_set=asked["genotype_set"])
    return hub.exports.create(
        *asked["farms"], kinds=asked["kinds"], format=asked["format"], filters=asked["filters"]
    )


def act(hub: Hub, verb: str, id: str) -> None:
    {"cancel": hub.exports.cancel, "remove": hub.exports.remove}[verb](id)
