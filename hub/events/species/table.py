"""All species' tables, found by their files: adding a species is adding a file."""

import importlib
import pkgutil
from pathlib import Path

from hub.events.species.rules import Days, Gestation, Litter, Rules, Span, Words

_NOT_SPECIES = {"rules", "table"}
_MODULES = sorted(
    found.name
    for found in pkgutil.iter_modules([str(Path(__file__).parent)])
    if found.name not in _NOT_SPECIES
)

TABLES: dict[str, Rules] = {
    name: importlib.import_module(f"hub.events.species.{name}").RULES for name in _MODULES
}

_LOOSE = "no table of its own: wide enough for every farm mammal"
ANY = Rules(
    species="any",
    words=Words("parturition", "gave birth", "female", "male", "young"),
    gestation=Gestation(110, 150, 345, _LOOSE, shortest=100, longest=400),
    cycle=Span(14, 21, 25, _LOOSE),
    puberty_female=Days(60, _LOOSE),
    puberty_male=Days(60, _LOOSE),
    first_mating=Days(60, _LOOSE),
    rest=Days(0, _LOOSE),
    voluntary_waiting=None,
    check=Span(18, 30, 90, _LOOSE),
    check_sure=Days(60, _LOOSE),
    litter=Litter(12, 30, _LOOSE),
    dry_off_before=None,
    longest_lactation=None,
    weaning=Span(14, 60, 300, _LOOSE),
    embryo_age=Days(7, _LOOSE),
)


def rules_of(species: str) -> Rules:
    """The table of a species; one without a table has limits that stop only what cannot be."""
    return TABLES.get(species, ANY)
