"""Conversations: start, ask, read, rename, delete, export. Each belongs to one person alone."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub.chat import service as chat
from hub.chat.schemas import (
    Ask,
    ConversationCreate,
    ConversationRead,
    ConversationUpdate,
    Format,
    MessageRead,
    Turn,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page

routes = Routes("Conversations")

CONVERSATION = {"conversation_id": SAMPLE_ID}


class ExportQuery(Input):
    """As what."""

    format: Format = Field(default=Format.JSON, description="json keeps everything")


@routes.post(
    "/conversations",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    act="",
    body=ConversationCreate,
    returns=ConversationRead,
    status=201,
    location="/conversations/{id}",
    example={"body": {"title": "Choosing rams"}},
)
async def start_conversation(call: Call) -> ConversationRead:
    """Start a conversation; without a title it is named after its first question."""
    return await chat.start(call.tx, call.app.dynamodb, call.body)


@routes.get(
    "/conversations",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    query=PageQuery,
    returns=PageOf[ConversationRead],
    example={"query": {"limit": 20}},
)
async def list_conversations(call: Call) -> Page[ConversationRead]:
    """List one's conversations, the last used first."""
    query = call.query
    return await chat.list_own(call.tx, call.app.dynamodb, cursor=query.cursor, limit=query.limit)


@routes.get(
    "/conversations/{conversation_id}",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    returns=ConversationRead,
    errors=(404,),
    example={"path": CONVERSATION},
)
async def get_conversation(call: Call, conversation_id: UUID) -> ConversationRead:
    """Read title, version and size of a conversation."""
    return await chat.get(call.tx, call.app.dynamodb, conversation_id)


@routes.patch(
    "/conversations/{conversation_id}",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    act="",
    body=ConversationUpdate,
    returns=ConversationRead,
    errors=(404, 409),
    example={"path": CONVERSATION, "body": {"title": "Rams for 2027", "version": 1}},
)
async def rename_conversation(call: Call, conversation_id: UUID) -> ConversationRead:
    """Give a conversation another title; with `version`, only if nobody did so meanwhile."""
    return await chat.rename(call.tx, call.app.dynamodb, conversation_id, call.body)


@routes.delete(
    "/conversations/{conversation_id}",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    act="",
    errors=(404,),
    example={"path": CONVERSATION},
)
async def delete_conversation(call: Call, conversation_id: UUID) -> None:
    """Delete a conversation with all its messages, for good."""
    await chat.delete(call.tx, call.app.dynamodb, conversation_id)


@routes.get(
    "/conversations/{conversation_id}/messages",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    query=PageQuery,
    returns=PageOf[MessageRead],
    errors=(404,),
    example={"path": CONVERSATION, "query": {"limit": 50}},
)
async def list_messages(call: Call, conversation_id: UUID) -> Page[MessageRead]:
    """Read messages, the newest first; `next_cursor` leads to earlier ones."""
    query = call.query
    return await chat.read(
        call.tx, call.app.dynamodb, conversation_id, cursor=query.cursor, limit=query.limit
    )


@routes.post(
    "/conversations/{conversation_id}/messages",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    act="",
    body=Ask,
    returns=Turn,
    status=201,
    errors=(404, 409),
    example={
        "path": CONVERSATION,
        "body": {"text": "How many animals do I have by breed and sex?"},
    },
)
async def ask_emilia(call: Call, conversation_id: UUID) -> Turn:
    """Ask Emilia; the question is stored before it is answered.

    With an `id` of your own, a request can be repeated: the question is stored once, and answered
    if it has no answer yet.
    """
    return await chat.ask(call.tx, call.app.dynamodb, conversation_id, call.body)


@routes.get(
    "/conversations/{conversation_id}/export",
    permission=P.CHAT_USE,
    reach=Reach.MADE,
    query=ExportQuery,
    returns=Answer,
    produces="application/json, text/markdown",
    errors=(404,),
    example={"path": CONVERSATION, "query": {"format": "markdown"}},
)
async def export_conversation(call: Call, conversation_id: UUID) -> Answer:
    """Download a conversation as JSON or Markdown."""
    file = await chat.export(call.tx, call.app.dynamodb, conversation_id, call.query.format)
    return Answer(file.content, file.content_type, file.filename)
