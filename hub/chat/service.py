"""Conversations with Emilia: start, ask, read, rename, delete, export.

Everything here is about the actor's own conversations; another person's are missing. What is
returned is stored: a question before its answer is computed, so that it survives a failure and can
be answered by sending it again with the same id.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from hub.chat import assistant, policy, repository, transcript
from hub.chat.schemas import (
    LONGEST_TITLE,
    Ask,
    Author,
    ConversationCreate,
    ConversationRead,
    ConversationUpdate,
    Format,
    MessageRead,
    Reply,
    Transcript,
    Turn,
)
from hub.storage.base import new_id
from hub.storage.dynamodb import Store
from hub.storage.paging import Page
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class Export:
    """A conversation as a file."""

    filename: str
    content_type: str
    content: bytes


async def start(tx: Transaction, store: Store, new: ConversationCreate) -> ConversationRead:
    owner = policy.owner(tx.actor)
    return await store.run(repository.create, owner, new.title)


async def list_own(
    tx: Transaction, store: Store, *, cursor: str | None = None, limit: int = 50
) -> Page[ConversationRead]:
    """The actor's conversations, the last used first."""
    owner = policy.owner(tx.actor)
    return await store.run(repository.page, owner, cursor=cursor, limit=limit)


async def get(tx: Transaction, store: Store, conversation_id: UUID) -> ConversationRead:
    return await store.run(repository.get, policy.owner(tx.actor), conversation_id)


async def read(
    tx: Transaction,
    store: Store,
    conversation_id: UUID,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[MessageRead]:
    """Messages, the newest first; the cursor leads to earlier ones."""
    await get(tx, store, conversation_id)
    owner = policy.owner(tx.actor)
    return await store.run(repository.messages, owner, conversation_id, cursor=cursor, limit=limit)


async def rename(
    tx: Transaction, store: Store, conversation_id: UUID, change: ConversationUpdate
) -> ConversationRead:
    owner = policy.owner(tx.actor)
    return await store.run(repository.rename, owner, conversation_id, change.title, change.version)


async def delete(tx: Transaction, store: Store, conversation_id: UUID) -> None:
    """Delete a conversation with all its messages; repeating it finishes what was interrupted."""
    owner = policy.owner(tx.actor)
    await store.run(repository.bury, owner, conversation_id)
    await store.run(repository.delete_messages, owner, conversation_id)


async def export(tx: Transaction, store: Store, conversation_id: UUID, form: Format) -> Export:
    conversation = await get(tx, store, conversation_id)
    messages = await store.run(repository.all_messages, policy.owner(tx.actor), conversation_id)
    whole = Transcript(conversation=conversation, messages=messages)
    name = f"conversation-{conversation.created_at:%Y-%m-%d}-{str(conversation.id)[-6:]}"
    if form is Format.JSON:
        content = whole.model_dump_json(indent=2).encode()
        return Export(f"{name}.json", "application/json", content)
    text = transcript.markdown(whole)
    return Export(f"{name}.md", "text/markdown; charset=utf-8", text.encode())


async def ask(tx: Transaction, store: Store, conversation_id: UUID, new: Ask) -> Turn:
    """Store a question, answer it with the actor's rights, store the answer."""
    question = await add_question(tx, store, conversation_id, new)
    return Turn(question=question, answer=await _answer(tx, store, conversation_id, question))


async def add_question(
    tx: Transaction, store: Store, conversation_id: UUID, new: Ask
) -> MessageRead:
    return await store.run(
        repository.append,
        policy.owner(tx.actor),
        conversation_id,
        id=new.id or new_id(),
        author=Author.PERSON,
        reply=Reply(text=new.text),
        title=_title(new.text),
    )


async def _answer(
    tx: Transaction, store: Store, conversation_id: UUID, question: MessageRead
) -> MessageRead:
    """The stored answer of a question, computed now when there is none yet."""
    owner = policy.owner(tx.actor)
    answer_id = uuid5(question.id, "answer")
    found = await store.run(repository.find_message, owner, conversation_id, answer_id)
    if found is not None:
        return found
    reply = await assistant.answer(tx, question.text)
    return await store.run(
        repository.append,
        owner,
        conversation_id,
        id=answer_id,
        author=Author.EMILIA,
        reply=reply,
        answers=question.id,
    )


def _title(question: str) -> str:
    """A conversation without a name takes its first question's first line."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE // 2 else line[: LONGEST_TITLE // 2 - 1] + "…"
