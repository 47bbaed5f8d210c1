"""Conversations and messages in DynamoDB: one item a message, added and never changed.

Exactly once, with single-item writes only. To add a message:

1. claim:  create `R#<id of the message>` with the place it will take, the first that looks free;
2. write:  create `M#<place>`. If another message took the place, move the claim on and try again;
3. note:   raise `last` of the conversation, as long as it is not deleted.

A claim moves only when its place is taken by another message, and places are never given back, so
however often and from wherever a message is sent, it is stored at one place. After a crash between
the steps, sending it again finishes the work; `last` only hints where to look for a free place.

To delete a conversation: mark it as deleted (a tombstone; from here on it is missing), then delete
its messages. Tombstones are worked off again by `finish_deletions` until a day has
passed, which also catches a message that was being written meanwhile.
"""

import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from hub.chat.schemas import (
    UNTITLED,
    Author,
    ConversationRead,
    MessageRead,
    Reply,
)
from hub.errors import Conflict, Missing, Unavailable
from hub.storage.base import new_id
from hub.storage.dynamodb import CONVERSATIONS, MESSAGES, ConditionFailedError, Item, Store, key
from hub.storage.paging import Page, decode_cursor, encode_cursor

TOMBSTONE_SECONDS = 86_400
_AFTER_MESSAGES = "M$"  # sorts after every M#..., before every R#...
_MOST_MOVES = 200
_CHANGEABLE = "attribute_exists(#id) AND attribute_not_exists(#tombstone)"


# --- conversations ------------------------------------------------------------------------------


def create(store: Store, owner: str, title: str | None) -> ConversationRead:
    now, new = _now(), str(new_id())
    item: Item = {"owner": owner, "id": new, "version": 1, "last": 0, "created": now}
    item |= {"updated": now, "touched": key(now, new)} | ({"title": title} if title else {})
    with suppress(ConditionFailedError):  # our own first attempt, whose answer got lost on the way
        store.create(CONVERSATIONS, item)
    return _conversation(item)


def get(store: Store, owner: str, conversation: UUID) -> ConversationRead:
    item = store.get(CONVERSATIONS, owner, str(conversation))
    if item is None or "tombstone" in item:
        raise _missing()
    return _conversation(item)


def page(store: Store, owner: str, *, cursor: str | None, limit: int) -> Page[ConversationRead]:
    """Conversations of a person, the last used first."""
    below = str(decode_cursor(cursor, 1)[0]) if cursor else ""
    items = store.query(
        CONVERSATIONS, owner, index="by_update", below=below, descending=True, limit=limit + 1
    )
    following = encode_cursor([items[limit - 1]["touched"]]) if len(items) > limit else None
    return Page([_conversation(item) for item in items[:limit]], following)


def rename(
    store: Store, owner: str, conversation: UUID, title: str, version: int | None
) -> ConversationRead:
    change = "SET #title = :title, #version = #version + :one"
    values = {"title": title, "one": 1}
    condition = _CHANGEABLE
    if version is not None:
        condition += " AND #version = :version"
        values["version"] = version
    try:
        item = store.update(CONVERSATIONS, owner, str(conversation), change, condition, **values)
    except ConditionFailedError:
        return _already_renamed(get(store, owner, conversation), title, version)
    return _conversation(item)


def _already_renamed(found: ConversationRead, title: str, version: int | None) -> ConversationRead:
    """Accept when the wanted change is there already: an answer to us that was lost on its way."""
    if version is not None and found.version == version + 1 and found.title == title:
        return found
    raise Conflict(
        "chat.version",
        f"The title was changed meanwhile, to '{found.title}' (version {found.version}). Look at "
        "it, then send your change with that version.",
        version=found.version,
    )


def bury(store: Store, owner: str, conversation: UUID) -> None:
    """Mark as deleted; from here on it is missing, whatever happens to its messages."""
    now = int(time.time())
    change = (
        "SET #tombstone = :yes, #buried = if_not_exists(#buried, :now) "
        "REMOVE #title, #touched, #updated"
    )
    values = {"yes": "yes", "now": now}
    try:
        store.update(
            CONVERSATIONS, owner, str(conversation), change, "attribute_exists(#id)", **values
        )
    except ConditionFailedError:
        raise _missing() from None


def delete_messages(store: Store, owner: str, conversation: UUID) -> None:
    """Delete all messages and claims; again from the start after a crash."""
    partition = key(owner, str(conversation))
    items = store.query(MESSAGES, partition)
    store.delete_many(MESSAGES, [(partition, item["place"]) for item in items])


def finish_deletions(store: Store, *, older_than: int = TOMBSTONE_SECONDS) -> int:
    """Work off all tombstones, forget the old ones, and return how many there were."""
    buried = store.query(CONVERSATIONS, "yes", index="by_tombstone")
    for item in buried:
        delete_messages(store, item["owner"], UUID(item["id"]))
        if item["buried"] <= time.time() - older_than:
            store.delete(CONVERSATIONS, item["owner"], item["id"])
    return len(buried)


# --- messages -----------------------------------------------------------------------------------


def append(
    store: Store,
    owner: str,
    conversation: UUID,
    *,
    id: UUID,
    author: Author,
    reply: Reply,
    answers: UUID | None = None,
    title: str = "",
) -> MessageRead:
    """Add a message once, however often it is sent; `title` names a conversation that has none."""
    found = store.get(CONVERSATIONS, owner, str(conversation))
    if found is None or "tombstone" in found:
        raise _missing()
    partition = key(owner, str(conversation))
    item: Item = {
        "conversation": partition,
        "message": str(id),
        "author": author.value,
        "content": reply.model_dump_json(),
        "created": _now(),
    } | ({"answers": str(answers)} if answers else {})
    stored = _store_once(store, partition, item, first=found["last"] + 1)
    _note(store, owner, conversation, stored, title)
    return _message(stored)


