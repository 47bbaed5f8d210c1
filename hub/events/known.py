"""What an event is looked at with: the animal, its other events, and whom it names, read once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hub import animals
from hub.animals.models import Animal
from hub.events import newborns, repository
from hub.events.details import Parturition
from hub.events.machine import Happening, Subject
from hub.storage.transaction import Transaction

_MOVED = {"mating": "sire_ids", "fostering": "foster_dam_id"}
_NAMED = ("sire_ids", "sire_id", "donor_id", "foster_dam_id")


@dataclass(frozen=True)
class Known:
    """An animal that is held, with all that is known of its events."""

    animal: Animal
    happened: list[Happening]
    """Everything that happened to it, voided events left out."""
    told: Sequence[Any] = ()
    """The same with who told it, oldest first."""
    moves: Mapping[UUID, list[Happening]] = field(default_factory=dict)
    """Arrivals and departures of those that the event says were with it."""
    asked: frozenset[UUID] = frozenset()
    found: Mapping[UUID, Animal] = field(default_factory=dict)
    """The visible ones of the asked animals."""
    sent_before: bool = False
    """Whether there is an event of this id already."""

    @property
    def subject(self) -> Subject:
        one = self.animal
        return Subject(one.id, one.tag, one.sex, one.species, one.birth_date, one.status)

    def others(self, event_id: UUID) -> list[Happening]:
        """What else happened to the animal."""
        return [h for h in self.happened if h.id != event_id]

    async def with_others(self, tx: Transaction, ids: Collection[UUID]) -> "Known":
        """The same with further animals, as far as they may be seen."""
        missing = {*ids} - self.asked - {self.animal.id}
        if not missing:
            return self
        found = {**self.found, **await animals.find_many(tx, missing)}
        return replace(self, asked=self.asked | missing, found=found)

    def visible(self, ids: Collection[UUID]) -> dict[UUID, Animal]:
        """Those of these animals that were asked for and may be seen, the animal included."""
        every = {**self.found, self.animal.id: self.animal}
        return {id_: every[id_] for id_ in ids if id_ in every}


async def load(
    tx: Transaction, animal: Animal, h: Happening | None, event_id: UUID | None = None
) -> Known:
    """What is known before `h` is stored; two queries, or one where it names nobody."""
    with_it = _with_it(h) if h else set()
    rows = await repository.known(tx.session, animal.id, with_it, event_id)
    told = [row for row in rows if row.animal_id == animal.id and not row.voided]
    moves: dict[UUID, list[Happening]] = {}
    for row in rows:
        if row.animal_id in with_it and row.kind in repository.MOVES and not row.voided:
            moves.setdefault(row.animal_id, []).append(repository.happening(row))
    known = Known(
        animal, [repository.happening(row) for row in told], told, moves,
        sent_before=any(row.id == event_id for row in rows),
    )  # fmt: skip
    if h is None or known.sent_before:
        return known
    return await known.with_others(tx, _named(h) | _family(known, h))


def _with_it(h: Happening) -> set[UUID]:
    """Those that were with it in person; semen keeps longer."""
    if h.kind not in _MOVED or h.details.get("method") == "ai":
        return set()
    return _ids(h.details.get(_MOVED[h.kind]))


def _named(h: Happening) -> set[UUID]:
    return {id_ for name in _NAMED for id_ in _ids(h.details.get(name))}


def _family(known: Known, h: Happening) -> set[UUID]:
    """Of a birth, the young and whose they are."""
    if h.kind != "parturition":
        return set()
    young = {one.animal_id for one in Parturition.model_validate(h.details).offspring}
    parents = newborns.parents(known.subject, known.others(h.id), h)
    return {one for one in young if one} | {parents.dam, *parents.sires}


def _ids(named: Any) -> set[UUID]:
    listed = [named] if isinstance(named, str) else named or ()
    return {UUID(one) for one in listed}
