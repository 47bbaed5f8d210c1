"""Who may be mated, what a coefficient is like, and how a genotype is written; pure functions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from agrigen.errors import DataError
from agrigen.selection import prnp_alleles
from agrigen.selection.genes import STATES
from hub.errors import FieldError, Invalid
from hub.events import ReproductiveState, State, rules_of

PRNP = "PRNP"
RELATIONS = (
    (0.25, "relation.siblings"),
    (0.125, "relation.half_siblings"),
    (0.0625, "relation.cousins"),
    (0.03125, "relation.half_cousins"),
    (0.001, "relation.distant"),
)
"""Inbreeding of progeny of parents that are related so, and not otherwise."""


def relation(inbreeding: float) -> str:
    """The code of the closest relation whose progeny is not more inbred than this."""
    for least, code in RELATIONS:
        if inbreeding >= least - 1e-9:
            return code
    return "relation.none"


def of_age(animal: Any, on: date) -> bool:
    """Whether an animal can be mated that day; one without a birth date is taken as grown."""
    rules = rules_of(animal.species)
    days = rules.first_mating.days if animal.sex == "F" else rules.puberty_male.days
    return animal.birth_date is None or animal.birth_date <= on - timedelta(days=days)


def free(state: ReproductiveState | None, on: date) -> bool:
    """Whether a female is not known to carry young that day."""
    if state is None or state.state != State.PREGNANT:
        return True
    return bool(state.due_to and state.due_to < on)


def checked(
    wanted: Sequence[UUID], found: dict[UUID, Any], sex: str, where: str, species: str
) -> list[Any]:
    """The animals that were named, or every reason why one cannot take part."""
    problems = []
    for one in dict.fromkeys(wanted):
        why = _unfit(found.get(one), sex, species)
        if why:
            name = found[one].tag if one in found else str(one)
            remedy = "Leave it out, or correct the animal."
            problems.append(FieldError(where, f"{name} {why}.", remedy))
    if problems:
        text = " ".join(problem.message for problem in problems)
        raise Invalid("breeding.unfit", text, errors=problems)
    return [found[one] for one in dict.fromkeys(wanted)]


def _unfit(animal: Any, sex: str, species: str) -> str:
    if animal is None:
        return "is not an animal that you may see"
    if animal.sex not in (sex, "U"):
        return "is a male" if animal.sex == "M" else "is a female"
    if animal.species != species:
        return f"is of another species: {animal.species}, not {species}"
    return f"is {animal.status}" if animal.status in ("dead", "sold") else ""


def nobody(sex: str) -> Invalid:
    """There is nobody to make a plan with."""
    field, what = ("female_ids", "female") if sex == "F" else ("male_ids", "male")
    message = f"No living {what} of the farm is old enough and free."
    remedy = f"Name animals: {field}; males can be of another farm that you see."
    error = FieldError(field, message, remedy)
    return Invalid("breeding.nobody", message, errors=[error])


def genotype(gene: str, written: str) -> str:
    """The genotype in its one form, or what may be written."""
    if gene != PRNP:
        state = written.strip().lower()
        if state in STATES:
            return state
        raise _no_genotype(f"{written!r} is none of {', '.join(STATES)}.",
                           f"Of {gene}, give free, carrier or affected.")  # fmt: skip
    try:
        return "/".join(prnp_alleles(written))
    except DataError as error:
        raise _no_genotype(error.problems[0].message, error.problems[0].remedy) from error


def _no_genotype(message: str, remedy: str) -> Invalid:
    return Invalid("breeding.genotype", message, errors=[FieldError("genotype", message, remedy)])
