"""The steps that clean a file, as people write and keep them; columns bear the file's own names."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self, get_args

import polars as pl
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from agrigen.phenotypes.identifiers import READERS
from hub.etl.cleaning import units
from hub.schemas import Input

Column = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=200)]
Columns = Annotated[list[Column], Field(min_length=1, max_length=500)]
Anywhere = Annotated[
    list[Column], Field(max_length=500, description="Columns; every one of the file when empty")
]
MOST_STEPS = 50


class Step(Input):
    """One step. Its name stands in `step`; what it changes can be undone."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True
    )


class TrimAndCase(Step):
    """Spaces off the ends, several inside made one; letters as wished."""

    step: Literal["trim_and_case"] = "trim_and_case"
    columns: Anywhere = Field(default_factory=list)
    case: Literal["keep", "upper", "lower"] = "keep"


class DateFormat(Step):
    """Dates of any spelling in one order to year-month-day; what is no date is left alone."""

    step: Literal["date_format"] = "date_format"
    columns: Columns
    order: Literal["dmy", "mdy", "ymd"] = Field(description="In which order the file writes them")
    century: int | None = Field(
        default=None, ge=0, le=99,
        description="Two-digit years up to this one are 20xx, later ones 19xx; "
        "left alone when not given",
    )  # fmt: skip
    serial: bool = Field(default=False, description="Bare numbers are days as Excel counts them")


class Unit(Step):
    """Numbers in one unit to another; a unit written in the cell goes before `from`."""

    step: Literal["unit"] = "unit"
    column: Column
    from_: str = Field(alias="from", max_length=20, description="Unit of bare numbers")
    to: str = Field(max_length=20)

    @model_validator(mode="after")
    def known(self) -> Self:
        units.factor(self.from_, self.to)
        return self


class Codes(Step):
    """Codes of the sender to others: {'1': 'M', '2': 'F'}; those not named stay."""

    step: Literal["codes"] = "codes"
    column: Column
    table: dict[Text, Text] = Field(min_length=1, max_length=10_000)
    any_case: bool = Field(default=False, description="'f' and 'F' are one code")


class IdentifierForm(Step):
    """Identifiers of animals to their one normal form; what cannot be read is left alone."""

    step: Literal["identifier"] = "identifier"
    columns: Columns
    scheme: str | None = Field(
        default=None, description="As ICAR ADE names it; told by the form of each when not given"
    )

    @model_validator(mode="after")
    def known(self) -> Self:
        if self.scheme is not None and self.scheme not in READERS:
            names = ", ".join(READERS)
            raise ValueError(f"{self.scheme!r} is no scheme of identifiers. Known are {names}.")
        return self


class NumberFormat(Step):
    """Numbers with a decimal comma or thousands marks to plain digits with a point."""

    step: Literal["number_format"] = "number_format"
    columns: Columns
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""

    @model_validator(mode="after")
    def differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("The decimal mark cannot be the thousands mark, too.")
        return self


class Missing(Step):
    """Cells that say that nothing is known become empty."""

    step: Literal["missing"] = "missing"
    columns: Anywhere = Field(default_factory=list)
    codes: list[Text] = Field(min_length=1, max_length=200)


_REPEATED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
MOST_REPEATED = 100
"""What all counted repeats of a pattern come to: `(a{9}){9}` is 81. Each is a copy of it."""


def compiles(pattern: str) -> str:
    """A pattern that the engine takes; it has no backtracking, so a small one is never slow."""
    counts = [max(int(least), int(most or 0)) for least, most in _REPEATED.findall(pattern)]
    if math.prod(max(count, 1) for count in counts) > MOST_REPEATED:
        raise ValueError(
            f"{pattern!r} repeats something too often. Counts in braces may come to "
            f"{MOST_REPEATED} when they are multiplied; write + or * for as often as it is there."
        )
    try:
        pl.Series([""]).str.contains(pattern, strict=True)
    except pl.exceptions.PolarsError as error:
        raise ValueError(
            f"{pattern!r} is no pattern: look for an open bracket, a look-around or a back "
            "reference, which are not supported."
        ) from error
    return pattern


