"""Demonstration data: farms' own files, made by our simulator, the same for the same seed.

Three sheep farms and two dairy herds over eight years, with a ram circle and an AI stud that serve
all of them. What comes out are CSV files as a farm would hand them in, a few recording errors
included; the true breeding values stay outside the files, for tests and teaching.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from hub.local import demo_dairy, demo_sheep
from hub.local.demo_errors import PlantedError, Tables, plant
from hub.local.demo_genotypes import DemoGenotypes, make_genotypes
from hub.local.demo_population import Animal, Population

ANIMAL_COLUMNS = (
    "id", "sex", "breed", "birth_date", "birth_type", "sire", "dam", "status", "name",
)  # fmt: skip
RECORD_COLUMNS = ("animal", "trait", "date", "value")

# Studs first: the farms' files refer to their animals.
FARMS = (
    ("RAMS", "Ram circle", "sheep", True),
    ("BULLS", "AI stud", "cattle", True),
    ("HILL", "Hillside Farm", "sheep", False),
    ("BROOK", "Brookfield", "sheep", False),
    ("MOOR", "Moorland Croft", "sheep", False),
    ("LIND", "Lindenhof", "cattle", False),
    ("POLD", "Polder Dairy", "cattle", False),
)


@dataclass(frozen=True)
class DemoFarm:
    """One farm and its two files as text."""

    code: str
    name: str
    species: str
    shared: bool
    animals_csv: str
    records_csv: str


@dataclass(frozen=True, eq=False)
class Demonstration:
    """The farms in the order in which they are loaded, and what only the simulation knows.

    Attributes
    ----------
    farms
        Studs first, so that every sire is known before it is named.
    planted_errors
        The recording errors in the files: farm, file, line, column, value, what.
    genotypes
        Genotypes of one of the sheep flocks, and what is wrong with them.
    true_breeding_values
        Columns farm, id, trait, breeding_value: deviations from the base population, in the unit
        of the trait (somatic cells: natural logarithm of thousands per mL).
    """

    farms: tuple[DemoFarm, ...]
    planted_errors: tuple[PlantedError, ...]
    genotypes: DemoGenotypes
    true_breeding_values: pd.DataFrame

    @cached_property
    def by_code(self) -> dict[str, DemoFarm]:
        """The farms by code."""
        return {farm.code: farm for farm in self.farms}

    def write(self, folder: str | Path) -> None:
        """Write ``<farm>/animals.csv`` and, where there are any, ``<farm>/records.csv``."""
        for farm in self.farms:
            target = Path(folder) / farm.code
            target.mkdir(parents=True, exist_ok=True)
            (target / "animals.csv").write_text(farm.animals_csv, encoding="utf-8", newline="")
            if farm.records_csv:
                (target / "records.csv").write_text(farm.records_csv, encoding="utf-8", newline="")


def make_demonstration(seed: int = 2026) -> Demonstration:
    """Simulate the farms; takes a few seconds."""
    sheep, dairy = demo_sheep.simulate_sheep(seed), demo_dairy.simulate_dairy(seed)
    genotypes = make_genotypes(sheep, seed)  # before the tables: the record of one sire is wrong
    tables: Tables = {code: {"animals": [], "records": []} for code, *_ in FARMS}
    for population, attributes in (
        (sheep, demo_sheep.ATTRIBUTES),
        (dairy, demo_dairy.ATTRIBUTES),
    ):
        _fill(tables, population, attributes)
    errors = plant(tables)
    farms = tuple(
        DemoFarm(
            code, name, species, shared,
            animals_csv=_to_csv(tables[code]["animals"]),
            records_csv=_to_csv(tables[code]["records"]),
        )
        for code, name, species, shared in FARMS
    )  # fmt: skip
    truth = pd.concat([_truth(sheep), _truth(dairy)], ignore_index=True)
    return Demonstration(farms, errors, genotypes, truth)


def _fill(tables: Tables, population: Population, attributes: tuple[str, ...]) -> None:
    for animal in sorted(population.animals, key=lambda animal: (animal.birth_date, animal.row)):
        tables[animal.farm]["animals"].append(_animal_row(population, animal))
    for record in sorted(population.records, key=lambda r: (r.date, r.animal)):
        values = (record.animal, record.trait, record.date.isoformat(), record.value)
        columns = (*RECORD_COLUMNS, *attributes)
        tables[record.farm]["records"].append(
            dict(zip(columns, (*values, *record.attributes), strict=True))
        )


def _animal_row(population: Population, animal: Animal) -> dict[str, str]:
    values = (
        animal.id,
        animal.sex,
        animal.breed,
        animal.birth_date.isoformat(),
        str(animal.birth_type or ""),
        population.id_of(animal.sire),
        population.id_of(animal.dam),
        animal.status,
        animal.name,
    )
    return dict(zip(ANIMAL_COLUMNS, values, strict=True))


def _to_csv(rows: Iterable[dict[str, str]]) -> str:
    rows = list(rows)
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _truth(population: Population) -> pd.DataFrame:
    values = pd.DataFrame(population.true_breeding_values())
    values.insert(0, "id", [animal.id for animal in population.animals])
    values.insert(0, "farm", [animal.farm for animal in population.animals])
    return values.melt(id_vars=["farm", "id"], var_name="trait", value_name="breeding_value")
