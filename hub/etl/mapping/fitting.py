"""Does what a column holds fit what it is called, and what must be cleaned to make it fit?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.etl.cleaning import units
from hub.etl.mapping.content import Content
from hub.etl.mapping.words import Header

THIS = object()
"""In a step: the column's name."""
THESE = object()
"""In a step: the list of the column's name alone."""


class Ranged(Protocol):
    """A trait: its code, unit and plausible values."""

    @property
    def code(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def lowest(self) -> float: ...
    @property
    def highest(self) -> float: ...


@dataclass(frozen=True)
class Fit:
    """By how much the content lowers the score of the name, the score it has alone, and why."""

    factor: float = 1.0
    alone: float = 0.0
    why: str = ""
    cleaning: list[dict[str, Any]] = field(default_factory=list)


def of_field(name: str, content: Content, kind: str, animals: frozenset[str]) -> Fit:
    """For a column of ours; an empty column is told by its name alone."""
    if not len(content):
        return Fit(why="all cells are empty")
    check = _CHECKS.get(name)
    if name in ("id", "animal"):
        return _tags(content, kind, animals)
    return check(content) if check else Fit()


def _tags(content: Content, kind: str, animals: frozenset[str]) -> Fit:
    if animals and (share := content.share(content.cells.is_in(list(animals)))) > 0.5:
        # days in milk are small numbers, and so are the tags of many farms
        sure = 0.6 if content.share(content.cells.str.contains(r"^\d{1,5}$")) > 0.9 else 0.9
        return Fit(alone=sure, why=f"{share:.0%} of its cells are animals of the farm")
    if content.chips > 0.9 and (kind != "animals" or content.distinct > 0.99):
        return Fit(alone=0.7, why="its cells are numbers of transponders")
    if content.dated["dmy"] > 0.8 or content.share(content.cells.str.contains(r"^\d+\.\d+$")) > 0.5:
        return Fit(factor=0.4, why="its cells are dates or measurements")
    if kind == "animals" and content.distinct < 0.5:
        return Fit(factor=0.5, why="its cells name few animals")
    return Fit()


def _parents(content: Content) -> Fit:
    if content.dated["dmy"] > 0.8 or content.share(content.cells.str.contains(r"^\d+\.\d+$")) > 0.5:
        return Fit(factor=0.4, why="its cells are dates or measurements")
    return Fit()


def _dates(content: Content) -> Fit:
    if content.plain_dates:
        return Fit(alone=0.5, why="its cells are dates")
    if content.order is None:
        if content.day_numbers:
            step = {"step": "date_format", "columns": THESE, "order": "ymd", "serial": True}
            return Fit(why="its cells are day numbers of Excel", cleaning=[step])
        return Fit(factor=0.4, why="its cells are no dates")
    step = {"step": "date_format", "columns": THESE, "order": content.order}
    if content.short_years:
        step["century"] = 49
    if content.order == "dmy" and content.dated["mdy"] == content.dated["dmy"]:
        return Fit(0.95, 0.5, "its cells are dates; day and month could be the other way round",
                   [step])  # fmt: skip
    return Fit(alone=0.5, why=f"its cells are dates ({content.order})", cleaning=[step])


def _birth_dates(content: Content) -> Fit:
    """Of two columns of dates only the name tells which is the birth's."""
    fit = _dates(content)
    return Fit(fit.factor, 0.0, fit.why, fit.cleaning)


def _sexes(content: Content) -> Fit:
    return _codes(content, "sex", letters=content.numeric < 0.5)


def _statuses(content: Content) -> Fit:
    return _codes(content, "status", letters=True)


def _codes(content: Content, name: str, *, letters: bool) -> Fit:
    share, table = content.coded(name)
    steps = [{"step": "codes", "column": THIS, "table": table}] if table else []
    if share > 0.95:
        return Fit(alone=0.6 if letters else 0.0, why=f"its cells are codes of {name}",
                   cleaning=steps)  # fmt: skip
    return Fit(0.5 + 0.5 * share, why=f"{share:.0%} of its cells are codes of {name}",
               cleaning=steps)  # fmt: skip


def _texts(content: Content) -> Fit:
    return Fit(factor=0.5, why="its cells are numbers") if content.numeric > 0.9 else Fit()


def _values(content: Content) -> Fit:
    if content.numeric < 0.5:
        return Fit(factor=0.4, why="its cells are no numbers")
    return Fit(why="its cells are numbers", cleaning=_number_steps(content))


def _births(content: Content) -> Fit:
    small = content.in_range(1, 10)
    return (
        Fit() if small > 0.9 and content.numeric > 0.9 else Fit(0.6, why="no numbers from 1 to 10")
    )


def _number_steps(content: Content) -> list[dict[str, Any]]:
    if content.thousands():
        text = content.cells.filter(content.cells.str.contains(r"\d[., '\u00a0\u2019]\d{3}"))
        mark = str(text.str.extract(r"\d([., '\u00a0\u2019])\d{3}")[0])
        mark = {"\u00a0": " ", "\u2019": "'"}.get(mark, mark)
        decimal = "," if (mark != "," and content.commas()) or mark == "." else "."
        return [{"step": "number_format", "columns": THESE, "decimal": decimal, "thousands": mark}]
    if content.commas():
        return [{"step": "number_format", "columns": THESE, "decimal": ","}]
    return []


def of_trait(trait: Ranged, name: Header, content: Content) -> Fit:
    """For a trait: numbers within its range, in its unit or one that turns into it."""
    if not len(content):
        return Fit(why="all cells are empty")
    if content.numeric < 0.5:
        return Fit(factor=0.4, why="its cells are no numbers")
    steps = _number_steps(content)
    if unknown := sorted({*content.sentinels(trait.lowest), *content.unknown}):
        steps.append({"step": "missing", "columns": THESE, "codes": unknown})
    old, why = _unit(trait, name, content)
    times = 1.0
    if old is not None:
        times, _ = units.factor(old, trait.unit)
        steps.append({"step": "unit", "column": THIS, "from": old, "to": trait.unit})
    share = content.in_range(trait.lowest, trait.highest, times)
    reason = f"{share:.0%} of its numbers are plausible in {trait.unit}"
    return Fit(0.4 + 0.6 * share, 0.0, "; ".join(filter(None, (why, reason))), steps)


def _unit(trait: Ranged, name: Header, content: Content) -> tuple[str | None, str]:
    """The unit of the file where it is another one than the trait's."""
    own = units.unit(trait.unit)
    if own is None:
        return None, ""
    if name.unit is not None:
        if units.quantity(name.unit) != units.quantity(own):
            return None, f"its name says {name.unit}, the trait is in {trait.unit}"
        return (None, "") if name.unit == own else (name.unit, f"its name says {name.unit}")
    if content.in_range(trait.lowest, trait.highest) > 0.5:
        return None, ""
    for other in _OTHERS.get(own, ()):
        times, _ = units.factor(other, own)
        if other == "g" and not _may_be_grams(trait, content):
            continue
        if content.in_range(trait.lowest, trait.highest, times) > 0.95:
            return other, f"its numbers are as in {other}"
    return None, ""


def _may_be_grams(trait: Ranged, content: Content) -> bool:
    """Nobody weighs less in grams, and nobody tells milk so: it is another unit or trait."""
    middle = content.numbers.drop_nulls().median()
    return "weight" in trait.code and isinstance(middle, float) and middle >= _LEAST_GRAMS


_LEAST_GRAMS = 800.0
_OTHERS = {
    "kg": ("g",), "%": ("g/kg", "fraction"), "10^3/ml": ("cells/ml",), "cm": ("mm", "m"),
    "mm": ("cm",), "kg/d": ("g/d",), "mg/l": ("mg/dl",),
}  # fmt: skip
"""Units in which senders write without saying so; pounds look too much like kilograms."""

_CHECKS: dict[str, Callable[[Content], Fit]] = {
    "sire": _parents, "dam": _parents, "sire_ids": _parents, "sex": _sexes, "young_sex": _sexes,
    "status": _statuses, "birth_date": _birth_dates, "date": _dates, "until": _birth_dates,
    "value": _values, "breed": _texts, "name": _texts, "trait": _texts, "birth_type": _births,
}  # fmt: skip
