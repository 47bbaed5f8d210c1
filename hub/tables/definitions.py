"""The tables that people take along, import and freeze, with every column explained.

The names of the columns are those that imports read, so that what was exported goes in again
without a mapping. `farm` tells the farms apart where several are read at once; a file holds one
farm and leaves it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hub.animals import IdentifierState, Sex, Status
from hub.farms import Species
from hub.tables.columns import Column
from hub.tables.event_sheets import COMMON, KIND_COLUMN, KNOWN, REMARK, SHEETS

FARM = Column("farm", "text", "Code of the farm", missing=False)
UNDATED = Column(
    "undated", "choice", "yes: neither the day nor another occasion is known", ("yes",)
)
ATTRIBUTES = Column("attributes", "json", "Further facts of the record that no column can hold")


@dataclass(frozen=True)
class TableOf:
    """One table: its columns, those of them that name a row, and whether imports read it."""

    name: str
    title: str
    sentence: str
    key: Sequence[str]
    columns: Sequence[Column]
    importable: bool = False

    def names(self) -> list[str]:
        return [one.name for one in self.columns]

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)


ANIMALS = (
    Column("id", "text", "Tag of the animal, unique on the farm", missing=False),
    Column("sex", "choice", "F female, M male, U unknown", tuple(Sex), missing=False),
    Column("breed", "text", "Breed"),
    Column("birth_date", "date", "Day of birth, such as 2026-03-14"),
    Column("birth_type", "whole", "1 single, 2 twin, 3 triplet"),
    Column("sire", "animal", "Tag of the sire"),
    Column("dam", "animal", "Tag of the genetic dam"),
    Column("status", "choice", "Where it is", tuple(Status), missing=False),
    Column("name", "text", "Name"),
    Column("species", "choice", "The farm's unless written", tuple(Species), missing=False),
)
RECORDS = (
    *COMMON,
    Column("trait", "choice", "Code of what was measured", missing=False),
    Column("value", "number", "In the unit of the trait, without the unit", missing=False),
    Column("occasion", "text", "Tells apart records of one day (evening, second sample)"),
)
MILK = (
    *COMMON,
    Column("milk_yield", "number", "Milk of 24 hours", unit="kg"),
    Column("fat_percent", "number", "Fat", unit="%"),
    Column("protein_percent", "number", "Protein", unit="%"),
    Column("lactose_percent", "number", "Lactose", unit="%"),
    Column("somatic_cell_count", "number", "Somatic cells", unit="1000/ml"),
    Column("milk_urea", "number", "Urea", unit="mg/l"),
)
MILK_TRAITS = tuple(one.name for one in MILK[len(COMMON) :])


def _of_all_sheets() -> dict[str, Column]:
    """The columns of all sheets by name; what several have knows the codes of each of them."""
    found = {one.name: one for one in (*COMMON, REMARK)}
    for sheet in SHEETS.values():
        for one in sheet.columns:
            there = found.get(one.name, one)
            codes = tuple(dict.fromkeys((*there.codes, *one.codes)))
            found[one.name] = replace(there, codes=codes)
    return found


_EVENTS = _of_all_sheets()
_KIND = Column(KIND_COLUMN, "choice", "Kind of the event", tuple(SHEETS), missing=False)
_PERIOD = (
    Column("from", "date", "First day"),
    Column("to", "date", "First day on which it was over; empty: it lasts"),
)
_ANIMAL = COMMON[0]

KINDS: Mapping[str, TableOf] = {
    one.name: one
    for one in (
        TableOf(
            "animals", "Animals", "The animals of a farm with their parents.",
            ("farm", "id"), (FARM, *ANIMALS), importable=True,
        ),
        TableOf(
            "records", "Records", "What was measured, a row for each value.",
            ("farm", "animal", "trait", "date", "occasion"), (FARM, *RECORDS), importable=True,
        ),
        TableOf(
            "events", "Events", "What happened; a birth has a row for each newborn.",
            ("farm", "event", "animal", "date"),
            (FARM, _KIND, *(_EVENTS[name] for name in KNOWN if name != KIND_COLUMN)),
            importable=True,
        ),
        TableOf(
            "milk_recording", "Milk recording", "A row for each animal and test day.",
            ("farm", "animal", "date", "occasion"),
            (FARM, *MILK, Column("occasion", "text", "Tells apart records of one day")),
            importable=True,
        ),
        TableOf(
            "movements", "Movements", "Which animal went to which place of the farm.",
            ("farm", "animal", "date"),
            (
                FARM, *COMMON,
                Column("place", "text", "Name of the place that it went to"),
                Column("from_place", "text", "Name of the place that it came from"),
                REMARK,
            ),
        ),
        TableOf(
            "identifiers", "Identifiers", "Every name under which an animal is or was known.",
            ("farm", "animal", "scheme", "value"),
            (
                FARM, _ANIMAL,
                Column("scheme", "text", "What kind of name it is", missing=False),
                Column("value", "text", "The name as written", missing=False),
                Column("state", "choice", "Whether the animal bears it now",
                       tuple(IdentifierState), missing=False),
                *_PERIOD,
            ),
        ),
        TableOf(
            "groups", "Groups", "Which animal was in which group, and from when to when.",
            ("farm", "group", "animal", "from"),
            (FARM, Column("group", "text", "Name of the group", missing=False), _ANIMAL, *_PERIOD),
        ),
        TableOf(
            "places", "Places", "Fields, pens and barns.", ("farm", "place"),
            (
                FARM,
                Column("place", "text", "Name of the place", missing=False),
                Column("kind", "text", "What it is"),
                Column("latitude", "number", "North of the equator", unit="degrees"),
                Column("longitude", "number", "East of Greenwich", unit="degrees"),
                Column("note", "text", "Anything else worth knowing"),
            ),
        ),
        TableOf(
            "breeding_values", "Breeding values", "What evaluations say of the animals.",
            ("farm", "evaluation", "animal", "trait", "effect"),
            (
                FARM,
                Column("evaluation", "text", "Id of the evaluation", missing=False),
                _ANIMAL,
                Column("trait", "choice", "Code of the trait", missing=False),
                Column("effect", "text", "a: the animal's own; others as the model names them",
                       missing=False),
                Column("value", "number", "Breeding value in the unit of the trait", missing=False),
                Column("se", "number", "Its standard error"),
                Column("reliability", "number", "Squared accuracy, 0 to 1"),
                Column("accuracy", "number", "Correlation with the true value, 0 to 1"),
                Column("inbreeding", "number", "Coefficient of inbreeding, 0 to 1"),
                Column("records", "whole", "Records of its own that were used"),
                Column("percentile", "number", "Share of the evaluated that are below it",
                       unit="%"),
            ),
        ),
        TableOf(
            "genotype_samples", "Genotyped samples", "Samples of the genotype sets of the farm.",
            ("farm", "set", "sample"),
            (
                FARM,
                Column("set", "text", "Id of the set", missing=False),
                Column("set_name", "text", "Name of the set", missing=False),
                Column("version", "whole", "Version of the set", missing=False),
                Column("sample", "text", "Name of the sample in its file", missing=False),
                Column("animal", "animal", "Tag of the animal that it is of"),
                Column("state", "choice", "Whether its genotypes are in the set",
                       ("kept", "excluded"), missing=False),
                Column("call_rate", "number", "Share of its markers that were called"),
                Column("heterozygosity", "number", "Share of called markers of two alleles"),
                Column("sex_recorded", "choice", "Sex of the animal", tuple(Sex)),
                Column("sex_found", "choice", "Sex that the genotypes tell", tuple(Sex)),
            ),
        ),
    )
}  # fmt: skip
"""What there is to take along, by name; `importable` ones go in again."""
