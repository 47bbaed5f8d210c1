"""What can and cannot be true of animals and their parents; every problem is found, not the first.

The shortest time from a parent's birth to its offspring's is the earliest puberty plus the shortest
gestation. Both are taken low: the rule stops exchanged animals and slips of the pen, and must let a
precocious heifer pass.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from hub.errors import FieldError


@dataclass(frozen=True)
class Earliest:
    """Days until an animal of a species can have offspring."""

    puberty: int
    gestation: int

    @property
    def birth(self) -> int:
        return self.puberty + self.gestation


# What stops only slips, as in the tables of hub.events.species, whose sources these are; a test
# keeps them equal, or a birth would be accepted and its young refused. Of pigs, which have no
# table: youngest puberty (gilt 5 months) and shortest gestation in P. L. Senger, Pathways to
# Pregnancy and Parturition (3rd ed., 2012), from memory.
EARLIEST = {
    "cattle": Earliest(puberty=150, gestation=240),
    "sheep": Earliest(puberty=90, gestation=131),
    "goat": Earliest(puberty=75, gestation=131),
    "pig": Earliest(puberty=150, gestation=110),
}
_ANY = Earliest(puberty=0, gestation=1)

PARENT_SEX = {
    "sire_id": "M", "dam_id": "F", "recipient_dam_id": "F", "foster_dam_id": "F",
    "possible_sires": "M",
}  # fmt: skip
_SEX_WORD = {"M": "male", "F": "female"}
_PARENT_WORD = {
    "sire_id": "sire", "dam_id": "dam", "recipient_dam_id": "recipient dam",
    "foster_dam_id": "foster dam", "possible_sires": "possible sire",
}  # fmt: skip
_ROUNDED = 0.005
"""Thirds are written as 0.333: fractions of breeds sum to 1 within this."""


class Facts(Protocol):
    """What the rules need to know of an animal."""

    @property
    def id(self) -> UUID: ...
    @property
    def tag(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def species(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...


@dataclass(frozen=True)
class Offspring:
    """What is known of an animal's offspring, on all farms."""

    as_sire: int = 0
    as_dam: int = 0
    first_birth: date | None = None


def latest_today(now: datetime) -> date:
    """The date where the day starts first (UTC+14): nothing recorded anywhere is later."""
    return (now.astimezone(UTC) + timedelta(hours=14)).date()


def problems_of_dates(birth_date: date | None, today: date) -> list[FieldError]:
    """A birth in the future."""
    if birth_date is None or birth_date <= today:
        return []
    message = f"The birth date {birth_date} is in the future."
    return [FieldError("birth_date", message, "Correct the date, or leave it out if unknown.")]


def problems_of_parents(animal: Facts, parents: Iterable[tuple[str, Facts]]) -> list[FieldError]:
    """Everything wrong with the named parents; the names are those of `PARENT_SEX`."""
    problems: list[FieldError] = []
    named = list(parents)
    for where, parent in named:
        problems += problems_of_parent(animal, parent, where)
    sire, dam = dict(named).get("sire_id"), dict(named).get("dam_id")
    if sire and dam and sire.id == dam.id:
        message = "The same animal is named as sire and as dam."
        problems.append(FieldError("dam_id", message, "Correct one of them or leave it out."))
    return problems


def problems_of_parent(animal: Facts, parent: Facts, where: str) -> Iterable[FieldError]:
    """Everything wrong with one parent: itself, sex, species, age."""
    role = _PARENT_WORD[where]
    if parent.id == animal.id:
        message = f"{animal.tag} cannot be its own {role}."
        return [FieldError(where, message, f"Name another {role} or leave it out.")]
    checks = (_wrong_sex, _wrong_species, _wrong_age)
    return [problem for check in checks if (problem := check(animal, parent, where))]


def _wrong_sex(animal: Facts, parent: Facts, where: str) -> FieldError | None:
    needed = PARENT_SEX[where]
    if parent.sex in (needed, "U"):
        return None
    message = f"{parent.tag} is {_SEX_WORD[parent.sex]}, so it cannot be a {_PARENT_WORD[where]}."
    remedy = f"Name a {_SEX_WORD[needed]} animal, or correct the sex of {parent.tag}."
    return FieldError(where, message, remedy)


def _wrong_species(animal: Facts, parent: Facts, where: str) -> FieldError | None:
    if parent.species == animal.species:
        return None
    role = _PARENT_WORD[where]
    message = f"The {role} {parent.tag} is of species {parent.species}, not {animal.species}."
    return FieldError(where, message, f"Name a {role} of species {animal.species}.")


def _wrong_age(animal: Facts, parent: Facts, where: str) -> FieldError | None:
    if animal.birth_date is None or parent.birth_date is None:
        return None
    days = (animal.birth_date - parent.birth_date).days
    needed = EARLIEST.get(animal.species, _ANY).birth
    if days >= needed:
        return None
    role = _PARENT_WORD[where]
    message = (
        f"The {role} {parent.tag} was born on {parent.birth_date}, {_distance(days)} {animal.tag} "
        f"({animal.birth_date}); a parent of {animal.species} is at least {needed} days older."
    )
    return FieldError(where, message, f"Correct a birth date or name another {role}.")


def _distance(days: int) -> str:
    return f"{days} days before" if days > 0 else f"{-days} days after" if days else "the day of"


def loop_problem(animal_tag: str, parent_tag: str, where: str) -> FieldError:
    """The parent descends from the animal."""
    role = _PARENT_WORD[where]
    message = f"{parent_tag} descends from {animal_tag}, so it cannot be its {role}: a loop."
    return FieldError(where, message, f"Name another {role}, or correct the parents in between.")


def unknown_parent_problem(where: str) -> FieldError:
    """The parent does not exist, or on a farm that the caller may not see."""
    role = _PARENT_WORD[where]
    message = f"There is no such {role}, or you may not see it."
    return FieldError(where, message, f"Add the {role} first, or leave it out.")


def problems_of_breeds(fractions: Mapping[str, float]) -> list[FieldError]:
    """Fractions of breeds that are no whole animal."""
    total = sum(fractions.values())
    if not fractions or abs(total - 1) <= _ROUNDED:
        return []
    message = f"The breed fractions sum to {total:.3f}, not to 1."
    remedy = "Correct them, or name the rest as a breed of its own, such as unknown."
    return [FieldError("breed_fractions", message, remedy)]


def problems_with_offspring(animal: Facts, offspring: Offspring) -> list[FieldError]:
    """What an animal's offspring rule out: a changed sex or birth date."""
    problems = []
    if animal.sex == "F" and offspring.as_sire:
        problems.append(_has_offspring_as(animal.tag, "sire", offspring.as_sire))
    if animal.sex == "M" and offspring.as_dam:
        problems.append(_has_offspring_as(animal.tag, "dam", offspring.as_dam))
    first, needed = offspring.first_birth, EARLIEST.get(animal.species, _ANY).birth
    if first and animal.birth_date and (first - animal.birth_date).days < needed:
        message = (
            f"{animal.tag} has offspring born on {first}; born on {animal.birth_date} it would be "
            f"younger than the {needed} days a parent of {animal.species} needs."
        )
        remedy = "Correct this date, or first the offspring's birth date or parent."
        problems.append(FieldError("birth_date", message, remedy))
    return problems


def _has_offspring_as(tag: str, role: str, count: int) -> FieldError:
    message = f"{tag} is recorded as {role} of {count} animals, so its sex cannot be this."
    return FieldError("sex", message, f"First correct the {role} of those animals.")
