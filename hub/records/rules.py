"""What can and cannot be true of a record; every problem is found, not only the first."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from hub.errors import FieldError


class TraitFacts(Protocol):
    """What the rules need to know of a trait."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def species(self) -> str | None: ...
    @property
    def lowest(self) -> float: ...
    @property
    def highest(self) -> float: ...
    @property
    def ranges(self) -> Mapping[str, Sequence[float]]: ...


class AnimalFacts(Protocol):
    """What the rules need to know of an animal."""

    @property
    def tag(self) -> str: ...
    @property
    def species(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...


def problems_of_record(
    trait: TraitFacts,
    animal: AnimalFacts,
    *,
    value: float,
    recorded_on: date | None,
    today: date,
) -> list[FieldError]:
    """Everything wrong with a value and its date; `today` is the latest date anywhere."""
    found = (
        problem_of_species(trait, animal),
        problem_of_value(trait, value, animal.species),
        problem_of_date(animal, recorded_on, today),
    )
    return [problem for problem in found if problem]


def problem_of_species(trait: TraitFacts, animal: AnimalFacts) -> FieldError | None:
    """A trait of another species."""
    if trait.species in (None, animal.species):
        return None
    message = f"{trait.name} is a trait of {trait.species}; {animal.tag} is of {animal.species}."
    return FieldError("trait", message, "Choose a trait of this species.")


def problem_of_value(trait: TraitFacts, value: float, species: str = "") -> FieldError | None:
    """Not a number, or outside the plausible range of the species."""
    lowest, highest = trait.ranges.get(species, (trait.lowest, trait.highest))
    allowed = f"{lowest:g} to {highest:g} {trait.unit}"
    if not math.isfinite(value):
        return FieldError("value", f"{trait.name} is not a finite number.", f"Give {allowed}.")
    if lowest <= value <= highest:
        return None
    of = f" of {species}" if species in trait.ranges else ""
    message = f"{trait.name}{of} of {value:g} {trait.unit} is outside {allowed}."
    return FieldError("value", message, f"Check the number and its unit ({trait.unit}).")


def problem_of_date(
    animal: AnimalFacts, recorded_on: date | None, today: date
) -> FieldError | None:
    """Before birth or in the future."""
    if recorded_on is None:
        return None
    if recorded_on > today:
        message = f"The date {recorded_on} is in the future."
        return FieldError("recorded_on", message, "Correct the date.")
    if animal.birth_date and recorded_on < animal.birth_date:
        message = (
            f"The date {recorded_on} is before birth: {animal.tag} was born on {animal.birth_date}."
        )
        return FieldError("recorded_on", message, "Correct this date or the birth date.")
    return None


def unknown_trait_problem(code: str, known: list[str]) -> FieldError:
    """A trait that the hub does not have."""
    message = f"There is no trait {code!r}."
    return FieldError("trait", message, f"Choose one of {', '.join(known)}.")
