"""What goes into reports and comes out of them."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.farms import Species
from hub.schemas import Input, Language, Output

Cell = str | int | float | date | None


class Subject(StrEnum):
    """What analytics of a farm are about."""

    COMPOSITION = "composition"
    GROWTH = "growth"
    MILK = "milk"
    FERTILITY = "fertility"
    SURVIVAL = "survival"
    DISPOSALS = "disposals"
    TRENDS = "trends"
    INBREEDING = "inbreeding"


class ReportQuery(Input):
    """In which language."""

    language: Language = Field(default=Language.ENGLISH, description="Of titles, columns and words")


class AnalyticsQuery(ReportQuery):
    """Of which animals, where a farm keeps several species."""

    species: Species | None = Field(
        default=None,
        description="Whose figures are told; the farm's species unless given",
    )


class ListQuery(AnalyticsQuery):
    """Which rows of a list: those of one year, or all."""

    year: int | None = Field(
        default=None, ge=1900, le=2200, description="Born, recorded or happened in this year"
    )


class BenchmarkQuery(ReportQuery):
    """Which year; the last one that has benchmarks unless given."""

    year: int | None = Field(default=None, ge=1900, le=2200)


class ColumnRead(Output):
    """A column: its name for programs, its label and unit for people."""

    name: str
    label: str
    unit: str = ""
    kind: Literal["text", "integer", "decimal", "date"] = "text"
    digits: int = 0


class TableRead(Output):
    """A table with rows in the order of its columns; None is unknown."""

    name: str
    title: str
    note: str = ""
    columns: list[ColumnRead]
    rows: list[list[Cell]]


class AnalyticsRead(Output):
    """What a farm's data say about one subject."""

    farm_id: UUID
    farm: str
    subject: Subject
    title: str
    as_of: date
    tables: list[TableRead]


class Quartiles(Output):
    """Where the farms of a cell lie; no number in it is the value of one farm."""

    region: str = Field(description="Empty: all regions")
    farms: int = Field(description="At least so many farms: 5, 10, 20, 50, ...")
    q25: float
    q50: float
    q75: float


class BenchmarkRead(Output):
    """A metric of the farm beside farms of its breed, and of its breed and region."""

    metric: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    species: str
    breed: str
    year: int
    value: float | None = Field(description="Of this farm; None without enough animals")
    animals: int | None = Field(description="That the value of this farm is made of")
    breed_quartiles: Quartiles | None = Field(description="None: withheld or not computed yet")
    region_quartiles: Quartiles | None
    standing: Literal["lowest", "below", "above", "highest"] | None = Field(
        description="Quarter of the breed's farms in which the value is"
    )


class BenchmarksRead(Output):
    """A farm beside others, for one calendar year."""

    farm_id: UUID
    farm: str
    region: str
    year: int | None = Field(description="None: no year has benchmarks yet")
    years: list[int] = Field(description="Years that can be asked for")
    items: list[BenchmarkRead]
    note: str


class File(Output):
    """A file that was made, with the name to save it under."""

    name: str
    media_type: str
    content: bytes = Field(repr=False)
