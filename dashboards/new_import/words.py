"""How kinds, columns, steps and units are called on the page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.new_import.uses import KEEP, KEEPING, LEAVE
from dashboards.theme import words

FIELDS: dict[str, dict[str, str]] = {
    "animals": {
        "id": "Animal: its tag or number", "sex": "Sex", "birth_date": "Date of birth",
        "breed": "Breed", "birth_type": "Born as single, twin, triplet", "sire": "Sire",
        "dam": "Dam", "status": "Alive, sold or dead", "name": "Name", "species": "Species",
        "farm": "Farm",
    },
    "records": {
        "animal": "Animal: its tag or number", "date": "Date",
        "occasion": "Occasion, such as the lactation", "trait": "Which trait, a word in each row",
        "value": "The value", "undated": "Yes where the day is not known",
    },
    "milk_recording": {
        "animal": "Animal: its tag or number", "date": "Date",
        "occasion": "Occasion, such as morning or evening",
    },
    "events": {
        "event": "Which event, a word in each row", "animal": "Animal: its tag or number",
        "date": "Date", "remark": "Remark",
    },
}  # fmt: skip
LEFT = {KEEP: "Keep beside the record", LEAVE: "Leave out"}
MILK = ("milk", "fat_percent", "protein_percent", "lactose_percent", "somatic")
DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar", " ": "space"}
ORDERS = {"Day.month.year": "dmy", "Month/day/year": "mdy", "Year-month-day": "ymd"}
UNITS = {
    "Pounds to kilograms": ("lb", "kg"), "Grams to kilograms": ("g", "kg"),
    "Inches to centimeters": ("in", "cm"), "Millimeters to centimeters": ("mm", "cm"),
    "Stones to kilograms": ("st", "kg"), "Ounces to kilograms": ("oz", "kg"),
    "Pounds a day to kilograms a day": ("lb/d", "kg/d"), "Cells to thousands of cells":
    ("cells/ml", "10^3/ml"),
}  # fmt: skip
NUMBERS = {
    "12,5": (",", ""), "1.234,5": (",", "."), "1 234,5": (",", " "), "1,234.5": (".", ","),
    "1'234.5": (".", "'"),
}  # fmt: skip
KEEP_ONE = {"the first": "first", "the last": "last", "the one with most cells": "fullest"}
CASES = {"stay as they are": "keep", "become capitals": "upper", "become small": "lower"}
STEPS = {
    "Dates are written in another order": "date_format",
    "Numbers have a decimal comma or thousands marks": "number_format",
    "Another unit": "unit",
    "Some codes mean that nothing is known": "missing",
    "Other codes than ours": "codes",
    "Find and replace": "replace",
    "Spaces and capitals": "trim_and_case",
    "Tags to their usual form": "identifier",
    "One value for a whole column": "constant",
    "Rows that are there twice": "duplicates",
}


def choices(
    kind: str, traits: Iterable[Item], tables: Iterable[Item], species: str
) -> dict[str, str]:
    """What a column can be used for: words to uses."""
    found = {text: f"columns.{ours}" for ours, text in FIELDS[kind].items()}
    if kind == "events":
        found |= _event_columns(tables)
    if kind in KEEPING:
        found |= {
            trait_name(one): f"traits.{one['code']}"
            for one in sorted(traits, key=lambda one: str(one["name"]).casefold())
            if one["species"] in (None, species) and (kind == "records" or _of_milk(one["code"]))
        }
    left = LEFT if kind in KEEPING else {LEAVE: LEFT[LEAVE]}
    return {text: use for use, text in left.items()} | found


def _of_milk(code: str) -> bool:
    return code.startswith(MILK)


def trait_name(trait: Mapping[str, Any]) -> str:
    unit = f" ({trait['unit']})" if trait["unit"] else ""
    return f"{trait['name']}{unit}"


def _event_columns(tables: Iterable[Item]) -> dict[str, str]:
    columns = next((one["columns"] for one in tables if one["name"] == "events"), ())
    known = FIELDS["events"]
    return {
        f"{_capital(words(one['name']))}: {one['sentence']}": f"columns.{one['name']}"
        for one in columns if one["name"] not in (*known, "farm")
    }  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def step_said(step: Mapping[str, Any]) -> str:
    """A step of cleaning as a sentence; texts of the file are escaped."""
    where = _where(step)
    match step["step"]:
        case "date_format":
            order = next((text for text, code in ORDERS.items() if code == step["order"]), "")
            return f"{where}: dates written as {order.lower()}"
        case "number_format":
            marks = (step.get("decimal", "."), step.get("thousands", ""))
            like = next((text for text, one in NUMBERS.items() if one == marks), "")
            return f"{where}: numbers written as {escape(like or 'with a decimal comma')}"
        case "unit":
            return f"{where}: {_code(step['from'])} become {_code(step['to'])}"
        case "missing":
            return f"{where}: {_listed(step['codes'])} mean that nothing is known"
        case "codes":
            pairs = [f"{_code(one)} is {_code(other)}" for one, other in step["table"].items()]
            return f"{where}: {_shortened(pairs)}"
        case "replace":
            return (
                f"{where}: {_code(step['find'])} becomes {_code(step.get('with', '')) or 'nothing'}"
            )
        case "trim_and_case":
            letters = {"upper": ", letters become capitals", "lower": ", letters become small"}
            return f"{where}: spaces off the ends{letters.get(step.get('case', ''), '')}"
        case "identifier":
            return f"{where}: tags in their usual form"
        case "split":
            return f"{where}: split at {_code(step['by'])} into {_listed(step['into'])}"
        case "join":
            return f"{where}: joined into {_code(step['into'])}"
        case "constant":
            empty = " where it is empty" if step.get("only_empty") else ""
            return f"{where}: {_code(step['value'])}{empty}"
        case "duplicates":
            kept = next(text for text, code in KEEP_ONE.items()
                        if code == step.get("keep", "first"))  # fmt: skip
            return f"Of rows with the same {_listed(step['key'])}, {kept} stays"
    return escape(words(str(step["step"])))


def _where(step: Mapping[str, Any]) -> str:
    names: Sequence[str] = [step["column"]] if "column" in step else step.get("columns", [])
    return _listed(names, bold=True) if names else "<b>Every column</b>"


def _listed(names: Sequence[str], *, bold: bool = False) -> str:
    return _shortened([f"<b>{escape(name)}</b>" if bold else _code(name) for name in names])


def _shortened(parts: Sequence[str], most: int = 6) -> str:
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def _code(text: str) -> str:
    return f"“{escape(str(text))}”" if text else ""
