"""Datasets as they are now, and freezing."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from agrigen.client import ApiError, Hub, Item
from dashboards.components.farms import load_farms
from dashboards.components.working import BUSY
from dashboards.datasets.state import FROZEN, MOST, MOST_TAGGED
from dashboards.together import together


@dataclass(frozen=True)
class Series:
    """A dataset: its newest version, and its tags with the numbers of their versions."""

    newest: Item
    versions: int
    tags: list[tuple[str, int | None, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Overview:
    """One look at the datasets; `more` when older ones were left out."""

    series: list[Series]
    more: bool


def load_overview(hub: Hub, show: str) -> Overview:
    """The newest version of each dataset, the newest dataset first."""
    found = hub.datasets.list(limit=MOST, tables=show == FROZEN)
    groups = by_series(found)
    tagged = list(groups.values())[:MOST_TAGGED] if show == FROZEN else []
    with ThreadPoolExecutor(4) as threads:
        tags = dict(zip((one[0]["series_id"] for one in tagged),
                        threads.map(lambda one: _tags(hub, one), tagged), strict=True))  # fmt: skip
    series = [Series(one[0], one[0]["number"], tags.get(id, [])) for id, one in groups.items()]
    return Overview(series, more=len(found) == MOST)


def by_series(versions: Sequence[Item]) -> dict[str, list[Item]]:
    """Versions of one dataset together, in the order in which they came."""
    groups: dict[str, list[Item]] = {}
    for one in versions:
        groups.setdefault(one["series_id"], []).append(one)
    return groups


def _tags(hub: Hub, versions: Sequence[Item]) -> list[tuple[str, int | None, bool]]:
    numbers = {one["id"]: one["number"] for one in versions}
    try:
        found = hub.datasets.tags(versions[0]["id"])
    except ApiError:
        return []  # a courtesy of the list; the page of the dataset says what is wrong
    return [(name, numbers.get(one["version_id"]), one["fixed"]) for name, one in found.items()]


def matching(series: Sequence[Series], text: str) -> list[Series]:
    """Those with the text in their name, reason, maker or tags."""
    wanted = text.strip().lower()
    return [one for one in series if wanted in _words(one)]


def _words(one: Series) -> str:
    newest = one.newest
    words = (newest["name"], newest["why"], newest["creator"], newest["content_hash"])
    return " ".join([*words, *(tag for tag, *_ in one.tags)]).lower()


@dataclass(frozen=True)
class Choices:
    """What can be frozen."""

    farms: list[Item]
    genotypes: list[Item]


def load_choices(hub: Hub, *, genotypes: bool) -> Choices:
    """Farms one reads, and genotype sets that are made."""
    got = together(
        farms=lambda: load_farms(hub),
        genotypes=lambda: _sets(hub) if genotypes else [],
    )
    return Choices(**got)


def _sets(hub: Hub) -> list[Item]:
    return [one.item for one in hub.genotypes.list(limit=100, state="done")]


def freeze(hub: Hub, asked: Mapping[str, Any]) -> Item:
    return hub.datasets.start(**asked)


def load_job(hub: Hub, id: str) -> Item:
    return hub.jobs.get(id)


def is_busy(job: Mapping[str, Any] | None) -> bool:
    return job is not None and job["state"] in BUSY
