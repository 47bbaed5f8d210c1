"""What the sheets of a workbook of events are called, and which columns they have.

The templates are written and the uploads are read by this one table. The names of the columns are
those of the events' own fields (`hub.events.details`); `animal`, `date` and `remark` are on every
sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from hub.events import details
from hub.events.codes import DisposalReason
from hub.tables.columns import Column


@dataclass(frozen=True)
class SheetOf:
    """The sheet of one kind of event; `names` are further names that people give it."""

    title: str
    columns: Sequence[Column]
    names: Sequence[str] = ()


def _choices(model: type, field: str) -> Sequence[str]:
    """The values that a field of an event allows."""
    annotation = model.model_fields[field].annotation  # type: ignore[attr-defined]
    found = [one for part in (annotation, *get_args(annotation)) for one in get_args(part)]
    return tuple(one for one in found if isinstance(one, str))


COMMON = (
    Column("animal", "animal", "Tag, transponder or other identifier of the animal"),
    Column("date", "date", "Day of the event, such as 2026-03-14"),
)
REMARK = Column("remark", "text", "Anything else worth knowing")

SHEETS: Mapping[str, SheetOf] = {
    "mating": SheetOf("Matings", (
        Column("method", "choice", "How she was served", _choices(details.Mating, "method")),
        Column("sire_ids", "animals", "Sire; several of a group with a semicolon between"),
        Column("until", "date", "Group: the day the sires were taken out"),
        Column("straw", "text", "AI: what the straw says"),
        Column("technician", "text", "AI: who did it"),
    ), ("mating", "services", "joinings")),
    "pregnancy_check": SheetOf("Scans", (
        Column("method", "choice", "How", _choices(details.PregnancyCheck, "method")),
        Column("result", "choice", "What was found", _choices(details.PregnancyCheck, "result")),
        Column("foetus_count", "whole", "How many, when they were counted"),
        Column("foetal_age_days", "whole", "Age of the foetuses", unit="days"),
    ), ("scan", "pregnancy checks", "pregnancy_check")),
    "parturition": SheetOf("Births", (
        Column("ease", "whole", "1 unassisted, 2 easy with help, 3 difficult, 4 veterinary, "
               "5 surgery", ("1", "2", "3", "4", "5")),
        Column("young_tag", "text", "Tag of the newborn: a row for each, under its dam and date"),
        Column("young_sex", "choice", "Sex of the newborn", ("F", "M", "U")),
        Column("young_state", "choice", "How it was", ("live", "stillborn", "died")),
        Column("young_birth_weight_kg", "number", "Weight at birth", unit="kg"),
        Column("young_name", "text", "Name of the newborn"),
        Column("young_breed", "text", "Breed; the parents' when left empty"),
        Column("sire_ids", "animals", "Sire, when the matings do not tell"),
    ), ("birth", "lambings", "calvings", "kiddings", "parturition")),
    "weight": SheetOf("Weights", (
        Column("weight", "number", "Live weight", unit="kg"),
    ), ("weight", "weighings")),
    "weaning": SheetOf("Weanings", (
        Column("weight_kg", "number", "Weight at weaning", unit="kg"),
    ), ("weaning",)),
    "disposal": SheetOf("Disposals", (
        Column("disposal", "choice", "What became of it", _choices(details.Disposal, "disposal")),
        Column("reason", "choice", "Why", tuple(one.value for one in DisposalReason)),
        Column("destination", "text", "Where it went"),
        Column("price", "number", "What was paid"),
        Column("text", "text", "In words"),
    ), ("disposal", "sales", "departures")),
    "treatment": SheetOf("Treatments", (
        Column("product", "text", "Name of the medicine"),
        Column("substance", "text", "Active substance"),
        Column("dose", "number", "How much"),
        Column("dose_unit", "text", "Unit of the dose, such as ml"),
        Column("route", "text", "How it was given"),
        Column("batch", "text", "Batch on the package"),
        Column("withdrawal_meat_days", "whole", "Meat is withheld for", unit="days"),
        Column("withdrawal_milk_days", "whole", "Milk is withheld for", unit="days"),
        Column("medicine_group", "choice", "Kind of medicine",
               _choices(details.Treatment, "medicine_group")),
    ), ("treatment",)),
    "diagnosis": SheetOf("Diagnoses", (
        Column("disease", "text", "What was found"),
        Column("site", "text", "Where on the animal"),
        Column("severity", "choice", "How bad", _choices(details.Diagnosis, "severity")),
        Column("temperature_c", "number", "Temperature", unit="°C"),
    ), ("diagnosis",)),
    "heat": SheetOf("Heats", (
        Column("intensity", "choice", "How clear", _choices(details.Heat, "intensity")),
    ), ("heat",)),
    "abortion": SheetOf("Abortions", (
        Column("foetus_count", "whole", "How many were lost"),
    ), ("abortion",)),
    "fostering": SheetOf("Fosterings", (
        Column("foster_dam_id", "animal", "Who rears it now; empty: it is reared by hand"),
    ), ("fostering", "foster")),
    "arrival": SheetOf("Arrivals", (
        Column("reason", "choice", "Why", _choices(details.Arrival, "reason")),
        Column("from_location", "text", "Where it came from"),
    ), ("arrival", "purchases")),
    "embryo_flush": SheetOf("Embryo flushes", (
        Column("sire_ids", "animals", "Sire; several with a semicolon between"),
        Column("embryos", "whole", "How many were found"),
        Column("viable", "whole", "How many of them can be used"),
    ), ("embryo_flush", "flushes")),
    "embryo_transfer": SheetOf("Embryo transfers", (
        Column("donor_id", "animal", "Genetic dam of the embryos"),
        Column("sire_id", "animal", "Their sire"),
        Column("embryos", "whole", "How many were put in"),
    ), ("embryo_transfer", "transfers")),
    "dry_off": SheetOf("Dry-offs", (), ("dry_off", "dry off", "drying off")),
    "remark": SheetOf("Remarks", (), ("remark", "notes")),
}  # fmt: skip

KIND_COLUMN = "event"
"""Names the kind where it does not follow from the sheet, in CSV files for example."""

KNOWN = tuple(dict.fromkeys(
    [KIND_COLUMN, *(one.name for one in COMMON), REMARK.name,
     *(column.name for sheet in SHEETS.values() for column in sheet.columns)]
))  # fmt: skip


def kind_of(name: str) -> str | None:
    """The kind of event that a sheet or a cell names."""
    plain = name.strip().casefold()
    for kind, sheet in SHEETS.items():
        if plain in (kind, sheet.title.casefold(), *sheet.names):
            return kind
    return None


def columns_of(kind: str) -> Sequence[Column]:
    """All columns of a kind's sheet."""
    return (*COMMON, *SHEETS[kind].columns, REMARK)
