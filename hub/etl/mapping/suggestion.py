"""What a column of a file may be."""

from typing import Any, Literal

from pydantic import Field

from hub.schemas import Output

Part = Literal["columns", "traits"]
GOOD = 0.65
"""From this score on a suggestion is taken into the mapping."""
LEAST = 0.45


class Suggestion(Output):
    """One column: what it seems to be, how sure that is, why, and the cleaning it needs."""

    ours: str = Field(description="One of our columns, or the code of a trait")
    theirs: str = Field(description="The column of the file")
    part: Part = Field(description="Where in the mapping it belongs")
    score: float = Field(ge=0, le=1)
    why: str
    cleaning: list[dict[str, Any]] = Field(default_factory=list)
