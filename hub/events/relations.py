"""What an event says of other animals, places and events: that they exist and can be what it says.

A thing that the caller may not see is the same as one that does not exist.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from hub.animals.models import Animal
from hub.errors import FieldError
from hub.events import repository
from hub.events.known import Known
from hub.events.machine import Happening, fold
from hub.events.plausible import ALIVE_AFTER, noun
from hub.events.seen import subject_of
from hub.events.species import Rules, rules_of
from hub.storage.transaction import Transaction


async def problems(tx: Transaction, known: Known, h: Happening) -> list[FieldError]:
    """Everything that cannot be of what an event names."""
    animal = known.animal
    errors = [*_of_sires(known, h), *_of_dams(known, h)]
    errors += await _of_places(tx, animal, h)
    errors += _of_diagnosis(known, h)
    errors += await _of_later_matings(tx, animal, h)
    errors += await _of_its_own_birth(tx, animal, h)
    return errors


def _of_sires(known: Known, h: Happening) -> list[FieldError]:
    named = _sires(h)
    found = known.visible(named.values())
    errors: list[FieldError] = []
    for where, sire_id in named.items():
        sire = found.get(sire_id)
        if sire is None:
            errors.append(_unknown(where, "sire"))
            continue
        errors += _of_parent(known.animal, sire, h, where, "M")
        errors += _of_departure(sire, known.moves.get(sire_id, ()), h, where)
    return errors


def _sires(h: Happening) -> dict[str, UUID]:
    if h.kind == "embryo_transfer":
        return {"details.sire_id": UUID(h.details["sire_id"])}
    listed = h.details.get("sire_ids") or ()
    return {f"details.sire_ids.{place}": UUID(one) for place, one in enumerate(listed)}


def _of_parent(
    animal: Animal, other: Animal, h: Happening, where: str, sex: str
) -> Iterator[FieldError]:
    """One that is to be a sire or dam: another animal, its species, sex and age."""
    rules = rules_of(animal.species)
    role = "sire" if sex == "M" else "dam"
    if other.id == animal.id:
        message = f"{animal.tag} cannot be the {role} here: the event is its own."
        yield FieldError(where, message, f"Choose another {role}.")
    elif other.species != animal.species:
        message = f"{other.tag} is of species {other.species}, not {animal.species}."
        yield FieldError(where, message, f"Choose a {role} of species {animal.species}.")
    elif other.sex not in (sex, "U"):
        word = rules.words.male if sex == "M" else rules.words.female
        message = f"{other.tag} is {'female' if other.sex == 'F' else 'male'}, not a {word}."
        yield FieldError(where, message, f"Choose a {word}, or correct the sex of {other.tag}.")
    else:
        yield from _too_young(other, h, where, rules, sex)


def _too_young(
    other: Animal, h: Happening, where: str, rules: Rules, sex: str
) -> Iterator[FieldError]:
    if other.birth_date is None or h.kind == "fostering":
        return
    days = (h.on - other.birth_date).days
    needed = (rules.puberty_male if sex == "M" else rules.puberty_female).days
    if h.kind == "parturition":
        needed += rules.gestation.shortest
    if days < needed:
        old = f"{days} days old on {h.on}" if days >= 0 else f"not yet born on {h.on}"
        message = (
            f"{other.tag} was {old} (born on {other.birth_date}); {needed} days are the least."
        )
        yield FieldError(where, message, "Choose another one, or correct one of the dates.")


def _of_departure(
    other: Animal, moves: Iterable[Happening], h: Happening, where: str
) -> Iterator[FieldError]:
    """Sold, dead or lost before that day; one that left without an event has no day of it."""
    left = fold(subject_of(other), moves, until=h.on).left
    if left is None or left.on == h.on:
        return
    what = noun(left, rules_of(other.species))
    message = f"{other.tag} is gone since the {what} of {left.on}, so not with her on {h.on}."
    yield FieldError(where, message, f"Choose another one, or correct the date or that {what}.")


def _of_dams(known: Known, h: Happening) -> list[FieldError]:
    where = {"embryo_transfer": "donor_id", "fostering": "foster_dam_id"}.get(h.kind)
    named = h.details.get(where) if where else None
    if not named:
        return []
    animal, other = known.animal, known.visible([UUID(named)]).get(UUID(named))
    if other is None:
        return [_unknown(f"details.{where}", "dam")]
    errors = list(_of_parent(animal, other, h, f"details.{where}", "F"))
    if h.kind == "fostering":
        errors += _of_departure(other, known.moves.get(other.id, ()), h, f"details.{where}")
        if other.farm_id != animal.farm_id:
            message = f"{other.tag} is on another farm."
            errors.append(FieldError(f"details.{where}", message, "Choose a dam of this farm."))
    return errors


async def _of_places(tx: Transaction, animal: Animal, h: Happening) -> list[FieldError]:
    if h.kind != "movement":
        return []
    named = {f"details.{n}": h.details.get(n) for n in ("place_id", "from_place_id")}
    wanted = {where: UUID(id_) for where, id_ in named.items() if id_}
    known = await repository.places(tx.session, animal.farm_id, set(wanted.values()))
    return [_unknown(where, "place") for where, id_ in wanted.items() if id_ not in known]


def _of_diagnosis(known: Known, h: Happening) -> list[FieldError]:
    named = h.details.get("diagnosis_id")
    if not named:
        return []
    if any(one.id == UUID(named) and one.kind == "diagnosis" for one in known.happened):
        return []
    message = f"{known.animal.tag} has no such diagnosis."
    remedy = "Record the diagnosis first, or leave diagnosis_id out."
    return [FieldError("details.diagnosis_id", message, remedy)]


async def _of_later_matings(tx: Transaction, animal: Animal, h: Happening) -> list[FieldError]:
    """A male that is gone for good has mated nobody since."""
    if h.kind != "disposal" or animal.sex == "F" or h.details["disposal"] in ALIVE_AFTER:
        return []
    rows = await repository.served_after(tx.session, animal.farm_id, animal.id, h.on)
    return [
        FieldError(
            "occurred_on",
            f"{animal.tag} is recorded as the sire in a mating of {row.tag} on {row.occurred_on}.",
            "Correct this date, or first that mating.",
        )
        for row in rows
    ]


async def _of_its_own_birth(tx: Transaction, animal: Animal, h: Happening) -> list[FieldError]:
    """Nothing happens to a stillborn."""
    if animal.status != "dead" or h.kind in ("remark", "diagnosis", "disposal"):
        return []
    dams = {dam for dam in (animal.dam_id, animal.recipient_dam_id) if dam}
    for birth in await repository.births_of(tx.session, dams, animal.id):
        for one in birth.details["offspring"]:
            if one["animal_id"] == str(animal.id) and one["state"] == "stillborn":
                words = rules_of(animal.species).words
                message = f"{animal.tag} was stillborn in the {words.birth} of {birth.on}."
                remedy = f"Choose another animal, or correct the {words.birth}."
                return [FieldError("animal_id", message, remedy)]
    return []


def _unknown(where: str, what: str) -> FieldError:
    message = f"There is no such {what}, or you may not see it."
    return FieldError(where, message, f"Add the {what} first, or choose another one.")


def too_late(on: date, today: date) -> list[FieldError]:
    """An event of tomorrow; `today` is the latest date anywhere."""
    if on <= today:
        return []
    message = f"The date {on} is in the future."
    return [FieldError("occurred_on", message, "Correct the date, or record it when it happened.")]
