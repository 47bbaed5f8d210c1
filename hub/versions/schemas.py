"""What is asked of and said about freezing and restoring versions."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.datasets import Reason
from hub.etl import ImportRead
from hub.etl.schemas import Policy
from hub.schemas import Code, Input, Name, Output
from hub.tables import Filters

Kind = Literal[
    "animals", "records", "events", "milk_recording", "identifiers", "groups", "places",
    "breeding_values", "genotype_samples",
]  # fmt: skip
USUAL: Sequence[Kind] = ("animals", "records", "events")


class Rows(Input):
    """Which rows; those of all days, traits and kinds of events by default."""

    start: date | None = Field(default=None, description="From this day on")
    end: date | None = Field(default=None, description="To this day, included")
    traits: list[Code] | None = Field(default=None, min_length=1, max_length=200)
    events: list[Code] | None = Field(default=None, min_length=1, max_length=50)

    def filters(self) -> Filters:
        return Filters(start=self.start, end=self.end, traits=self.traits, events=self.events)


class Freeze(Input):
    """Keep tables of farms as they are now."""

    name: Name = Field(description="Name of the dataset; its versions are numbered")
    why: Reason = ""
    farms: list[UUID] | None = Field(
        default=None, min_length=1, max_length=1000, description="All that you read by default"
    )
    kinds: Sequence[Kind] = Field(default=USUAL, min_length=1, max_length=20)
    rows: Rows = Rows()
    genotypes: list[UUID] = Field(
        default_factory=list, max_length=100, description="Genotype sets that belong to it"
    )


class NextVersion(Input):
    """The same selection of the same dataset again, as it is now."""

    why: Reason = ""


class FreezeRead(Output):
    """A version that is being made: it is there under `dataset_id` when its job is done."""

    dataset_id: UUID
    job_id: UUID
    state: str


class Restore(Input):
    """Bring frozen tables back by imports; a dry run unless told otherwise."""

    dry_run: bool = Field(default=True, description="Report what would change, load nothing")
    kinds: list[Kind] | None = Field(
        default=None, min_length=1, description="By default all that can be imported"
    )
    farm: Code | None = Field(
        default=None, description="Only the rows of this farm, by the code it had; all by default"
    )
    into: UUID | None = Field(
        default=None, description="Another farm that takes them; each its own by default"
    )
    policy: Policy = "good_rows"


class RestoreRead(Output):
    """The imports that bring the tables back, in the order in which they run."""

    dataset_id: UUID
    imports: list[ImportRead]


class Asked(Input):
    """A freeze with what the hub adds, as its job keeps it."""

    freeze: Freeze
    dataset_id: UUID
    farm_ids: list[UUID]
    series_id: UUID | None = None
    parent_ids: list[UUID] = Field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
