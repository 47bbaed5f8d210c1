"""What is known about one animal, asked of the hub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import Hub, Item
from dashboards.components.event_words import animals_of
from dashboards.components.finding import tags_of
from dashboards.together import together

GENERATIONS = 3
MOST_OFFSPRING = 500
MOST_RECORDS = 2000
MOST_CHANGES = 100
MOST_EVENTS = 500
MOST_NAMED = 30
MOST_PHOTOS = 6

Photo = tuple[Item, bytes]
"""What is known of a picture, and the small one of it."""


@dataclass(frozen=True)
class AnimalCard:
    """Everything on the page of one animal."""

    animal: Item
    farm: Item
    ancestors: list[dict[str, Any]]
    young: list[Item]
    values: list[Item]
    records: pd.DataFrame
    traits: dict[str, Item]
    history: list[Item] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    performance: Item = field(default_factory=Item)
    lactations: list[Item] = field(default_factory=list)
    health: Item = field(default_factory=Item)
    state: Item = field(default_factory=Item)
    events: list[Item] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    genotypes: list[Item] = field(default_factory=list)
    parents: list[Item] = field(default_factory=list)

    @property
    def offspring(self) -> int:
        return len(self.young)

    @property
    def inbreeding(self) -> float | None:
        """From the newest evaluation; an animal without one has none here."""
        return self.values[0]["inbreeding"] if self.values else None


def load_card(
    hub: Hub, id: str, trait: str, *, genotypes: bool = False, events: bool = False
) -> AnimalCard:
    """Ask for all parts at the same time; only the animal itself must be there."""
    animal = hub.animals.get(id)
    id = animal["id"]  # of two entries that were merged, the one that stayed
    parts: dict[str, Callable[[], Any]] = {
        "farm": lambda: hub.farms.get(animal["farm_id"]),
        "ancestors": lambda: hub.animals.pedigree_items(id, GENERATIONS),
        "young": lambda: hub.animals.offspring(id, limit=MOST_OFFSPRING),
        "values": lambda: hub.animals.breeding_value_items(id),
        "records": lambda: hub.animals.records(id, limit=MOST_RECORDS),
        "traits": lambda: {one["code"]: one for one in hub.traits.iterate()},
        "history": lambda: hub.animals.history(id, limit=MOST_CHANGES),
        "photos": lambda: _photos(hub, id),
        "performance": lambda: hub.performance.of_animal(id),
    }
    if events:
        parts |= {
            "state": lambda: hub.events.reproduction(id),
            "events": lambda: hub.events.search(animal=id, voided=True, limit=MOST_EVENTS),
            "lactations": lambda: hub.performance.lactations_of(id),
            "health": lambda: hub.performance.health(id),
        }
    got = together(**parts)
    got["values"] = ordered(got["values"], trait)
    sets = _items(hub.genotypes.of_animal(id)) if genotypes else []
    tags = _tags(hub, got)
    return AnimalCard(
        animal=animal, **got, tags=tags, genotypes=sets, parents=_parents(hub, id, sets)
    )


def _tags(hub: Hub, got: Mapping[str, Any]) -> dict[str, str]:
    """Tags of the other animals that events and the state name."""
    near = [*got["ancestors"], *got["young"]]
    known = {str(one["id"]): str(one["tag"]) for one in near}
    named = {str(id) for id in (got.get("state") or {}).get("sire_ids") or ()}
    named |= {id for event in got.get("events") or () for id in animals_of(event)}
    return tags_of(hub, sorted(named)[:MOST_NAMED], known)


def _photos(hub: Hub, id: str) -> list[Photo]:
    """The newest pictures, small."""
    newest = hub.photos.of(id)[:MOST_PHOTOS]
    return [(one, hub.photos.content(one["id"], thumbnail=True)) for one in newest]


def _parents(hub: Hub, id: str, sets: list[Item]) -> list[Item]:
    """What the newest set in which the animal was kept says of its parents."""
    newest = next((one for one in sets if one["state"] == "kept"), None)
    if newest is None:
        return []
    return _items(hub.genotypes.get(newest["set_id"]).parentage(animal_id=id))


def _items(frame: pd.DataFrame) -> list[Item]:
    """Rows with None for what is not there."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [Item(one) for one in plain.to_dict("records")]


def ordered(values: list[Item], trait: str) -> list[Item]:
    """The trait the viewer came with first, then by name."""
    return sorted(values, key=lambda value: (value["trait"] != trait, value["trait"]))


def groups_over_time(records: pd.DataFrame) -> list[tuple[str, list[Any], list[float]]]:
    """Records of one trait with a date, in order, by occasion where there are several."""
    dated = records.dropna(subset=["recorded_on"]).sort_values("recorded_on")
    by_occasion = dated.groupby(dated["occasion"].fillna(""), sort=True)
    return [
        (str(name), group["recorded_on"].tolist(), group["value"].astype(float).tolist())
        for name, group in by_occasion
    ]
