"""The protocol between a phone and the hub; these models are its definition.

A phone holds a copy of its farms and an outbox of operations. It pulls changes (`Pull`) and pushes
operations (`Push`), each as often as it likes; either may be lost on the way and be sent again.

What an operation may be, and the model that its `values` have to fit:

| entity       | kind    | values                                                               |
|--------------|---------|----------------------------------------------------------------------|
| animal       | create  | AnimalCreate; `entity_id` is its id                                  |
| animal       | patch   | the fields of AnimalUpdate that changed; `note` is what to add to it |
| animal       | retag   | scheme, value, on, reason                                            |
| event        | create  | EventCreate; `entity_id` is its id                                   |
| event        | correct | EventCorrect                                                         |
| event        | void    | reason                                                               |
| record       | create  | RecordCreate and `animal_id`; `entity_id` is its id                  |
| record       | correct | RecordCorrect                                                        |
| record       | void    | reason                                                               |
| group        | create  | GroupCreate; `entity_id` is its id                                   |
| group        | patch   | GroupUpdate                                                          |
| group_member | join    | group_id, animal_id, on                                              |
| group_member | leave   | group_id, animal_id, on                                              |
| place        | create  | PlaceCreate; `entity_id` is its id                                   |
| place        | patch   | PlaceUpdate                                                          |

Every id (of things and of operations) is a UUIDv7 that the phone makes. An operation that the hub
does not understand, or cannot apply, is answered `rejected` and kept; those behind it go on.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from hub.schemas import Input, Line, Output, PageQuery

SCHEMA_VERSION = 2
"""Version of the protocol that this hub speaks."""
OLDEST_VERSION = 1
"""The oldest version whose operations are still understood (hub/collect/upgrade.py)."""
MOST_OPERATIONS = 500
MOST_CHANGES = 2000
LARGEST_OPERATION = 64 * 1024
"""Bytes of JSON of one operation."""
CLOCK_TOLERANCE_SECONDS = 300

Word = Annotated[str, StringConstraints(max_length=64)]
Device = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[\w.:-]+$")]


class State(StrEnum):
    """What became of an operation."""

    APPLIED = "applied"
    """Done as it was sent."""
    MERGED = "merged"
    """Done, but for the fields in `conflicts`: there the hub's values stand."""
    DUPLICATE = "duplicate"
    """Not done because it is there already; with a review when a person has to look."""
    REJECTED = "rejected"
    """Not done; kept, and can be mended or discarded."""
    WAITING = "waiting"
    """Not done yet: it needs something that another kept operation is to make."""
    DISCARDED = "discarded"
    """Given up by the person; what was typed is still kept."""


class Operation(Input):
    """One thing that somebody did on the phone."""

    op_id: UUID = Field(description="Made by the phone, once; it is what makes repeats harmless")
    seq: int = Field(ge=0, description="Counts the operations of this device")
    entity: Word = Field(description="animal, event, record, group, group_member or place")
    entity_id: UUID = Field(description="Of the thing; for a new one, made by the phone")
    kind: Word = Field(description="create, patch, retag, correct, void, join or leave")
    base_rev: int = Field(
        default=0,
        ge=0,
        description="`seq` of the thing's change as the phone last pulled it; 0: never pulled",
    )
    values: dict[str, Any] = Field(
        default_factory=dict, description="What fits this entity and kind; see the table"
    )
    occurred_at: AwareDatetime | None = Field(
        default=None, description="When it happened, as the person says"
    )
    tz: Word = Field(default="", description="Time zone of the phone, such as America/Toronto")
    recorded_at_device: AwareDatetime | None = Field(
        default=None, description="The phone's clock when it was typed; never used for order"
    )


class Push(Input):
    """Operations of one phone, oldest first.

    Each is applied or kept aside by itself, and its result is stored with it, so the whole push
    may be sent again at any time.
    """

    device: Device = Field(description="Made once for each installation of the page")
    schema_version: int = Field(ge=0, description="Version of the protocol the page was made for")
    sent_at: AwareDatetime = Field(description="The phone's clock now, to know how wrong it is")
    operations: tuple[Operation | dict[str, Any], ...] = Field(
        max_length=MOST_OPERATIONS,
        description="An operation of another shape is rejected alone; its op_id must be a UUID",
    )


