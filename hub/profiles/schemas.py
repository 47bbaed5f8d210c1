"""What people tell about themselves and choose for themselves, and what the hub suggests."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from hub.schemas import Input, Language, Line, Output
from hub.worded import Worded


class WeightUnit(StrEnum):
    """In what weights are shown; the hub keeps kilograms."""

    KILOGRAM = "kg"
    POUND = "lb"


class Suggestion(Worded):
    """Kinds of suggestions; each can be switched off."""

    SECOND_FACTOR = "second_factor", "Sign in with two factors"
    FIRST_FILE = "first_file", "Bring in the animals of a farm without any"
    MEND_IMPORT = "mend_import", "Mend rows of one's imports that were not taken"
    COMPLETE_HERD = "complete_herd", "Fill in parents and birth dates that are missing"
    MATING_SEASON = "mating_season", "Plan matings before the season of last year comes again"
    SHARING_ENDS = "sharing_ends", "What a farm shares that ends soon"
    LESSON = "lesson", "A lesson that fits what one does"


def _known_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Zurich, or nothing")
    return name


Zone = Annotated[
    str,
    AfterValidator(_known_zone),
    Field(description="In which times are shown, such as Europe/Zurich; empty: the browser's own"),
]
About = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Places = Annotated[list[Place], Field(max_length=40)]


class ProfileUpdate(Input):
    """Only the fields that are given change; two devices that change two fields keep both."""

    organization: Line | None = None
    phone: Line | None = None
    about: About | None = None
    language: Language | None = None
    weight_unit: WeightUnit | None = None
    time_zone: Zone | None = None
    default_farm_id: UUID | None = Field(
        default=None, description="The farm that pages open with; null: the first of one's own"
    )
    mail_off: frozenset[Line] | None = Field(
        default=None,
        max_length=40,
        description="Kinds of letters that one does not want; those about security always come",
    )
    cards: Places | None = Field(
        default=None, description="Cards of the home page in one's own order; others follow"
    )
    hidden_cards: Places | None = Field(default=None, description="Cards that one does not want")
    suggestions: bool | None = Field(default=None, description="Whether the hub suggests anything")
    suggestions_off: frozenset[Suggestion] | None = Field(
        default=None, description="Kinds of suggestions that one does not want"
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were given, as they are stored."""
        return self.model_dump(mode="json", exclude_unset=True)


class ProfileRead(Output):
    """A person's profile; only they see it."""

    organization: str = ""
    phone: str = ""
    about: str = ""
    language: Language = Language.ENGLISH
    weight_unit: WeightUnit = WeightUnit.KILOGRAM
    time_zone: str = ""
    default_farm_id: UUID | None = None
    mail_off: list[str] = Field(default=[])
    cards: list[str] = Field(default=[])
    hidden_cards: list[str] = Field(default=[])
    suggestions: bool = True
    suggestions_off: list[Suggestion] = Field(default=[])
    changed_at: datetime | None = None


class SuggestionRead(Output):
    """Something to do next, why, and where."""

    kind: Suggestion
    title: str
    reason: str = Field(description="From which of one's own data it follows")
    address: str = Field(description="Where to do it, below the hub's address")
    farm_id: UUID | None = None


class Counted(Output):
    """How often something was done."""

    what: str
    times: int
    last: datetime


class Usage(Output):
    """What one did on the hub in the last days, from the audit log; shown to oneself only."""

    days: int
    active_days: int
    acts: list[Counted]
