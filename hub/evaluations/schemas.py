"""What goes into an evaluation and comes out of it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.schemas import Code, Input, Line, Name, Output, PageQuery

State = Literal["queued", "running", "done", "failed", "cancelled"]


class ModelDeclaration(Input):
    """The model, in the words of the `agrigen evaluate` file, without the names of files."""

    traits: list[Code] = Field(min_length=1, max_length=20)
    effects: list[dict[str, Any]] = Field(min_length=1, max_length=50)
    variances: dict[str, Any]
    weights: str | None = None
    inbreeding: bool = True
    solver: Literal["auto", "direct", "pcg"] = "auto"


class EvaluationCreate(Input):
    """Freeze the data and evaluate them."""

    name: Name
    model: ModelDeclaration
    farms: list[UUID] | None = Field(
        default=None, description="Farms whose animals are evaluated; all that you read by default"
    )
    species: Code | None = Field(
        default=None, description="By default the species of the animals that have records"
    )
    breed: Line | None = Field(default=None, description="Only animals and records of this breed")
    publish: bool = Field(default=False, description="Publish when it is done")


class EvaluationRead(Output):
    """One evaluation: its model, its frozen data, its state and what came out."""

    id: UUID
    name: str
    person_id: UUID
    dataset_id: UUID
    model: dict[str, Any]
    traits: list[str]
    farm_ids: list[UUID]
    publish_when_done: bool
    state: State
    job_id: UUID | None
    error: str
    summary: dict[str, Any]
    provenance: dict[str, Any]
    objects: dict[str, str]
    result_hash: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None


class EvaluationsQuery(PageQuery):
    """Narrow the list of evaluations."""

    trait: str | None = None
    state: State | None = None
    published: bool | None = Field(default=None, description="Published and not withdrawn")


class BreedingValueRead(Output):
    """What an evaluation says about one animal, in the unit of the trait."""

    evaluation_id: UUID
    trait: str
    animal_id: UUID
    tag: str
    animal_name: str
    sex: str
    breed: str
    birth_date: date | None
    status: str
    farm_id: UUID
    farm: str
    value: float
    se: float | None
    reliability: float | None
    accuracy: float | None
    inbreeding: float
    records: int
    percentile: float = Field(description="Share of its breed that it is better than, 0 to 100")


class BreedingValuesQuery(PageQuery):
    """Which animals; in falling order of breeding value unless asked otherwise."""

    trait: str | None = None
    farm_id: UUID | None = None
    sex: Literal["F", "M", "U"] | None = None
    breed: str | None = None
    animal_id: UUID | None = None
    status: Literal["alive", "sold", "dead", "unknown"] | None = None
    order: Literal["-value", "value"] = "-value"


class AnimalValue(BreedingValueRead):
    """A breeding value of one animal with the evaluation that it comes from."""

    evaluation: str
    published_at: datetime | None
