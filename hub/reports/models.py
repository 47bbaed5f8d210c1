"""Benchmarks: what farms contributed, frozen, and the quartiles that are told of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId


class Benchmark(HasId, Base):
    """Quartiles of the farms of a cell; computed once, never again. Region '' is all regions.

    `farms` is rounded down to 5, 10, 20, 50, ... so that one farm more cannot be noticed.
    """

    __tablename__ = "benchmark"
    __table_args__ = (
        UniqueConstraint("year", "species", "breed", "region", "metric", name="uq_benchmark_cell"),
    )

    year: Mapped[int]
    species: Mapped[str]
    breed: Mapped[str]
    region: Mapped[str]
    metric: Mapped[str]
    farms: Mapped[int]
    q25: Mapped[float]
    q50: Mapped[float]
    q75: Mapped[float]
    computed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BenchmarkValue(Base):
    """What one farm contributes to its cells, rounded; seen by those who see the farm.

    One that is not `counted` waits for others, so that nobody can tell what it changed.
    """

    __tablename__ = "benchmark_value"
    __table_args__ = (Index(None, "farm_id"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    species: Mapped[str] = mapped_column(primary_key=True)
    breed: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), primary_key=True)
    region: Mapped[str]
    value: Mapped[float]
    animals: Mapped[int]
    counted: Mapped[bool]
