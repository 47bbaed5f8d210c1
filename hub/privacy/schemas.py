"""What goes into and comes out of consents, exports, erasures and classes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from hub.schemas import Code, Input, Line, Output, PageQuery
from hub.worded import Worded


class Purpose(Worded):
    """What a person can agree to; `sentence` says it in the words of the terms."""

    RESEARCH = (
        "research",
        "Researchers may use what my profile says, without my name, to study how the hub is used",
    )
    NEWS = ("news", "The hub may write to me about news that are not about my own account")


TERMS = "2026-11"
"""Which wording of the sentences somebody decided about; changes with them."""


class Decision(Output):
    """One decision about a purpose."""

    given: bool
    terms: str
    at: datetime


class ConsentRead(Output):
    """A purpose, what one decided about it, and all that one decided before, the latest first."""

    purpose: Purpose
    sentence: str
    terms: str = Field(description="The wording to decide about now")
    given: bool
    history: list[Decision]


class ConsentWrite(Input):
    """Agree or take it back; `terms` names the wording that was read."""

    given: bool
    terms: Line


class PersonalExportRead(Output):
    """An archive of everything held about one, and how far it is."""

    id: UUID
    state: str
    error: str
    sha256: str
    size: int
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    job_id: UUID | None


class ErasureAsk(Input):
    """The user name, typed once more: there is no way back."""

    username: Line


class ErasureRead(Output):
    """A wish to be erased: until when it can be taken back, what is done, what stops it."""

    id: UUID
    person_id: UUID
    state: Literal["waiting", "running", "done", "taken_back"]
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    hold: str = Field(default="", description="Why it does not begin; empty: nothing stops it")
    steps: dict[str, Any]
    certificate: dict[str, Any]


class HoldWrite(Input):
    """Why somebody must not be erased for now, in words that they can be told."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]


class TeachingGrantCreate(Input):
    """Which class may work with a farm's animals, and until when."""

    code: Code = Field(description="Code of the class, from whoever leads it")
    valid_until: AwareDatetime


class TeachingGrantRead(Output):
    """A farm's consent to one class."""

    id: UUID
    farm_id: UUID
    project_id: UUID
    terms: str
    agreed_at: datetime
    valid_until: datetime
    revoked_at: datetime | None


class ClassAnimal(Output):
    """An animal as a class sees it: no name, no number, no farm, no day."""

    id: str = Field(description="The animal's name in this class only")
    sire: str | None
    dam: str | None
    species: str
    breed: str = Field(description="Empty: too few to be told")
    sex: str
    birth_month: date | None = Field(description="The first day of the month")
    birth_type: int | None
    region: str = Field(description="Empty: too few farms or animals to be told")


class ClassAnimalsQuery(PageQuery):
    """A page of the animals of a class."""


class CountsQuery(PageQuery):
    """By what to count."""

    by: Literal["species", "breed", "sex", "region"] = "breed"
    within: Literal["species", "breed", "sex", "region"] | None = None


class ClassCount(Output):
    """How many animals there are of a kind; kinds of fewer than five are not told apart."""

    by: str
    within: str | None
    animals: int
