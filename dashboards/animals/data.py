"""What is known about one animal, asked of the hub."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import Hub, Item
from dashboards.together import together

GENERATIONS = 3
MOST_OFFSPRING = 500
MOST_RECORDS = 2000


@dataclass(frozen=True)
class AnimalCard:
    """Everything on the page of one animal."""

    animal: Item
    farm: Item
    ancestors: list[dict[str, Any]]
    offspring: int
    values: list[Item]
    records: pd.DataFrame
    traits: dict[str, Item]
    genotypes: list[Item] = field(default_factory=list)
    parents: list[Item] = field(default_factory=list)

    @property
    def inbreeding(self) -> float | None:
        """From the newest evaluation; an animal without one has none here."""
        return self.values[0]["inbreeding"] if self.values else None


def load_card(hub: Hub, id: str, trait: str, *, genotypes: bool = False) -> AnimalCard:
    """Ask for all parts at the same time; only the animal itself must be there."""
    animal = hub.animals.get(id)
    got = together(
        farm=lambda: hub.farms.get(animal["farm_id"]),
        ancestors=lambda: hub.animals.pedigree_items(id, GENERATIONS),
        offspring=lambda: len(hub.animals.offspring(id, limit=MOST_OFFSPRING)),
        values=lambda: hub.animals.breeding_value_items(id),
        records=lambda: hub.animals.records(id, limit=MOST_RECORDS),
        traits=lambda: {one["code"]: one for one in hub.traits.iterate()},
    )
    got["values"] = ordered(got["values"], trait)
    sets = _items(hub.genotypes.of_animal(id)) if genotypes else []
    return AnimalCard(animal=animal, **got, genotypes=sets, parents=_parents(hub, id, sets))


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
