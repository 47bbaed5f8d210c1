"""What is asked of the exchange."""

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from hub.schemas import Identifier, Input, Line

PAGE = 100


class ExchangeQuery(Input):
    """Narrow a collection; the links of `view` carry these on."""

    model_config = Input.model_config | {"populate_by_name": True}

    modified_from: AwareDatetime | None = Field(
        default=None, alias="meta-modified-from", description="Changed at this time or later"
    )
    modified_to: AwareDatetime | None = Field(
        default=None, alias="meta-modified-to", description="Changed at this time or earlier"
    )
    animal_scheme: Line | None = Field(
        default=None, alias="animal-scheme", description="Only one animal: scheme of its identifier"
    )
    animal_id: Identifier | None = Field(
        default=None, alias="animal-id", description="Only one animal: its identifier"
    )
    limit: int = Field(default=PAGE, ge=1, le=500, description="Members on a page at most")
    cursor: str | None = Field(default=None, max_length=1000, description="Of a link of `view`")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.animal_scheme is None) != (self.animal_id is None):
            raise ValueError("give both animal-scheme and animal-id, or none of them")
        return self

    def link(self, cursor: str | None = None) -> dict[str, str]:
        """These parameters for the address of another page."""
        given = self.model_dump(by_alias=True, exclude_none=True, exclude={"cursor"})
        shown = {k: v.isoformat() if isinstance(v, datetime) else str(v) for k, v in given.items()}
        return shown | ({"cursor": cursor} if cursor else {})


class ChangesQuery(Input):
    """From where on changes are asked for."""

    since: str | None = Field(default=None, max_length=500, description="Token of the last answer")
    limit: int = Field(default=500, ge=1, le=2000, description="Resources at most")
