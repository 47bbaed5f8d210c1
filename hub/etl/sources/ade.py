"""ICAR's messages (ADE) about animals, weights, scores and test days as rows of a table.

Only what a message says is taken; whether it can be so is asked of the rows afterwards, as of any
file. What is no message of the kind asked for is refused, and named.
"""

from collections.abc import Callable, Iterator
from typing import Any

from agrigen.errors import AgrigenError
from agrigen.io import icar_ade
from hub.errors import Invalid
from hub.etl.sources.values import text_of

VERSION = icar_ade.VERSION
PARSER = f"agrigen ICAR ADE {VERSION}"
_KILOGRAMS = {"KGM": 1.0, "GRM": 1e-3, "MGM": 1e-6, "TNE": 1e3, "LBR": 0.45359237,
              "ONZ": 0.028349523125}  # fmt: skip
_TRAITS = {"FAT": "fat_percent", "PROTEIN": "protein_percent", "PRO": "protein_percent",
           "LAC": "lactose_percent", "SCC": "somatic_cell_count", "UREA": "milk_urea"}  # fmt: skip
_SEXES = {"Female": "F", "FemaleNeuter": "F", "Male": "M", "MaleCryptorchid": "M",
          "MaleNeuter": "M", "Unknown": "U"}  # fmt: skip
_STATUSES = {"Alive": "alive", "Dead": "dead", "OffFarm": "sold", "Unknown": "unknown"}
_COLUMNS = {
    "animals": ["id", "sex", "birth_date", "breed", "sire", "dam", "status", "name", "species"],
    "records": ["animal", "trait", "date", "value"],
    "milk_recording": ["animal", "date", "milk_yield", *dict.fromkeys(_TRAITS.values())],
}
_KINDS = {
    "icarAnimalCoreResource": "animals",
    "icarWeightEventResource": "records",
    "icarConformationScoreEventResource": "records",
    "icarTestDayResultEventResource": "milk_recording",
}
Record = tuple[int, dict[str, Any]]


def is_message(record: dict[str, Any]) -> bool:
    """Whether an object is a message, or the frame around messages."""
    named = record.get("resourceType")
    return isinstance(named, str) and named.startswith("icar")


class Rows:
    """Messages as rows, read anew each time they are asked for."""

    def __init__(self, kind: str, records: Callable[[], Iterator[Record]]) -> None:
        if kind not in _COLUMNS:
            raise Invalid(
                "imports.ade_kind",
                "Messages about events are taken by the exchange of ICAR ADE "
                "(`python -m hub exchange`), which knows all of them, not by imports.",
            )
        self.kind, self.columns, self.records = kind, _COLUMNS[kind], records

    def __iter__(self) -> Iterator[Record]:
        for number, record in self.records():
            yield number, self._row(record, number)

    def _row(self, record: dict[str, Any], number: int) -> dict[str, Any]:
        try:
            [message] = icar_ade.read_messages([record])
        except (AgrigenError, ValueError) as error:
            raise _refused(number, "is no message of ICAR ADE") from error
        kind = _KINDS.get(message.resource)
        if kind != self.kind:
            what = f"is a {message.resource}"
            known = [name for name, its in _KINDS.items() if its == self.kind]
            raise _refused(number, f"{what}; imports of {self.kind} take {' and '.join(known)}")
        row = _READERS[message.resource](message.value)
        return {name: text_of(value) for name, value in row.items()}


def _refused(number: int, what: str) -> Invalid:
    return Invalid("imports.ade_kind", f"Message {number:,} {what}. Hand the others in by itself.")


def _animal(message: dict[str, Any]) -> dict[str, Any]:
    parents = [one for one in _list(message, "parentage") if isinstance(one, dict)]
    return {
        "id": _id(message, "identifier"),
        "sex": _SEXES.get(message.get("gender", ""), message.get("gender")),
        "birth_date": _day(message.get("birthDate")),
        "breed": _id(message, "primaryBreed"),
        "sire": _parent(parents, "Male"),
        "dam": _parent(parents, "Female"),
        "status": _STATUSES.get(message.get("status", ""), message.get("status")),
        "name": message.get("name") or message.get("officialName"),
        "species": str(message.get("specie", "")).casefold() or None,
    }


def _parent(parents: list[dict[str, Any]], gender: str) -> str | None:
    """The genetic parent of a sex; foster mothers are none."""
    of_sex = [one for one in parents if one.get("gender") == gender]
    found = [one for one in of_sex if one.get("relation", "Genetic") == "Genetic"]
    return _id(found[0], "identifier") if found else None


def _weight(message: dict[str, Any]) -> dict[str, Any]:
    mass = message.get("weight") or {}
    return _record(message, "weight", _kilograms(mass.get("measurement"), mass.get("units")))


def _score(message: dict[str, Any]) -> dict[str, Any]:
    return _record(message, str(message.get("traitScored", "")), message.get("score"))


def _record(message: dict[str, Any], trait: str, value: Any) -> dict[str, Any]:
    label = message.get("traitLabel") or {}
    return {
        "animal": _id(message, "animal"),
        "trait": label.get("id") or trait,
        "date": _day(message.get("eventDateTime")),
        "value": value,
    }


def _test_day(message: dict[str, Any]) -> dict[str, Any]:
    milk = message.get("milkWeight24Hours") or {}
    found = {
        "animal": _id(message, "animal"),
        "date": _day(message.get("eventDateTime")),
        "milk_yield": _kilograms(milk.get("value"), milk.get("unitCode")),
    }
    for one in _list(message, "milkCharacteristics"):
        trait = _TRAITS.get(str(one.get("characteristic", "")).upper())
        if trait:
            found[trait] = one.get("value")
    return found


def _kilograms(value: Any, unit: Any) -> Any:
    """In kilograms; in a unit that nobody knows as it stands, for the rules to refuse."""
    if value is None:
        return None
    factor = _KILOGRAMS.get(unit or "KGM")
    if factor is None:
        return f"{value} {unit}"
    return f"{float(value) * factor:.12g}" if factor != 1.0 else value


def _day(text: Any) -> str | None:
    """The day in universal time; a text that is no time as it stands, for the rules to refuse."""
    if not text:
        return None
    try:
        return str(icar_ade.moment(str(text), "UTC").day)
    except (ValueError, OverflowError):
        return str(text)


def _id(message: dict[str, Any], name: str) -> str | None:
    found = message.get(name)
    return str(found["id"]) if isinstance(found, dict) and "id" in found else None


def _list(message: dict[str, Any], name: str) -> list[Any]:
    found = message.get(name)
    return found if isinstance(found, list) else []


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "icarAnimalCoreResource": _animal,
    "icarWeightEventResource": _weight,
    "icarConformationScoreEventResource": _score,
    "icarTestDayResultEventResource": _test_day,
}
