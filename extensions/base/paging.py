"""How lists are asked for and answered: a limit and a cursor in, items and the next cursor out."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from hub.schemas import PageQuery

T = TypeVar("T")


class PageOf(BaseModel, Generic[T]):
    """One page; follow `next_cursor` until it is null."""

    model_config = ConfigDict(from_attributes=True)

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Give it as `cursor` to get the page after; null on the last page"
    )


__all__ = ["PageOf", "PageQuery"]