def _store_once(store: Store, partition: str, item: Item, *, first: int) -> Item:
    place = _claim(store, partition, item["message"], first)
    for _ in range(_MOST_MOVES):
        try:
            stored = item | {"place": _place(place), "sequence": place}
            store.create(MESSAGES, stored)
            return stored
        except ConditionFailedError:
            holder = store.get(MESSAGES, partition, _place(place))
        if holder and holder["message"] == item["message"]:
            return _same(holder, item)
        place = _move_claim(store, partition, item["message"], place)
    raise Unavailable(
        "chat.busy",
        "Too many messages are being added to this conversation at once. Send it again in a "
        "moment, with the same id.",
        retry_after=1,
    )


def _same(holder: Item, item: Item) -> Item:
    """The message as it was stored first; a question must not come back as another one."""
    if item["author"] == Author.PERSON and holder["content"] != item["content"]:
        raise Conflict(
            "chat.same_id",
            "A message with this id and another text is in the conversation already. Give every "
            "message an id of its own.",
        )
    return holder


def _claim(store: Store, partition: str, message: str, place: int) -> int:
    """The place that this message has or gets; the first attempt to claim decides."""
    try:
        store.create(MESSAGES, {"conversation": partition, "place": _request(message), "at": place})
        return place
    except ConditionFailedError:
        return _claimed(store, partition, message)


def _claimed(store: Store, partition: str, message: str) -> int:
    claim = store.get(MESSAGES, partition, _request(message))
    if claim is None:  # the conversation was deleted under us
        raise _missing()
    return int(claim["at"])


def _move_claim(store: Store, partition: str, message: str, place: int) -> int:
    """Go one place on; when another attempt has moved already, go where it went."""
    try:
        store.update(
            MESSAGES,
            partition,
            _request(message),
            "SET #at = :next",
            "#at = :at",
            at=place,
            next=place + 1,
        )
        return place + 1
    except ConditionFailedError:
        return _claimed(store, partition, message)


def _note(store: Store, owner: str, conversation: UUID, stored: Item, title: str) -> None:
    """Let the list know; take the message back when the conversation was deleted meanwhile."""
    now = _now()
    change = "SET #last = :last, #updated = :now, #touched = :touched"
    values = {"last": stored["sequence"], "now": now, "touched": key(now, str(conversation))}
    if title:
        change += ", #title = if_not_exists(#title, :title)"
        values["title"] = title
    try:
        store.update(
            CONVERSATIONS,
            owner,
            str(conversation),
            change,
            f"{_CHANGEABLE} AND #last < :last",
            **values,
        )
    except ConditionFailedError:
        _require_living(store, owner, conversation)


def _require_living(store: Store, owner: str, conversation: UUID) -> None:
    found = store.get(CONVERSATIONS, owner, str(conversation))
    if found is None or "tombstone" in found:
        delete_messages(store, owner, conversation)
        raise _missing()


def find_message(store: Store, owner: str, conversation: UUID, message: UUID) -> MessageRead | None:
    """A message by its id, if it is stored."""
    partition = key(owner, str(conversation))
    claim = store.get(MESSAGES, partition, _request(str(message)))
    holder = store.get(MESSAGES, partition, _place(claim["at"])) if claim else None
    return _message(holder) if holder and holder["message"] == str(message) else None


def messages(
    store: Store, owner: str, conversation: UUID, *, cursor: str | None, limit: int
) -> Page[MessageRead]:
    """Messages, the newest first."""
    below = _place(_number(cursor)) if cursor else _AFTER_MESSAGES
    items = store.query(
        MESSAGES,
        key(owner, str(conversation)),
        below=below,
        descending=True,
        limit=limit + 1,
    )
    following = encode_cursor([items[limit - 1]["sequence"]]) if len(items) > limit else None
    return Page([_message(item) for item in items[:limit]], following)


def all_messages(store: Store, owner: str, conversation: UUID) -> list[MessageRead]:
    """Every message in the order of the conversation."""
    items = store.query(MESSAGES, key(owner, str(conversation)), below=_AFTER_MESSAGES)
    return [_message(item) for item in items]


def _place(sequence: int) -> str:
    return f"M#{sequence:010d}"


def _request(message: str) -> str:
    return "R#" + hashlib.sha256(message.encode()).hexdigest()


def _number(cursor: str) -> int:
    value = decode_cursor(cursor, 1)[0]
    return value if isinstance(value, int) and 0 <= value < 10**10 else 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _conversation(item: Item) -> ConversationRead:
    return ConversationRead(
        id=item["id"],
        title=item.get("title", UNTITLED),
        messages=item["last"],
        version=item["version"],
        created_at=item["created"],
        updated_at=item["updated"],
    )


def _message(item: Item) -> MessageRead:
    reply = Reply.model_validate_json(item["content"])
    return MessageRead(
        id=item["message"],
        sequence=item["sequence"],
        author=item["author"],
        text=reply.text,
        tables=reply.tables,
        sources=reply.sources,
        answers=item.get("answers"),
        created_at=item["created"],
    )


def _missing() -> Missing:
    return Missing("chat.not_found", "There is no such conversation among yours.")
