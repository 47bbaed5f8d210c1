"""Watched places as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agrigen.client import Hub, Item, Missing
from dashboards.components.working import BUSY, job_of
from dashboards.together import together

MOST_FILES = 100


@dataclass(frozen=True)
class Overview:
    """All places, and the one that is looked at with its files."""

    sources: list[Item]
    farms: dict[str, Item]
    places: list[Item]
    templates: list[Item]
    one: Item | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, Item] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        return any(job["state"] in BUSY for job in self.jobs.values())

    def farm_name(self, id: str) -> str:
        return str(self.farms.get(id, Item()).get("name", ""))

    def working(self, source: Mapping[str, Any]) -> Item | None:
        """The run of a place that waits or goes on."""
        job = self.jobs.get(source["id"])
        return job if job is not None and job["state"] in BUSY else None


def load_overview(hub: Hub, id: str) -> Overview:
    """Every place; with the id of one also its files."""
    got = together(
        sources=lambda: hub.sources.list(limit=None),
        farms=lambda: {one["id"]: one for one in hub.farms.iterate()},
        places=hub.sources.places,
        templates=lambda: hub.templates.list(limit=None),
        files=lambda: _files(hub, id) if id not in {"", "new"} else [],
    )
    one = next((source for source in got["sources"] if source["id"] == id), None)
    run = {source["id"]: source for source in got["sources"] if source["job_id"]}
    jobs = together(**{key: lambda s=s: job_of(hub, s) for key, s in run.items()}) if run else {}
    return Overview(**got, one=one, jobs={key: job for key, job in jobs.items() if job})


def _files(hub: Hub, id: str) -> list[dict[str, Any]]:
    try:
        return list(hub.sources.files(id, limit=MOST_FILES).to_dict("records"))
    except Missing:
        return []


def act(hub: Hub, verb: str, id: str) -> None:
    """Look now, pause, take up again, or watch no longer."""
    if verb == "run":
        hub.sources.start(id)
        return
    {"pause": hub.sources.pause, "resume": hub.sources.resume, "delete": hub.sources.delete}[verb](
        id
    )


def save(hub: Hub, id: str, values: dict[str, Any]) -> Item | None:
    """Set a place up, or change it."""
    if id:
        kept = {name: value for name, value in values.items() if name not in {"farm", "kind"}}
        return hub.sources.update(id, **kept)
    return hub.sources.create(values.pop("name"), **values)
