"""What happens to conversations and messages in the store, one operation at a time and many."""

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.chat import repository
from hub.chat.schemas import Author, ConversationRead, DataTable, MessageRead, Reply, Transcript
from hub.chat.transcript import markdown
from hub.errors import Conflict, Invalid, Missing, Unavailable
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.settings import Settings
from hub.storage.dynamodb import CONVERSATIONS, MESSAGES, Store, key, open_store


def say(
    store: Store, owner: str, conversation: UUID, text: str, id: UUID | None = None
) -> MessageRead:
    return repository.append(
        store,
        owner,
        conversation,
        id=id or uuid4(),
        author=Author.PERSON,
        reply=Reply(text=text),
        title=text,
    )


@pytest.fixture
def conversation(store: Store, owner: str) -> ConversationRead:
    return repository.create(store, owner, None)


def texts(store: Store, owner: str, conversation: ConversationRead) -> list[str]:
    return [one.text for one in repository.all_messages(store, owner, conversation.id)]


def test_a_message_is_read_back_as_it_was_said(store, owner, conversation):
    said = say(store, owner, conversation.id, "How many ewes?\nAnd rams # ü 🐑?")
    assert repository.all_messages(store, owner, conversation.id) == [said]
    assert said.sequence == 1


def test_the_first_question_names_the_conversation_once(store, owner, conversation):
    say(store, owner, conversation.id, "How many ewes?")
    say(store, owner, conversation.id, "Best rams?")
    found = repository.get(store, owner, conversation.id)
    assert (found.title, found.messages) == ("How many ewes?", 2)


def test_a_message_sent_twice_is_stored_once(store, owner, conversation):
    id = uuid4()
    first = say(store, owner, conversation.id, "Once", id)
    assert say(store, owner, conversation.id, "Once", id) == first
    assert texts(store, owner, conversation) == ["Once"]


def test_the_same_id_with_another_text_is_refused(store, owner, conversation):
    id = uuid4()
    say(store, owner, conversation.id, "Once", id)
    with pytest.raises(Conflict, match="another text"):
        say(store, owner, conversation.id, "Twice", id)


def test_eight_people_typing_at_once_lose_nothing_and_double_nothing(store, owner, conversation):
    ids = [uuid4() for _ in range(120)]

    def send(number: int) -> MessageRead:
        return say(store, owner, conversation.id, f"message {number}", ids[number])

    with ThreadPoolExecutor(8) as threads:  # everything is sent twice, the second time shuffled
        sent = list(threads.map(send, [*range(120), *(n * 7 % 120 for n in range(120))]))
    stored = repository.all_messages(store, owner, conversation.id)
    assert [one.sequence for one in stored] == list(range(1, 121))
    assert sorted(one.text for one in stored) == sorted(f"message {n}" for n in range(120))
    assert all(stored[one.sequence - 1] == one for one in sent)
    assert repository.get(store, owner, conversation.id).messages == 120


def test_one_message_sent_by_eight_at_once_is_stored_once(store, owner, conversation):
    for number in range(10):
        send = partial(say, store, owner, conversation.id, f"same {number}", uuid4())
        with ThreadPoolExecutor(8) as threads:
            sent = [one.result() for one in [threads.submit(send) for _ in range(8)]]
        assert len({one.sequence for one in sent}) == 1
    assert len(repository.all_messages(store, owner, conversation.id)) == 10


def test_a_send_that_stopped_after_its_claim_is_finished_by_the_next(store, owner, conversation):
    id, partition = uuid4(), key(owner, str(conversation.id))
    repository._claim(store, partition, str(id), 1)
    say(store, owner, conversation.id, "somebody else's")  # takes the claimed place
    assert say(store, owner, conversation.id, "late", id).sequence == 2
    assert texts(store, owner, conversation) == ["somebody else's", "late"]


def test_the_list_shows_the_last_used_first_in_pages(store, owner):
    made = [repository.create(store, owner, f"number {n}") for n in range(5)]
    say(store, owner, made[1].id, "again")
    first = repository.page(store, owner, cursor=None, limit=2)
    second = repository.page(store, owner, cursor=first.next_cursor, limit=2)
    third = repository.page(store, owner, cursor=second.next_cursor, limit=2)
    titles = [one.title for page in (first, second, third) for one in page.items]
    assert titles == ["number 1", "number 4", "number 3", "number 2", "number 0"]
    assert third.next_cursor is None


def test_messages_are_read_from_the_newest_back(store, owner, conversation):
    for number in range(7):
        say(store, owner, conversation.id, str(number))
    first = repository.messages(store, owner, conversation.id, cursor=None, limit=5)
    rest = repository.messages(store, owner, conversation.id, cursor=first.next_cursor, limit=5)
    assert [one.text for one in first.items] == ["6", "5", "4", "3", "2"]
    assert [one.text for one in rest.items] == ["1", "0"]
    assert rest.next_cursor is None


def test_another_persons_conversation_is_missing(store, owner, conversation):
    say(store, owner, conversation.id, "private")
    other = str(uuid4())
    with pytest.raises(Missing):
        repository.get(store, other, conversation.id)
    with pytest.raises(Missing):
        say(store, other, conversation.id, "intruding")
    with pytest.raises(Missing):
        repository.rename(store, other, conversation.id, "mine", None)
    with pytest.raises(Missing):
        repository.bury(store, other, conversation.id)
    assert repository.all_messages(store, other, conversation.id) == []
    assert repository.page(store, other, cursor=None, limit=10).items == []
    assert texts(store, owner, conversation) == ["private"]


