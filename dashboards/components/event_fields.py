"""What is asked for each kind of event, and what was written turned into what the hub takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.components.event_words import EASE
from dashboards.components.units import KG_OF_LB, POUND, in_unit

DETAILS, RECORD = "details", "record"


class Unreadable(Exception):
    """What was written in a field cannot be meant; the message says what can."""


@dataclass(frozen=True)
class Field:
    """One question: `shape` says how it is asked and read."""

    name: str
    label: str
    shape: str = "text"  # text, choice, whole, number, weight, animal, animals, day
    choices: Mapping[str, str] = field(default_factory=dict)
    needed: bool = False


def _same(*values: str) -> dict[str, str]:
    return {value.capitalize(): value for value in values}


REASONS = (
    "unknown", "age", "sale", "slaughter", "surplus", "fertility", "production", "mastitis",
    "parturition", "legs", "disease", "nutrition", "milking_ability", "type", "behavior",
    "accident", "predator", "missing", "young", "other",
)  # fmt: skip
_WITHHELD = "withheld for (days)"

FIELDS: dict[str, tuple[Field, ...]] = {
    "mating": (
        Field("method", "How", "choice",
              {"Natural": "natural", "In a group": "group", "Inseminated": "ai"}),
        Field("sire_ids", "Sire, by tag (several with commas)", "animals"),
        Field("straw", "Straw, if the sire is not in the book"),
    ),
    "pregnancy_check": (
        Field("result", "Result", "choice",
              _same("pregnant", "multiple", "empty", "unknown")),
        Field("foetus_count", "How many young were counted", "whole"),
        Field("method", "By", "choice",
              _same("ultrasound", "palpation", "blood", "milk", "visual", "other")),
    ),
    "parturition": (
        Field("ease", "How it went", "choice",
              {"Not noted": ""} | {text: code for code, text in EASE.items()}),
    ),
    "weaning": (Field("weight_kg", "Weight", "weight"),),
    "fostering": (Field("foster_dam_id", "Foster dam, by tag (none: by hand)", "animal"),),
    "treatment": (
        Field("product", "Medicine", needed=True),
        Field("dose", "Dose", "number"),
        Field("dose_unit", "Unit of the dose"),
        Field("withdrawal_meat_days", f"Meat {_WITHHELD}", "whole"),
        Field("withdrawal_milk_days", f"Milk {_WITHHELD}", "whole"),
        Field("medicine_group", "Kind of medicine", "choice",
              _same("other", "antibiotic", "anthelmintic", "vaccine", "hormone")),
        Field("batch", "Batch"),
    ),
    "diagnosis": (
        Field("disease", "What was found", needed=True),
        Field("site", "Where on the animal"),
        Field("severity", "How severe", "choice",
              {"Not noted": ""} | _same("light", "moderate", "severe")),
        Field("temperature_c", "Temperature, °C", "number"),
    ),
    "disposal": (
        Field("disposal", "What happened", "choice",
              _same("sold", "slaughtered", "died", "euthanized", "lost")),
        Field("reason", "Why", "choice",
              {one.replace("_", " ").capitalize(): one for one in REASONS}),
        Field("destination", "Where to"),
    ),
    "heat": (Field("intensity", "How strong", "choice", _same("normal", "weak", "strong")),),
    "abortion": (Field("foetus_count", "How many", "whole"),),
    "dry_off": (),
    "arrival": (
        Field("reason", "Why", "choice", _same("purchase", "return", "loan", "other")),
        Field("from_location", "Where from"),
    ),
    "remark": (),
}  # fmt: skip
WEIGHT = (Field("value", "Weight", "weight", needed=True),)


def read(one: Field, written: Any, unit: str) -> Any:
    """The value of a field, None when nothing was written; animals stay as written."""
    if one.shape == "choice":
        return written or None
    text = str(written or "").strip()
    if not text:
        if one.needed:
            raise Unreadable("This is needed.")
        return None
    if one.shape in ("whole", "number", "weight"):
        return _figure(one, text, unit)
    return text


def _figure(one: Field, text: str, unit: str) -> float | int:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise Unreadable(f"“{text}” is not a number. Write digits, such as 4.5.") from None
    if one.shape == "whole":
        if value != int(value):
            raise Unreadable(f"“{text}” is not a whole number.")
        return int(value)
    return round(value * KG_OF_LB, 3) if one.shape == "weight" and unit == POUND else value


def written(one: Field, value: Any, unit: str, tags: Mapping[str, str]) -> str:
    """The other way round: a value of an event as it would be written into its field."""
    if value is None:
        return ""
    if one.shape == "weight":
        return f"{in_unit(value, unit):.4g}"
    if one.shape in ("whole", "number"):
        return f"{value:g}"
    if one.shape in ("animal", "animals"):
        several = value if isinstance(value, (list, tuple)) else [value]
        return ", ".join(tags.get(str(id), "") for id in several)
    return str(value)


def place_of(where: str, names: Mapping[str, Any]) -> str:
    """The field that an error of the hub is about; "" when it is about none of them."""
    parts = where.split(".")
    return next((part for part in reversed(parts) if part in names), "")