class Replace(Step):
    """Find and replace within cells; with `regex`, `$1` in the new text is the first group."""

    step: Literal["replace"] = "replace"
    columns: Anywhere = Field(default_factory=list)
    find: Annotated[str, Field(min_length=1, max_length=200)]
    with_: Text = Field(default="", alias="with")
    regex: bool = False

    @model_validator(mode="after")
    def valid(self) -> Self:
        if self.regex:
            compiles(self.find)
        return self


def _separate(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("Name each column once.")
    return names


Several = Annotated[list[Column], Field(min_length=2, max_length=20), AfterValidator(_separate)]


class Split(Step):
    """The parts of a column, between a text, into columns; the last takes the rest."""

    step: Literal["split"] = "split"
    column: Column
    by: Annotated[str, Field(min_length=1, max_length=20)]
    into: Several


class Join(Step):
    """Several columns into one, with a text between; empty cells are passed over."""

    step: Literal["join"] = "join"
    columns: Several
    by: Annotated[str, Field(max_length=20)] = " "
    into: Column


class Constant(Step):
    """One value for the cells of a column, new or there."""

    step: Literal["constant"] = "constant"
    column: Column
    value: Annotated[str, Field(min_length=1, max_length=200)]
    only_empty: bool = Field(default=False, description="Leave filled cells as they are")


class Duplicates(Step):
    """Of rows with the same key one stays; rows with an empty cell in the key all stay."""

    step: Literal["duplicates"] = "duplicates"
    key: Columns
    keep: Literal["first", "last", "fullest"] = "first"


CleaningStep = Annotated[
    TrimAndCase | DateFormat | Unit | Codes | IdentifierForm | NumberFormat | Missing | Replace
    | Split | Join | Constant | Duplicates,
    Field(discriminator="step"),
]  # fmt: skip
STEPS: tuple[type[Step], ...] = get_args(get_args(CleaningStep)[0])


def named(step: Step) -> list[str]:
    """The columns that must be there for a step."""
    if isinstance(step, Constant):
        return []
    one = [step.column] if isinstance(step, Unit | Codes | Split) else []
    return [*one, *getattr(step, "columns", []), *getattr(step, "key", [])]


def made(step: Step) -> list[str]:
    """The columns that a step makes where they are not there."""
    if isinstance(step, Split):
        return step.into
    if isinstance(step, Join):
        return [step.into]
    return [step.column] if isinstance(step, Constant) else []


def that_make(
    columns: Sequence[str], before: Sequence[Step], there: Sequence[str]
) -> tuple[list[Step], list[str]]:
    """Of some steps those that have a part in some columns, and what they need of the file."""
    needed = set(columns)
    kept: list[Step] = []
    for step in reversed(before):
        if needed & set(made(step) or named(step) or there):
            kept.append(step)
            needed |= set(named(step))
    return kept[::-1], [name for name in there if name in needed]


def _one_choice(steps: list[Any]) -> list[Any]:
    """Which rows stay is settled once, so that a file can be cleaned in pieces."""
    if sum(isinstance(step, Duplicates) for step in steps) > 1:
        raise ValueError("There is one step 'duplicates' at most. Put all of its key into it.")
    return steps


Cleaning = Annotated[list[CleaningStep], Field(max_length=MOST_STEPS), AfterValidator(_one_choice)]
_STORED: TypeAdapter[list[Any]] = TypeAdapter(Cleaning)


def load(stored: Iterable[Any]) -> list[Any]:
    """Steps as they were kept."""
    return _STORED.validate_python(list(stored))


def dump(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they are kept: only what was said."""
    return [
        {"step": step.step, **step.model_dump(mode="json", exclude_defaults=True)}  # type: ignore[attr-defined]
        for step in steps
    ]