def test_a_title_changed_meanwhile_is_not_overwritten(store, owner, conversation):
    repository.rename(store, owner, conversation.id, "first", conversation.version)
    with pytest.raises(Conflict, match="'first'"):
        repository.rename(store, owner, conversation.id, "second", conversation.version)
    again = repository.rename(store, owner, conversation.id, "first", conversation.version)
    assert (again.title, again.version) == ("first", 2)


def test_a_deleted_conversation_leaves_no_message(store, owner, conversation):
    for number in range(60):
        say(store, owner, conversation.id, str(number))
    repository.bury(store, owner, conversation.id)
    repository.delete_messages(store, owner, conversation.id)
    assert store.query(MESSAGES, key(owner, str(conversation.id))) == []
    assert repository.page(store, owner, cursor=None, limit=10).items == []
    with pytest.raises(Missing):
        repository.get(store, owner, conversation.id)
    with pytest.raises(Missing):
        say(store, owner, conversation.id, "too late")


def test_a_deletion_that_was_interrupted_is_finished(store, owner, conversation):
    for number in range(30):
        say(store, owner, conversation.id, str(number))
    partition = key(owner, str(conversation.id))
    repository.bury(store, owner, conversation.id)
    store.delete_many(MESSAGES, [(partition, f"M#{n:010d}") for n in range(1, 12)])
    with pytest.raises(Missing):  # half deleted, and already gone for people
        repository.get(store, owner, conversation.id)
    assert repository.finish_deletions(store) >= 1
    assert store.query(MESSAGES, partition) == []
    assert "title" not in (store.get(CONVERSATIONS, owner, str(conversation.id)) or {})
    repository.finish_deletions(store, older_than=0)
    assert store.get(CONVERSATIONS, owner, str(conversation.id)) is None


def test_a_message_that_arrives_during_the_deletion_goes_too(
    store, owner, conversation, monkeypatch
):
    note = repository._note

    def delete_first(*arguments: object) -> None:
        repository.bury(store, owner, conversation.id)
        repository.delete_messages(store, owner, conversation.id)
        store.create(
            MESSAGES,
            {  # written by the send, after the deletion has passed its place
                "conversation": key(owner, str(conversation.id)),
                "place": "M#0000000001",
            },
        )
        note(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "_note", delete_first)
    with pytest.raises(Missing):
        say(store, owner, conversation.id, "in between")
    assert store.query(MESSAGES, key(owner, str(conversation.id))) == []


def test_an_export_gives_back_every_message(store, owner, conversation):
    say(store, owner, conversation.id, "How many | *ewes*?")
    table = DataTable(title="Animals", columns=["Breed", "Sex"], rows=[["Tex|el", 0.1], [None, 2]])
    answer = Reply(text="There are **2**.", tables=[table])
    repository.append(store, owner, conversation.id, id=uuid4(), author=Author.EMILIA, reply=answer)
    whole = Transcript(
        conversation=repository.get(store, owner, conversation.id),
        messages=repository.all_messages(store, owner, conversation.id),
    )
    assert Transcript.model_validate_json(whole.model_dump_json()) == whole
    text = markdown(whole)
    assert "> How many \\| \\*ewes\\*?" in text
    assert "| Tex\\|el | 0.1 |" in text


def test_a_message_too_large_for_the_store_is_refused_in_words(store, owner, conversation):
    with pytest.raises(Invalid, match="350,000"):
        say(store, owner, conversation.id, "x" * 400_000)


def _talk(endpoint: str, owner: str, conversation: str, number: int, report: str) -> None:
    """Send messages until the store is gone; write down what it acknowledged."""
    store = open_store(Settings(dynamodb_endpoint=endpoint, dynamodb_prefix="test-"))
    with Path(report).open("w") as file:
        for count in range(10_000):
            id = uuid4()
            try:
                said = say(store, owner, UUID(conversation), f"{number}/{count}", id)
            except Unavailable:
                return
            file.write(json.dumps([said.sequence, said.text]) + "\n")
            file.flush()


def test_a_killed_store_and_killed_writers_lose_nothing_that_was_acknowledged(
    embedded: EmbeddedDynamoDB, store: Store, owner: str, tmp_path
):
    conversation = repository.create(store, owner, None)
    spawn = multiprocessing.get_context("spawn")
    reports = [str(tmp_path / str(number)) for number in range(3)]
    writers = [
        spawn.Process(
            target=_talk, args=(embedded.endpoint, owner, str(conversation.id), number, report)
        )
        for number, report in enumerate(reports)
    ]
    for writer in writers:
        writer.start()
    while len(repository.all_messages(store, owner, conversation.id)) < 60:
        assert any(writer.is_alive() for writer in writers)
    assert embedded.child and embedded.child.process
    writers[0].kill()
    embedded.child.process.kill()
    embedded.child.process.wait()
    for writer in writers:
        writer.join(60)
    embedded.start()
    stored = repository.all_messages(store, owner, conversation.id)
    kept = {(one.sequence, one.text) for one in stored}
    acknowledged = set()
    for report in reports:
        with Path(report).open() as file:
            acknowledged |= {tuple(json.loads(line)) for line in file if line.endswith("\n")}
    assert len(acknowledged) >= 50
    assert acknowledged <= kept
    assert [one.sequence for one in stored] == list(range(1, len(stored) + 1))
    assert len({one.text for one in stored}) == len(stored)
    say(store, owner, conversation.id, "and on we go")