class GroupMove(Input):
    """Values of `join` and `leave`: which animal, which group, from which day on."""

    group_id: UUID
    animal_id: UUID
    on: date


class Problem(Output):
    """One thing wrong with one value: where it stands, what is wrong, what to do."""

    where: str
    message: str
    remedy: str = ""


class Notice(Output):
    """Something to know that prevented nothing."""

    code: str
    message: str


class FieldConflict(Output):
    """A field that somebody else changed since the phone's copy; both values are kept."""

    field: str
    policy: str = Field(description="Why the hub's value stands: review, server or terminal")
    server: Any = Field(description="The hub's value, which stands")
    phone: Any = Field(description="The value that the phone sent")
    review_id: UUID | None = Field(default=None, description="The question put to the farm, if any")


class OperationResult(Output):
    """What became of one operation; the same answer however often it is sent."""

    op_id: UUID
    state: State
    entity_id: UUID | None = None
    code: str = Field(default="", description="Stable, for programs; empty when applied")
    text: str = Field(default="", description="For the person: what, where, what to do")
    errors: tuple[Problem, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    review_id: UUID | None = Field(default=None, description="A question put to the farm")
    warnings: tuple[Notice, ...] = ()
    known_as: dict[UUID, UUID] = Field(
        default_factory=dict,
        description="Of a lambing told twice: which animal of the hub each of its young is",
    )
    replayed: bool = Field(default=False, description="It was sent before; this is the stored one")
    kept_as: UUID | None = Field(
        default=None, description="Where other content under a used op_id was kept"
    )


class PushReply(Output):
    """One result for each operation, in the order they were sent; it never moves a cursor."""

    results: tuple[OperationResult, ...]
    settled: tuple[OperationResult, ...] = Field(
        default=(), description="Earlier operations that waited, and what became of them now"
    )
    server_time: datetime
    clock_offset_seconds: float = Field(description="Hub's clock minus the phone's")
    warnings: tuple[Notice, ...] = Field(default=(), description="Such as a clock that is wrong")
    schema_version: int = SCHEMA_VERSION


class PullQuery(Input):
    """What changed on a farm since a cursor."""

    farm: UUID | None = Field(
        default=None, description="Without it: only which farms there are and which to forget"
    )
    cursor: Word = Field(
        default="",
        description="`cursor` of the page before; empty: from the start",
    )
    limit: int = Field(default=500, ge=1, le=MOST_CHANGES)
    have: tuple[UUID, ...] = Field(
        default=(), max_length=500, description="Farms that the phone holds; see `forget`"
    )
    schema_version: int = Field(default=SCHEMA_VERSION, ge=0)


class Entity(StrEnum):
    """What a phone holds copies of."""

    ANIMAL = "animal"
    EVENT = "event"
    RECORD = "record"
    GROUP = "group"
    GROUP_MEMBER = "group_member"
    PLACE = "place"
    PHOTO = "photo"
    REVIEW = "review"


class Change(Output):
    """A thing as it is now, or that it is gone; each thing comes once, with its newest `seq`."""

    seq: int = Field(description="Its revision, to be sent back as base_rev")
    entity: Entity
    id: UUID
    gone: bool
    values: Any = Field(
        description="AnimalRead, EventRead, RecordRead, GroupHeld, GroupMemberHeld, PlaceHeld, "
        "PhotoHeld or ReviewRead. Tags and names of other things in it are as of this change: show "
        "those of your own copy. Of what is gone: null, or {merged_into_id} of an animal that was "
        "merged into another"
    )


class GroupHeld(Output):
    """A group of animals; who is in it are changes of their own."""

    id: UUID
    farm_id: UUID
    name: str
    kind: str
    note: str
    archived: bool


class GroupMemberHeld(Output):
    """An animal's time in a group; `to_on` is its first day outside, none while it is inside."""

    id: UUID
    farm_id: UUID
    group_id: UUID
    animal_id: UUID
    from_on: date
    to_on: date | None


class PlaceHeld(GroupHeld):
    """Where animals stand; which do is in the animals."""

    latitude: float | None
    longitude: float | None


class PhotoHeld(Output):
    """What is known of a picture; its bytes are asked for over REST."""

    id: UUID
    farm_id: UUID
    animal_id: UUID
    person_id: UUID
    sha256: str
    media_type: str
    width: int
    height: int
    size: int
    taken_on: date | None
    caption: str
    created_at: datetime


class FarmShown(Output):
    """A farm that the person may hold on the phone: their own, and shared ones such as studs."""

    id: UUID
    code: str
    name: str
    species: str
    shared: bool
    may_write: bool
    seq: int = Field(description="Its newest change; greater than the cursor's: there is news")


class Pull(Output):
    """A page of changes in the order of `seq`; store it and its cursor in one transaction.

    A farm of which the cursor is too old or of another time answers 410 `collect.resync`: empty
    the copy of that farm, keep the outbox, and pull from the start.
    """

    changes: tuple[Change, ...] = ()
    cursor: str = Field(description="Where to go on; opaque")
    more: bool = Field(description="Whether to ask again at once")
    floor: int = Field(description="Cursors below it cannot go on: tombstones were purged")
    epoch: str = Field(description="Changes when the hub was restored from a copy")
    schema_version: int = SCHEMA_VERSION
    farms: tuple[FarmShown, ...] = Field(description="Farms to hold on the phone")
    forget: tuple[UUID, ...] = Field(description="Of `farm` and `have`: farms to delete from it")
    server_time: datetime


class Keep(StrEnum):
    """How a review ends."""

    SERVER = "server"
    """The hub's value stays."""
    PHONE = "phone"
    """The phone's value takes its place."""
    VALUE = "value"
    """Neither: the value given with it."""
    BOTH = "both"
    """Two things happened, not one (only for duplicates)."""


class ReviewKind(StrEnum):
    FIELD = "field"
    """Two values for one field."""
    DUPLICATE = "duplicate"
    """Two entries that may be of the same thing."""


class ReviewRead(Output):
    """Two versions of something, both kept, until a person of the farm decides."""

    id: UUID
    farm_id: UUID
    kind: ReviewKind
    entity: str
    entity_id: UUID = Field(description="The thing as the hub has it")
    field: str = Field(description="Empty for a duplicate")
    server: Any = Field(description="The hub's value or event when the question came up")
    phone: Any = Field(description="What the phone sent")
    op_id: UUID
    person_id: UUID = Field(description="Who sent it")
    device: str
    state: str = Field(description="open or resolved")
    keep: Keep | None = None
    resolved_by: UUID | None = None
    resolved_at: datetime | None = None
    created_at: datetime


class ReviewResolve(Input):
    """Which version stays."""

    keep: Keep
    value: Any = Field(default=None, description="With keep=value: the value that is right")


class ReviewsQuery(PageQuery):
    """Narrow the list of reviews."""

    farm: UUID | None = None
    state: Word | None = Field(default="open", description="open or resolved; empty for both")


class OperationsQuery(PageQuery):
    """Narrow the list of one's own operations."""

    device: Line | None = None
    state: State | None = Field(default=None, description="Such as rejected")


class OperationRead(Output):
    """An operation as it was received, for ever, and what became of it."""

    op_id: UUID
    farm_id: UUID | None
    device: str
    seq: int
    entity: str
    entity_id: UUID | None
    state: State
    received: Mapping[str, Any] = Field(description="What the phone sent, as it sent it")
    mended: Mapping[str, Any] | None = Field(description="The values it was mended to, if it was")
    result: OperationResult
    clock_offset_seconds: float = Field(validation_alias="clock_offset_s")
    created_at: datetime


class OperationMend(Input):
    """Better values for an operation that was rejected; without values it is only tried again."""

    values: dict[str, Any] | None = None
    entity_id: UUID | None = Field(
        default=None, description="Another thing, if the operation was about the wrong one"
    )
