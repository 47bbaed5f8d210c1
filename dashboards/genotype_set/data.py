"""What is known about one genotype set, asked of the hub part by part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import ApiError, GenotypeSet, Hub, Item
from dashboards.components.genome import chromosome_key
from dashboards.components.working import BUSY, job_of
from dashboards.genotype_set.state import REGION_ANIMALS, REGION_MARKERS, SHOWN
from dashboards.together import together


@dataclass(frozen=True)
class SetCard:
    """The set itself: what it is, where it comes from and what was made of it."""

    genotypes: GenotypeSet
    job: Item = field(default_factory=Item)
    farm: Item = field(default_factory=Item)
    panel: Item = field(default_factory=Item)
    origin: Item = field(default_factory=Item)
    versions: list[Item] = field(default_factory=list)

    @property
    def item(self) -> Item:
        return self.genotypes.item

    @property
    def busy(self) -> bool:
        return self.item["state"] in BUSY


def load_set(hub: Hub, id: str) -> SetCard:
    """The set with its farm, its panel and its versions."""
    found = hub.genotypes.get(id)
    item = found.item
    got = together(
        job=lambda: job_of(hub, item) if item["state"] in BUSY else Item(),
        farm=lambda: _there(hub.farms.get, item["farm_id"]),
        panel=lambda: _there(hub.genotypes.panel, item["panel_id"]),
        origin=lambda: _there(lambda id: hub.genotypes.get(id).item, item["parent_id"]),
        versions=lambda: [one.item for one in hub.genotypes.list(limit=20, parent_id=id)],
    )
    return SetCard(found, **got)


def _there(ask: Callable[[str], Item], id: str | None) -> Item:
    """What may be seen; nothing where there is none or it may not."""
    try:
        return ask(id) if id else Item()
    except ApiError:
        return Item()


def load_samples(card: SetCard, text: str, which: Mapping[str, Any]) -> pd.DataFrame:
    """The first samples that match."""
    return card.genotypes.samples(limit=SHOWN, text=text or None, **which)


def load_parents(card: SetCard, which: str) -> pd.DataFrame:
    """Pairs of animal and parent; "open" are those that a person should look at."""
    if which != "open":
        return card.genotypes.parentage(limit=SHOWN, status=which or None)
    got = together(
        excluded=lambda: card.genotypes.parentage(limit=SHOWN, status="excluded"),
        doubtful=lambda: card.genotypes.parentage(limit=SHOWN, status="doubtful"),
        proposed=lambda: card.genotypes.parentage(limit=SHOWN, proposed=True),
    )
    every = pd.concat([frame for frame in got.values() if len(frame)] or [got["excluded"]])
    return every.drop_duplicates(["animal_id", "role"]).reset_index(drop=True)


def load_region(
    card: SetCard, chromosome: str, span: tuple[float, float | None], samples: Sequence[str]
) -> Item:
    """Genotypes between two places, in megabases, of some animals."""
    start, stop = span
    return card.genotypes.region_page(
        chromosome,
        round(start * 1e6),
        None if stop is None else round(stop * 1e6),
        samples=list(samples) or None,
        markers=REGION_MARKERS,
        animals=REGION_ANIMALS,
    )


def chromosomes(card: SetCard) -> list[str]:
    """Chromosomes with markers, 2 before 10; markers without a place have none."""
    names = {str(name) for name in card.item["summary"].get("chromosomes", ())}
    return sorted(names - {"", "0"}, key=chromosome_key)


def names_in(text: str) -> list[str]:
    """Names that were typed, with commas or lines between."""
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


def derive(hub: Hub, id: str, name: str, rules: Mapping[str, Any]) -> Item:
    """Start a new version with rules of quality applied."""
    return hub.genotypes.get(id).derive(name=name or None, rules=dict(rules), wait=False).item


def act(hub: Hub, verb: str, id: str) -> None:
    """Cancel or retry."""
    found = hub.genotypes.get(id)
    {"cancel": found.cancel, "retry": found.retry}[verb]()
