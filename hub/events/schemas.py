"""What goes into events and comes out of them.

An event says in `details` what happened; `details.kind` says which of the models below it is. Names
and values are those of the ICAR Animal Data Exchange where it has them.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from hub.events.details import Day, EventDetails, Kind
from hub.schemas import Input, Line, Output, PageQuery

Remark = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")
]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
]


def same_day(at: datetime, on: date) -> bool:
    """Whether a moment is on a day somewhere on earth: from UTC-12 to UTC+14."""
    utc = at.astimezone(UTC)
    return (utc - timedelta(hours=12)).date() <= on <= (utc + timedelta(hours=14)).date()


class EventCreate(Input):
    """Something that happened to an animal; the same `id` sent again is the same event."""

    id: UUID | None = Field(default=None, description="Made by the sender (UUIDv7), or left out")
    animal_id: UUID = Field(description="The animal it happened to; the female for a mating")
    occurred_on: Day = Field(description="The farm's local day")
    occurred_at: AwareDatetime | None = None
    details: EventDetails
    remark: Remark = ""
    device: Line = Field(default="", description="The phone or reader that it was told to")
    recorded_at: AwareDatetime | None = Field(default=None, description="By the device's clock")
    group_id: UUID | None = Field(default=None, description="The same for events told together")
    confirmed_not_duplicate: bool = Field(
        default=False, description="It looks like an event that is known already but is another"
    )

    @model_validator(mode="after")
    def _the_time_is_of_the_day(self) -> Self:
        if self.occurred_at and not same_day(self.occurred_at, self.occurred_on):
            raise ValueError(
                f"occurred_at ({self.occurred_at}) is not on the day occurred_on "
                f"({self.occurred_on}) anywhere on earth. Correct one, or leave occurred_at out."
            )
        return self

    @property
    def kind(self) -> Kind:
        return Kind(self.details.kind)


class EventCorrect(Input):
    """What was told wrongly: only the fields that are given change. The kind stays."""

    reason: Reason = Field(description="Why it is corrected")
    occurred_on: Day | None = None
    occurred_at: AwareDatetime | None = None
    details: EventDetails | None = Field(default=None, description="All fields of the kind anew")
    remark: Remark | None = None
    device: Line = ""
    recorded_at: AwareDatetime | None = None
    expected_revision: int | None = Field(
        default=None, ge=1, description="Refuse when somebody has corrected it since"
    )

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.changes():
            raise ValueError("Give at least one of occurred_on, occurred_at, details, remark.")
        return self

    def changes(self) -> dict[str, Any]:
        """The given fields of the event."""
        names = ("occurred_on", "occurred_at", "details", "remark")
        given = {name: getattr(self, name) for name in names if name in self.model_fields_set}
        return {k: v for k, v in given.items() if v is not None or k == "occurred_at"}


class EventVoid(Input):
    """The event did not happen."""

    reason: Reason = Field(description="Why it is voided")


class AnimalEventQuery(PageQuery):
    """Narrow the list of an animal's events, newest first."""

    kind: Kind | None = None
    from_on: date | None = Field(default=None, alias="from", description="On this day or later")
    to_on: date | None = Field(default=None, alias="to", description="On this day or earlier")
    voided: bool = Field(default=False, description="Those that are voided as well")
    model_config = Input.model_config | {"populate_by_name": True}


class EventQuery(AnimalEventQuery):
    """Narrow the list of events, newest first."""

    farm: UUID | None = None
    animal: UUID | None = None
    group: UUID | None = Field(default=None, description="Events that were told together")


class StateQuery(Input):
    """Which day."""

    on: Day | None = Field(default=None, description="Today unless given")


class Notice(Output):
    """Something unusual that does not stand in the way of an event."""

    code: str
    message: str
    event_id: UUID | None = Field(default=None, description="The earlier event it is about")


class EventRead(Output):
    """An event in its current revision.

    `warnings` are told where the animal's other events are looked at: when it is recorded,
    corrected, shown alone or in the list of its animal.
    """

    id: UUID
    farm_id: UUID
    animal_id: UUID
    tag: str
    kind: Kind
    occurred_on: date
    occurred_at: datetime | None
    details: EventDetails
    remark: str
    revision: int
    voided: bool
    reason: str
    person_id: UUID
    device: str
    recorded_at: datetime | None
    group_id: UUID | None
    possible_duplicate_of: UUID | None
    warnings: tuple[Notice, ...] = ()
    created_at: datetime
    updated_at: datetime


class EventRevisionRead(Output):
    """One revision of an event; the first is how it was told first."""

    event_id: UUID
    revision: int
    animal_id: UUID
    kind: Kind
    occurred_on: date
    occurred_at: datetime | None
    details: EventDetails
    remark: str
    voided: bool
    reason: str
    person_id: UUID
    device: str
    recorded_at: datetime | None
    group_id: UUID | None
    written_at: datetime


class State(StrEnum):
    """Where a female stands in reproduction."""

    IMMATURE = "immature"
    OPEN = "open"
    SERVED = "served"
    PREGNANT = "pregnant"
    MALE = "male"
    UNKNOWN = "unknown"


class Milk(StrEnum):
    """Whether she gives milk."""

    NONE = "none"
    LACTATING = "lactating"
    DRY = "dry"


class ReproductiveState(Output):
    """What the events of an animal up to a day say of its reproduction."""

    animal_id: UUID
    species: str
    on: date
    present: bool = Field(description="On the farm and alive that day, by its events")
    state: State
    milk: Milk
    last_heat_on: date | None = None
    last_service_on: date | None = None
    service_method: str | None = Field(default=None, description="natural, group, ai, embryo")
    service_event_id: UUID | None = None
    sire_ids: tuple[UUID, ...] = Field(default=(), description="Who may have sired the pregnancy")
    donor_id: UUID | None = Field(default=None, description="Genetic dam after embryo transfer")
    due_on: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    foetus_count: int | None = None
    last_check_on: date | None = None
    last_check_result: str | None = None
    last_parturition_on: date | None = None
    parity: int = 0
    lactation_number: int = 0
    dry_since: date | None = None
    weaned_on: date | None = None
    left_on: date | None = None
    left_how: str | None = Field(default=None, description="How it was disposed of, if it was")


class DueKind(StrEnum):
    """What there is to do with an animal."""

    HEAT_WATCH = "heat_watch"
    MATE = "mate"
    PREGNANCY_CHECK = "pregnancy_check"
    DRY_OFF = "dry_off"
    PARTURITION = "parturition"
    WEAN = "wean"
    WITHDRAWAL_END = "withdrawal_end"


class DueItem(Output):
    """Something to do with an animal, best on `due_on`, between `from_on` and `to_on`."""

    farm_id: UUID
    animal_id: UUID
    tag: str
    name: str
    kind: DueKind
    due_on: date
    from_on: date
    to_on: date
    because: str
    event_id: UUID | None = None
    overdue: bool = False


class DueQuery(Input):
    """Which days; two weeks from today unless given."""

    from_on: Day | None = Field(default=None, alias="from", description="First day; today")
    to_on: Day | None = Field(default=None, alias="to", description="Last day; two weeks later")
    model_config = Input.model_config | {"populate_by_name": True}
