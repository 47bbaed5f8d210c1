"""Counters that all processes share; unlogged, because a crash may forget who asked how often."""

from sqlalchemy import Double
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base


class RateBucket(Base):
    """One key's theoretical arrival time (GCRA), in seconds since 1970 by the database's clock."""

    __tablename__ = "rate_bucket"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(primary_key=True)
    arrival: Mapped[float] = mapped_column(Double)
    granted: Mapped[int]


class RateGuess(Base):
    """When somebody lately tried to sign in as an account, or from an address."""

    __tablename__ = "rate_guess"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[list[float]] = mapped_column(ARRAY(Double))
