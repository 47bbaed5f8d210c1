"""The young of a birth: their ids, parents and breed; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid5

from hub.events.details import Newborn, Parturition
from hub.events.machine import SAME_BIRTH, Happening, Subject, Track, fold

LARGEST_LITTER = 20


def with_ids(
    details: Parturition, event_id: UUID, before: Parturition | None = None
) -> Parturition:
    """Everyone with a tag has an id: the sender's, the one before the correction, or a made one.

    Made from the event and the tag, so that the same event sent again names the same animals.
    """
    known = {one.tag: one.animal_id for one in (before.offspring if before else ()) if one.tag}
    taken: set[UUID | None] = {one.animal_id for one in details.offspring}
    taken |= {known[one.tag] for one in details.offspring if one.tag in known}
    offspring = []
    for place, one in enumerate(details.offspring):
        id_ = one.animal_id
        if one.tag and id_ is None:
            id_ = known.get(one.tag) or _at(before, place, taken) or uuid5(event_id, one.tag)
        offspring.append(one.model_copy(update={"animal_id": id_ if one.tag else None}))
    return details.model_copy(update={"offspring": tuple(offspring)})


def _at(before: Parturition | None, place: int, taken: set[UUID | None]) -> UUID | None:
    """Who stood at this place before, when nobody else is told to be that one: a new tag."""
    if before is None or place >= len(before.offspring):
        return None
    id_ = before.offspring[place].animal_id
    return None if id_ in taken else id_


@dataclass(frozen=True)
class Parents:
    """Whose young they are; `sires` are all that may be."""

    dam: UUID
    recipient: UUID | None
    sires: tuple[UUID, ...]

    @property
    def sire(self) -> UUID | None:
        return self.sires[0] if len(self.sires) == 1 else None

    @property
    def possible_sires(self) -> tuple[UUID, ...]:
        return self.sires if len(self.sires) > 1 else ()


def parents(dam: Subject, happenings: Iterable[Happening], birth: Happening) -> Parents:
    """By what was told of the birth, else by the matings of which it can have come."""
    track = _before(dam, happenings, birth)
    fitting = track.conceptions(birth.on)
    embryos = [one for one in fitting if one.donor]
    if embryos:
        last = embryos[-1]
        donor = UUID(last.donor) if last.donor else dam.id
        return Parents(donor, dam.id, _told(birth) or tuple(map(UUID, last.sires)))
    mated = dict.fromkeys(UUID(sire) for one in fitting for sire in one.sires)
    told = _told(birth)
    return Parents(dam.id, None, tuple(mated) if told is None else told)


def _told(birth: Happening) -> tuple[UUID, ...] | None:
    given = birth.details.get("sire_ids")
    return None if given is None else tuple(map(UUID, given))


def _before(dam: Subject, happenings: Iterable[Happening], birth: Happening) -> Track:
    """Where she stood before the birth; the first part of the same birth is left out."""
    earlier = [h for h in happenings if h.on <= birth.on and not _same_birth(h, birth)]
    return fold(dam, earlier)


def _same_birth(h: Happening, birth: Happening) -> bool:
    return h.kind == "parturition" and abs((h.on - birth.on).days) <= SAME_BIRTH


def litter(happenings: Iterable[Happening], birth: Happening) -> list[Newborn]:
    """Everyone of a birth, with those of its other parts (the last one came next morning)."""
    told = [h for h in happenings if _same_birth(h, birth) and h.id != birth.id]
    return [
        Newborn.model_validate(one)
        for h in (*told, birth)
        for one in Parturition.model_validate(h.details).offspring
    ]


def breed_of(own: str, parents_breeds: Iterable[str]) -> str:
    """The breed told, else that of all parents that may be, when it is one."""
    breeds = set(parents_breeds)
    return own or (breeds.pop() if len(breeds) == 1 else "")
