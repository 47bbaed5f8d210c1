"""Genotype sets as they are now, and handing files in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from agrigen.client import ApiError, GenotypeSet, Hub, Item
from dashboards.components.working import BUSY, job_of
from dashboards.genotypes.state import SHOWN
from dashboards.together import together

COMPANIONS = {
    ".bed": (".bim", ".fam"),
    ".bim": (".bed", ".fam"),
    ".fam": (".bed", ".bim"),
    ".ped": (".map",),
    ".map": (".ped",),
}


@dataclass(frozen=True)
class Overview:
    """One look at the sets; `jobs` holds the work behind those that are not done."""

    sets: list[GenotypeSet]
    farms: dict[str, Item]
    panels: dict[str, Item]
    jobs: dict[str, Item]

    @property
    def busy(self) -> bool:
        return any(one.item["state"] in BUSY for one in self.sets)

    def farm_name(self, id: str) -> str:
        return str(self.farms.get(id, Item()).get("name", ""))


def load_overview(hub: Hub, farm: str = "") -> Overview:
    """The newest sets of a farm, or of all one may see."""
    wanted = {"farm_id": farm} if farm else {}
    got = together(
        sets=lambda: hub.genotypes.list(limit=SHOWN, **wanted),
        farms=lambda: {one["id"]: one for one in hub.farms.iterate()},
        panels=lambda: {one["id"]: Item(one) for one in hub.genotypes.panels().to_dict("records")},
    )
    working = [one.item for one in got["sets"] if one.item["state"] in BUSY]
    return Overview(**got, jobs={item["id"]: job_of(hub, item) for item in working})


def writable(farms: Mapping[str, Item]) -> list[Item]:
    """Farms that the viewer works on, by name."""
    mine = [one for one in farms.values() if one["may_write"]]
    return sorted(mine, key=lambda one: one["name"])


def wrong_files(names: Sequence[str]) -> str:
    """What is wrong with the chosen files as a sentence; empty when nothing is."""
    if not names:
        return "Choose the files first."
    kinds = [PurePath(name.removesuffix(".gz")).suffix.lower() for name in names]
    for name, kind in zip(names, kinds, strict=True):
        lacking = [other for other in COMPANIONS.get(kind, ()) if other not in kinds]
        if lacking:
            return f"{name} comes with {' and '.join(lacking)}: choose them together."
    if len(names) > 1 + len(COMPANIONS.get(kinds[0], ())):
        return (
            "One set is one VCF, CSV, FinalReport or BLUPF90 file, or .bed, .bim and .fam, or .ped "
            "and .map. Hand in other files as sets of their own."
        )
    return ""


MOST_FILES = 100
"""One's newest files, among which those that belong to a chosen one are looked for."""


def handed_in(hub: Hub, ids: str) -> list[Item]:
    """Files handed in before, and those beside them that they cannot be read without."""
    files = [hub.files.get(one) for one in ids.split(",") if one.strip()]
    lacking = _lacking([file["name"] for file in files])
    if not lacking:
        return files
    newest = hub.files.list(limit=MOST_FILES, unused="true")
    beside = {name: one for one in reversed(newest) if (name := one["name"].lower()) in lacking}
    return [*files, *beside.values()]


def _lacking(names: Sequence[str]) -> set[str]:
    """Names of the files that must come along, in small letters."""
    there = {name.lower() for name in names}
    wanted = {
        PurePath(name).with_suffix(ending).name.lower()
        for name in names
        for ending in COMPANIONS.get(PurePath(name).suffix.lower(), ())
    }
    return wanted - there


def make(hub: Hub, files: Sequence[Item], settings: Mapping[str, Any]) -> Item:
    """Start reading files that were handed in before."""
    return hub.genotypes.create([file["id"] for file in files], **settings).item


def upload(hub: Hub, files: Mapping[str, bytes | str], settings: Mapping[str, Any]) -> Item:
    """Hand in the files and start reading them; returns the set that is being made."""
    contents = {
        name: content.encode() if isinstance(content, str) else content
        for name, content in files.items()
    }
    return hub.genotypes.create(contents, **settings).item


def refused(error: ApiError) -> str:
    """Why the hub did not take it, every remark of it."""
    return " ".join([error.message, *(str(one) for one in error.errors)])
