"""Imports, and the rows they could not take."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.storage.base import Base, HasId, HasTimes


class Import(HasId, HasTimes, Base):
    """One file taken in for one farm: good rows are loaded, bad rows kept for mending.

    `rules` and `parser` name the versions that judged and read the file. `steps` says how far each
    step is, `stage` where the rows that were read are kept (chunks in the object store), `findings`
    how often each rule was broken. `source_id` is the watched place that the file came from,
    `parent_id` the import that this one repeats.
    """

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint("kind IN ('animals', 'records', 'events', 'milk_recording')", name="kind"),
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name="state",
        ),
        CheckConstraint("policy IN ('good_rows', 'all_or_nothing')", name="policy"),
        Index(None, "farm_id"),
        Index(None, "source_id"),
        Index(None, "template_id"),
        Index(None, "parent_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("file.id"))
    kind: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    dry_run: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_loaded: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    error: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]
    cleaning: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("import_template.id", ondelete="SET NULL")
    )
    policy: Mapped[str] = mapped_column(default="good_rows", server_default="good_rows")
    rules: Mapped[str] = mapped_column(default="", server_default="")
    parser: Mapped[str] = mapped_column(default="", server_default="")
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    stage: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    changes_object: Mapped[str] = mapped_column(default="", server_default="")
    findings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    rows_warned: Mapped[int] = mapped_column(default=0, server_default="0")
    rows_discarded: Mapped[int] = mapped_column(default=0, server_default="0")
    source_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]


class ImportRow(HasTimes, Base):
    """A row about which there is something to say, as it stood in the file, with every finding.

    Refused ones are loaded when they are mended; what was only warned of is loaded already.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint("state IN ('rejected', 'mended', 'warned', 'discarded')", name="state"),
        Index(None, "farm_id"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB)
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default="rejected")


class Mending(HasId, HasTimes, Base):
    """One act on refused rows: by hand or by a rule, loading again, leaving out, taking back.

    `done_to` is the row up to which a mending in pieces is done; `undoes_id` the mending that this
    one undoes.
    """

    __tablename__ = "import_mending"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('by_hand', 'by_rule', 'replay', 'discard', 'take_back', 'undo')", name="kind"
        ),
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        Index(None, "import_id"),
        Index(None, "farm_id"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id"))
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    action: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    column: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_mending.id"))
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    error: Mapped[str] = mapped_column(default="")
    rows_changed: Mapped[int] = mapped_column(default=0)
    rows_loaded: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    rows_left: Mapped[int] = mapped_column(default=0)
    done_to: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class RowChange(Base):
    """One cell of a refused row before and after a mending; `column` is empty for the row's state.

    `problems` are those that the row had before, kept while the change can be undone.
    """

    __tablename__ = "import_row_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["import_id", "row_number"], ["import_row.import_id", "import_row.row_number"]
        ),
        Index(None, "import_id", "row_number"),
        Index(None, "farm_id"),
    )

    mending_id: Mapped[UUID] = mapped_column(ForeignKey("import_mending.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    import_id: Mapped[UUID]
    farm_id: Mapped[UUID] = mapped_column(ForeignKey("farm.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    before: Mapped[str]
    after: Mapped[str]
    problems: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    undone_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_mending.id"))
