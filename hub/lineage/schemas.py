"""What goes into a question about lineage and comes out of it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.schemas import Input, Output, PageQuery

Start = Literal[
    "file", "source", "template", "import", "dataset", "genotype_set", "evaluation", "association",
    "mating_plan",
]  # fmt: skip
NodeType = Literal[
    "file", "source", "template", "import", "table", "door", "dataset", "genotype_set",
    "evaluation", "association", "breeding_value", "mating_plan",
]  # fmt: skip
Door = Literal["import", "event", "phone", "exchange", "hand"]
Relation = Literal[
    "self", "sire", "dam", "ancestor", "offspring", "descendant", "full sib", "half sib"
]


class GraphQuery(Input):
    """Which part of the graph."""

    direction: Literal["up", "down", "both"] = Field(
        default="up", description="What it was made from, what was made from it, or both"
    )
    depth: int = Field(default=12, ge=1, le=30, description="Steps away from the start at most")


class Node(Output):
    """A thing in the graph; of one that the caller may not see only the type is said."""

    id: str = Field(description="type:id, unique in this answer")
    type: NodeType
    name: str
    facts: dict[str, Any] = Field(description="What there is to say: hashes, versions, counts")
    href: str = Field(description="Path of the REST API that shows it; empty where there is none")
    hidden: bool


class Edge(Output):
    """`target` was made from `source`."""

    source: str
    target: str
    rows: int | None = Field(description="Rows that went along, where they are counted")


class GraphRead(Output):
    """Things and what was made from what."""

    start: str = Field(description="Id of the node that was asked for")
    nodes: list[Node]
    edges: list[Edge]


class ValueQuery(Input):
    """How far relatives are followed, and how many of their rows are listed."""

    generations: int = Field(default=2, ge=0, le=10, description="Up and down the pedigree")
    trait: str | None = Field(default=None, max_length=40, description="Rows of this trait only")
    limit: int = Field(default=500, ge=1, le=5000, description="Rows listed, the nearest first")


class EventOf(Output):
    """The farm event that said a record."""

    id: UUID
    kind: str
    occurred_on: date


class SourceRow(Output):
    """A row of the frozen data and where it came from."""

    table: Literal["records", "animals"]
    animal_id: UUID
    tag: str
    relation: Relation
    degree: int = Field(description="Steps of the pedigree between the two")
    trait: str | None
    recorded_on: date | None
    occasion: str | None
    value: float | None
    door: Door
    import_id: UUID | None
    file_id: UUID | None
    file: str | None = Field(description="Name of the file, where one may know it")
    sha256: str | None
    row: int | None = Field(
        description="Row of the file as spreadsheets count: the header is row 1"
    )
    event: EventOf | None
    record_id: UUID | None


class ValueOf(Output):
    """What the evaluation says of the animal."""

    trait: str
    effect: str
    value: float
    reliability: float | None


class ValueLineage(Output):
    """From what a breeding value was computed, down to rows of files and events."""

    evaluation_id: UUID
    animal_id: UUID
    tag: str
    values: list[ValueOf]
    relatives: dict[str, int] = Field(description="Animals of the frozen pedigree by relation")
    rows: list[SourceRow]
    rows_found: int = Field(description="Rows of the animal and its relatives that one may see")
    more_rows: bool = Field(description="Others rest in the data that one may not see")
    notes: list[str]
    graph: GraphRead


class RestingValuesQuery(PageQuery):
    """Which breeding values."""

    trait: str | None = Field(default=None, max_length=40)
    evaluation_id: UUID | None = None


class RestingValue(Output):
    """A published breeding value that rests on what was asked for."""

    evaluation_id: UUID
    evaluation: str
    published_at: datetime
    animal_id: UUID
    tag: str
    farm_id: UUID
    trait: str
    effect: str
    value: float
    reliability: float | None


class OpenLineageQuery(Input):
    """From where on."""

    since: str = Field(
        default="0",
        max_length=40,
        pattern=r"^(\d{1,18}|\d{4}-\d{2}-\d{2}([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?)$",
        description="Number of the last event that one has (`run.facets.agrigen_event.number`), or "
        "a day or time",
    )
    run: UUID | None = Field(default=None, description="Events of this run only")
    limit: int = Field(default=1000, ge=1, le=10_000, description="Events at most")
