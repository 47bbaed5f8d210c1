"""Animals: what they are called, whose they are, where and in which groups they stand."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from hub.animals.normal import normal_of_row
from hub.storage.base import Base, HasId, HasTimes


def _of_the_farm(column: str, table: str) -> ForeignKeyConstraint:
    """A reference that stays within the farm, and follows an animal to another one."""
    targets = [f"{table}.id", f"{table}.farm_id"]
    follows = "CASCADE" if table == "animal" else None
    return ForeignKeyConstraint([column, "farm_id"], targets, onupdate=follows)


class Animal(HasId, HasTimes, Base):
    """One animal of one farm; `tag` is the identifier people know it by, unique on the farm.

    `sire_id` and `dam_id` are the genetic parents; the recipient dam carried the embryo, the
    foster dam reared the young.
    """

    __tablename__ = "animal"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012  a change brings its time with it
    __table_args__ = (
        UniqueConstraint("farm_id", "tag"),
        UniqueConstraint("id", "farm_id"),
        CheckConstraint("sex IN ('F', 'M', 'U')", name="sex"),
        CheckConstraint("status IN ('alive', 'sold', 'dead', 'unknown')", name="status"),
        CheckConstraint("birth_type BETWEEN 1 AND 20", name="birth_type"),
        CheckConstraint("id <> sire_id AND id <> dam_id", name="own_parent"),
        CheckConstraint("id <> recipient_dam_id AND id <> foster_dam_id", name="own_dam"),
        _of_the_farm("place_id", "place"),
        Index(None, "farm_id", "birth_date", "id"),
        Index(None, "sire_id"),
        Index(None, "dam_id"),
        Index(None, "recipient_dam_id"),
        Index(None, "foster_dam_id"),
        Index(None, "place_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    tag: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    species: Mapped[str]
    breed: Mapped[str] = mapped_column(default="")
    breed_fractions: Mapped[dict[str, float]] = mapped_column(
        JSONB, default=dict, server_default="{}"
    )
    sex: Mapped[str] = mapped_column(default="U")
    birth_date: Mapped[date | None]
    birth_type: Mapped[int | None]
    status: Mapped[str] = mapped_column(default="alive")
    sire_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    dam_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    recipient_dam_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    foster_dam_id: Mapped[UUID | None] = mapped_column(ForeignKey("animal.id"))
    place_id: Mapped[UUID | None]
    coat: Mapped[str] = mapped_column(default="", server_default="")
    defects: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default="{}")
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    note: Mapped[str] = mapped_column(default="", server_default="")


class AnimalIdentifier(HasId, HasTimes, Base):
    """A name under which an animal is known to somebody, and from when to when.

    `value` is as written, `normalized` its one normal form, `backwards` that form without
    separators from its last character to its first, so that an index finds what ends with a
    short number.
    """

    __tablename__ = "animal_identifier"
    __table_args__ = (
        _of_the_farm("animal_id", "animal"),
        CheckConstraint("state IN ('active', 'retired', 'lost', 'reused')", name="state"),
        CheckConstraint("valid_to >= valid_from", name="period"),
        Index(
            "uq_animal_identifier_active",
            "farm_id",
            "scheme",
            "value",
            unique=True,
            postgresql_where="state = 'active'",
        ),
        Index(None, "farm_id", "backwards", postgresql_ops={"backwards": "text_pattern_ops"}),
        Index(None, "value"),
        Index(None, "animal_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    animal_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"))
    scheme: Mapped[str]
    value: Mapped[str]
    normalized: Mapped[str] = mapped_column(default=normal_of_row, server_default="")
    backwards: Mapped[str] = mapped_column(
        Computed(r"reverse(regexp_replace(normalized, '[\s_.:\-]+', '', 'g'))", persisted=True)
    )
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    state: Mapped[str] = mapped_column(default="active", server_default="active")


class PossibleSire(Base):
    """One of several males that may be an animal's sire."""

    __tablename__ = "animal_possible_sire"
    __table_args__ = (_of_the_farm("animal_id", "animal"), Index(None, "sire_id"))

    animal_id: Mapped[UUID] = mapped_column(primary_key=True)
    sire_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"), index=True)


class Place(HasId, HasTimes, Base):
    """Where animals stand: a field, a pen, a barn."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("farm_id", "name"),
        UniqueConstraint("id", "farm_id"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    note: Mapped[str] = mapped_column(default="")
    archived: Mapped[bool] = mapped_column(default=False)


class Group(HasId, HasTimes, Base):
    """Animals that are managed together."""

    __tablename__ = "animal_group"
    __table_args__ = (UniqueConstraint("farm_id", "name"), UniqueConstraint("id", "farm_id"))

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    archived: Mapped[bool] = mapped_column(default=False)


class GroupMember(HasId, HasTimes, Base):
    """An animal's time in a group; `to_on` is its first day outside, none while it is inside."""

    __tablename__ = "group_member"
    __table_args__ = (
        _of_the_farm("group_id", "animal_group"),
        _of_the_farm("animal_id", "animal"),
        CheckConstraint("to_on >= from_on", name="period"),
        Index(
            "uq_group_member_inside",
            "group_id",
            "animal_id",
            unique=True,
            postgresql_where="to_on IS NULL",
        ),
        Index(None, "animal_id"),
        Index(None, "farm_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    group_id: Mapped[UUID]
    animal_id: Mapped[UUID]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Photo(HasId, HasTimes, Base):
    """A picture of an animal; its bytes and its thumbnail's lie in the object store."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("animal_id", "sha256"),
        _of_the_farm("animal_id", "animal"),
        Index(None, "farm_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    animal_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    sha256: Mapped[str]
    thumbnail_sha256: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    taken_on: Mapped[date | None]
    caption: Mapped[str] = mapped_column(default="")


class CustomField(HasId, HasTimes, Base):
    """Something that one farm notes of its animals and the hub has no field for."""

    __tablename__ = "custom_field"
    __table_args__ = (
        UniqueConstraint("farm_id", "name"),
        CheckConstraint("type IN ('text', 'number', 'date', 'choice', 'yes_no')", name="type"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    name: Mapped[str]
    label: Mapped[str]
    type: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    choices: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
    archived: Mapped[bool] = mapped_column(default=False)


class AnimalMerge(HasId, Base):
    """Two entries of one animal made one: `other` is the row that went, `filled` what it gave.

    `filled` holds the facts of the surviving row as they were before the other's filled them.
    """

    __tablename__ = "animal_merge"
    __table_args__ = (
        Index(None, "farm_id"),
        Index(None, "keep_id"),
        Index(None, "other_id"),
    )

    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    keep_id: Mapped[UUID] = mapped_column(ForeignKey("animal.id"))
    other_id: Mapped[UUID]
    other: Mapped[dict[str, Any]] = mapped_column(JSONB)
    filled: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    moved: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_at: Mapped[datetime | None]


class MergeMove(Base):
    """One row that a merge moved, cleared or put aside; read by the merge's own functions only."""

    __tablename__ = "animal_merge_move"
    __table_args__ = (CheckConstraint("how IN ('moved', 'cleared', 'aside', 'named')", name="how"),)

    merge_id: Mapped[UUID] = mapped_column(ForeignKey("animal_merge.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    how: Mapped[str]
    table_name: Mapped[str]
    column_name: Mapped[str]
    key: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
