"""Links of samples to animals, changed by hand or found by name once more."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.errors import FieldError, Invalid
from hub.genotypes import matching, repository
from hub.genotypes.models import GenotypeSet, Sample
from hub.genotypes.schemas import LinksPut
from hub.storage.transaction import Transaction

TAKEN_AWAY = "the link was taken away"


async def link(
    tx: Transaction, found: GenotypeSet, changed: LinksPut
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change links and what follows of the set; the changed ones before and after."""
    rows = await repository.all_samples(tx.session, found.id, lock=True)
    wanted = await _wanted(tx, found, rows, changed)
    seen = await repository.animals(tx.session, {one for one in wanted.values() if one})
    _check(found, rows, wanted, seen)
    moved = [row for row in rows if row.name in wanted and row.animal_id != wanted[row.name]]
    before = {row.name: row.animal_id for row in moved}
    await repository.unlink(tx.session, found.id, [row.place for row in moved])
    for row in moved:
        animal = wanted[row.name]
        row.animal_id, row.unlinked = animal, "" if animal else TAKEN_AWAY
        row.farm_id = seen[animal].farm_id if animal else found.farm_id
        if animal:
            row.sex_recorded = seen[animal].sex
    await tx.session.flush()
    _follow(found, rows)
    return before, {row.name: row.animal_id for row in moved}


async def _wanted(
    tx: Transaction, found: GenotypeSet, rows: Sequence[Sample], changed: LinksPut
) -> dict[str, UUID | None]:
    if changed.links:
        return {one.sample: one.animal_id for one in changed.links}
    free = [row.name for row in rows if row.animal_id is None and row.unlinked != TAKEN_AWAY]
    taken = [row.animal_id for row in rows if row.animal_id]
    matched = await matching.match(tx, found, free, taken)
    return dict(matched.animal)


def _check(
    found: GenotypeSet,
    rows: Sequence[Sample],
    wanted: Mapping[str, UUID | None],
    seen: Mapping[UUID, Any],
) -> None:
    """Refuse unknown samples and animals, other species, and two samples of one animal."""
    names = {row.name for row in rows}
    holder = {row.animal_id: row.name for row in rows if row.animal_id and row.name not in wanted}
    problems = []
    for name, animal in wanted.items():
        if name not in names:
            problems.append(_problem(name, "The set has no such sample.", "Read its samples."))
        elif animal is None:
            continue
        elif animal not in seen:
            message = "There is no such animal, or you may not see it."
            problems.append(_problem(name, message, "Name an animal that you see."))
        elif seen[animal].species != found.species:
            message = f"{seen[animal].tag} is of species {seen[animal].species}."
            problems.append(_problem(name, message, f"Name an animal of {found.species}."))
        elif animal in holder:
            message = f"{seen[animal].tag} has the sample {holder[animal]} in this set already."
            problems.append(_problem(name, message, "Take that link away first."))
        else:
            holder[animal] = name
    if problems:
        raise Invalid("genotypes.links", "Some samples cannot be linked.", errors=problems)


def _problem(name: str, message: str, remedy: str) -> FieldError:
    return FieldError(f"links.{name}", message, remedy)


def _follow(found: GenotypeSet, rows: Sequence[Sample]) -> None:
    """Counts of the set, and the farms that one must read to read it."""
    kept = [row for row in rows if row.state == "kept"]
    linked = sum(row.animal_id is not None for row in kept)
    found.counts = {**found.counts, "linked": linked, "unlinked": len(kept) - linked}
    found.farm_ids = sorted({found.farm_id, *(row.farm_id for row in rows)})
