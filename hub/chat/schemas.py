"""What goes into and comes out of conversations with Emilia."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from hub.schemas import Input

LONGEST_TITLE = 120
LONGEST_QUESTION = 4000
UNTITLED = "New conversation"

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE)
]
Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)
]
Cell = str | int | float | None


class Author(StrEnum):
    PERSON = "person"
    EMILIA = "emilia"


class Format(StrEnum):
    JSON = "json"
    MARKDOWN = "markdown"


class ConversationCreate(Input):
    """A new conversation; without a title it is named after its first question."""

    title: Title | None = None


class ConversationUpdate(Input):
    """A new title; with `version`, only if nobody has changed it since that version."""

    title: Title
    version: int | None = Field(default=None, ge=1, description="`version` as it was read")


class ConversationRead(BaseModel):
    """A conversation of the person who asks."""

    id: UUID
    title: str
    messages: int = Field(description="Number of messages")
    version: int = Field(description="Counts the changes of the title")
    created_at: datetime
    updated_at: datetime


class DataTable(BaseModel):
    """Numbers of an answer; every row has a cell for each column."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]


class Source(BaseModel):
    """Where an answer comes from, so that it can be checked."""

    service: str = Field(description="Service that was asked, such as 'animals'")
    what: str = Field(description="What was looked up, in words")
    rows: int = Field(description="How many rows the answer rests on")
    as_of: datetime = Field(description="When it was looked up, or when the evaluation finished")
    evaluation_id: UUID | None = None
    dataset_id: UUID | None = Field(default=None, description="Frozen input of the evaluation")


class MessageRead(BaseModel):
    """One message; Emilia's have Markdown, tables and sources."""

    id: UUID
    sequence: int = Field(description="Place in the conversation, from 1")
    author: Author
    text: str
    tables: list[DataTable] = []
    sources: list[Source] = []
    answers: UUID | None = Field(default=None, description="The question that this answers")
    created_at: datetime


class Ask(Input):
    """A question for Emilia. Sent again with the same `id`, it is stored and answered once."""

    text: Question
    id: UUID | None = Field(default=None, description="Chosen by the client, new for each question")


class Turn(BaseModel):
    """A question and its answer."""

    question: MessageRead
    answer: MessageRead


class Reply(BaseModel):
    """What Emilia says, before it has a place in a conversation."""

    text: str
    tables: list[DataTable] = []
    sources: list[Source] = []


class Transcript(BaseModel):
    """A whole conversation, as it is exported."""

    conversation: ConversationRead
    messages: list[MessageRead]
