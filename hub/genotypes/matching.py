"""Whose samples these are: names of samples to animals, with the reason where there is none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub import animals
from hub.genotypes import repository
from hub.genotypes.content import kept_samples, readable
from hub.genotypes.models import GenotypeSet
from hub.storage.transaction import Transaction

LONGEST = 64
"""Characters of the longest identifier that an animal can have."""


@dataclass(frozen=True)
class Matched:
    """Of each sample the animal and its farm, or why there is none.

    `home` are farms of samples that have no animal (any more) and came from another version.
    """

    animal: dict[str, UUID]
    farm: dict[UUID, UUID]
    sex: dict[UUID, str]
    why: dict[str, str]
    home: dict[str, UUID] = field(default_factory=dict)


async def match(
    tx: Transaction, found: GenotypeSet, names: Sequence[str], taken: Collection[UUID] = ()
) -> Matched:
    """Look the names up among the animals that the actor sees; those of the set's farm go first.

    `taken` are animals that have a sample already.
    """
    how = found.settings.get("match", "identifier")
    if how == "none":
        return Matched({}, {}, {}, dict.fromkeys(names, "names were not to be matched"))
    aliases: Mapping[str, str] = found.settings.get("names", {})
    sought = {name: aliases.get(name, name) for name in names}
    candidates = await _candidates(tx, found.farm_id, set(sought.values()), how)
    seen = await repository.animals(tx.session, {one for ids in candidates.values() for one in ids})
    return _decided(sought, candidates, seen, found.species, set(taken))


async def inherited(tx: Transaction, parent_id: UUID) -> Matched:
    """The animals of the samples that another version kept; refused when one is hidden by now.

    A sample whose animal went to a farm that the actor does not see stays with the farm it had, or
    the version would be open to people who could not read the one before.
    """
    rows = await kept_samples(tx, await readable(tx, parent_id))
    animal = {row.name: row.animal_id for row in rows if row.animal_id}
    seen = await repository.animals(tx.session, animal.values())
    return Matched(
        animal={name: one for name, one in animal.items() if one in seen},
        farm={one: seen[one].farm_id for one in seen},
        sex={one: seen[one].sex for one in seen},
        why={row.name: row.unlinked for row in rows if row.animal_id is None},
        home={row.name: row.farm_id for row in rows},
    )


async def _candidates(
    tx: Transaction, farm_id: UUID, values: Collection[str], how: str
) -> dict[str, tuple[UUID, ...]]:
    wanted = [value for value in values if value and len(value) <= LONGEST and "\x00" not in value]
    if how == "identifier":
        return await animals.resolve(tx, wanted, farm_id)
    here: dict[str, tuple[UUID, ...]] = {}
    elsewhere: dict[str, tuple[UUID, ...]] = {}
    for row in await repository.by_tag(tx.session, wanted):
        group = here if row.farm_id == farm_id else elsewhere
        group[row.value] = (*group.get(row.value, ()), row.animal_id)
    return {**elsewhere, **here}


def _decided(
    sought: Mapping[str, str],
    candidates: Mapping[str, tuple[UUID, ...]],
    seen: Mapping[UUID, Any],
    species: str,
    taken: set[UUID],
) -> Matched:
    matched = Matched({}, {}, {}, {})
    for name, value in sought.items():
        ids = [one for one in candidates.get(value, ()) if one in seen]
        fitting = [one for one in ids if seen[one].species == species]
        if len(fitting) == 1 and fitting[0] not in taken:
            animal = fitting[0]
            taken.add(animal)
            matched.animal[name] = animal
            matched.farm[animal], matched.sex[animal] = seen[animal].farm_id, seen[animal].sex
        else:
            matched.why[name] = _reason(value, ids, fitting, species)
    return matched


def _reason(value: str, ids: Sequence[UUID], fitting: Sequence[UUID], species: str) -> str:
    if not ids:
        return f"no animal that you see is called {value}"
    if not fitting:
        return f"{value} is no animal of species {species}"
    if len(fitting) > 1:
        return f"{len(fitting)} animals are called {value}"
    return f"the animal {value} has another sample in this set"
