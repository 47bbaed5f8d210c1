"""What is known about one study, asked of the hub."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import ApiError, Association, Hub, Item
from dashboards.association.state import AROUND
from dashboards.components.working import BUSY, job_of
from dashboards.theme import words
from dashboards.together import together

STRONGEST = 15


@dataclass(frozen=True)
class Study:
    """Everything on the page of one study; points and tables are None until it is done."""

    association: Association
    job: Item = field(default_factory=Item)
    trait: Item = field(default_factory=Item)
    genotypes: Item = field(default_factory=Item)
    points: Item | None = None
    strongest: pd.DataFrame | None = None
    mine: bool = False

    @property
    def item(self) -> Item:
        return self.association.item

    @property
    def busy(self) -> bool:
        return self.item["state"] in BUSY

    @property
    def trait_name(self) -> str:
        return str(self.trait.get("name") or words(self.item["trait"]))

    @property
    def unit(self) -> str:
        return str(self.trait.get("unit") or "")

    @property
    def table(self) -> pd.DataFrame:
        """The points of the picture, one row each."""
        columns = ("chromosome", "position", "marker", "minus_log10_p", "effect")
        points = self.points or {name: [] for name in columns}
        frame = pd.DataFrame({name: points[name] for name in columns})
        return frame.rename(columns={"minus_log10_p": "log10_p"})


@dataclass(frozen=True)
class Region:
    """What stands around a chosen marker."""

    marker: str
    chromosome: str
    start: int
    stop: int
    markers: pd.DataFrame
    windows: pd.DataFrame


def load_study(hub: Hub, id: str) -> Study:
    """The study and how far it is; its points when it is done."""
    association = hub.associations.get(id)
    if association.item["state"] != "done":
        return Study(association, job_of(hub, association.item), mine=_mine(hub, association.item))
    got = together(
        trait=lambda: _trait(hub, association.item["trait"]),
        genotypes=lambda: _genotypes(hub, association.item["genotype_set_id"]),
        points=association.points,
        strongest=lambda: association.frame(limit=STRONGEST),
        mine=lambda: _mine(hub, association.item),
    )
    return Study(association, **got)


def load_region(study: Study, row: int) -> Region:
    """Markers and windows around a point of the picture."""
    point = study.table.iloc[row]
    start, stop = max(0, int(point.position) - AROUND), int(point.position) + AROUND
    chosen = str(point.chromosome)
    got = together(
        markers=lambda: study.association.frame(
            chromosome=chosen, start=start, stop=stop, order="position"
        ),
        windows=lambda: study.association.windows(chromosome=chosen),
    )
    windows = got["windows"]
    near = windows[(windows["stop"] > start) & (windows["start"] <= stop)]
    return Region(str(point.marker), chosen, start, stop, got["markers"], near)


def act(hub: Hub, verb: str, id: str) -> None:
    """Cancel, retry, publish or withdraw a study."""
    association = hub.associations.get(id)
    {
        "cancel": association.cancel,
        "retry": association.retry,
        "publish": association.publish,
        "withdraw": association.withdraw,
    }[verb]()


def _mine(hub: Hub, item: Item) -> bool:
    return bool(item["person_id"] == hub.me()["id"])


def _trait(hub: Hub, code: str) -> Item:
    return next((one for one in hub.traits.iterate() if one["code"] == code), Item())


def _genotypes(hub: Hub, id: str) -> Item:
    """The genotype set; nothing where the viewer may not see it."""
    try:
        return hub.genotypes.get(id).item
    except ApiError:
        return Item()


def row_of(study: Study, marker: str) -> int | None:
    """The point of a marker; none where it is not among the points."""
    found: Any = study.table.index[study.table["marker"] == marker]
    return int(found[0]) if len(found) else None
