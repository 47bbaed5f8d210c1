"""What every table shares: the declarative base, ids and timestamps."""

import os
import time
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, MetaData, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then random bits; sorts by time of making.

    Made here and not in PostgreSQL, so that rows can be prepared before they are stored and servers
    before version 18 work as well.
    """
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


class Base(DeclarativeBase):
    """Base of all tables; they live in the schema `app`."""

    metadata = MetaData(schema="app", naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True)}


class HasId:
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class HasTimes:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
