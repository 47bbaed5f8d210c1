"""A repeated request is answered, not done again."""

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.actor import Actor
from hub.errors import Conflict, Invalid
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.idempotency import Answer, recall, remember
from hub.storage.models import IdempotencyKey
from tests.database import As, Make


async def person(make: Make) -> Actor:
    return await make.person(f"p{new_id()}", Role.FARMER)


async def test_the_first_answer_is_given_again(make: Make, as_: As) -> None:
    fiona = await person(make)
    async with as_(fiona) as tx:
        assert await recall(tx, "key", "request") is None
        await remember(tx, "key", "request", 201, b'{"id": 1}')
    async with as_(fiona) as tx:
        assert await recall(tx, "key", "request") == Answer(201, b'{"id": 1}')


async def test_a_key_is_one_persons_own(make: Make, as_: As) -> None:
    async with as_(await person(make)) as tx:
        await recall(tx, "shared", "request")
        await remember(tx, "shared", "request", 201, b"")
    async with as_(await person(make)) as tx:
        assert await recall(tx, "shared", "other request") is None


async def test_another_request_under_the_same_key_is_refused(make: Make, as_: As) -> None:
    fiona = await person(make)
    async with as_(fiona) as tx:
        await remember(tx, "key", "request", 201, b"")
    with pytest.raises(Conflict) as refusal:
        async with as_(fiona) as tx:
            await recall(tx, "key", "another")
    assert refusal.value.code == "idempotency.key_reused"


async def test_an_answer_exists_only_if_the_work_does(make: Make, as_: As) -> None:
    fiona = await person(make)
    with pytest.raises(KeyError):
        async with as_(fiona) as tx:
            await remember(tx, "key", "request", 201, b"")
            raise KeyError
    async with as_(fiona) as tx:
        assert await recall(tx, "key", "request") is None


async def test_fifty_twins_at_once_do_the_work_once(make: Make, as_: As) -> None:
    fiona, done = await person(make), []

    async def request(number: int) -> Answer:
        async with as_(fiona) as tx:
            if answer := await recall(tx, "twins", "request"):
                return answer
            done.append(number)
            await asyncio.sleep(0)
            await remember(tx, "twins", "request", 201, b"%d" % number)
            return Answer(201, b"%d" % number)

    answers = await asyncio.gather(*(request(number) for number in range(50)))
    assert len(done) == 1
    assert set(answers) == {Answer(201, b"%d" % done[0])}


async def test_a_twin_does_the_work_when_the_first_failed(make: Make, as_: As) -> None:
    fiona, holds, failed = await person(make), asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with as_(fiona) as tx:
            await recall(tx, "key", "request")
            holds.set()
            await failed.wait()
            raise KeyError

    async def second() -> Answer | None:
        await holds.wait()
        async with as_(fiona) as tx:
            return await recall(tx, "key", "request")

    tasks = asyncio.create_task(first()), asyncio.create_task(second())
    await holds.wait()
    assert not tasks[1].done()
    failed.set()
    with pytest.raises(KeyError):
        await tasks[0]
    assert await tasks[1] is None


@pytest.mark.parametrize("key", ["", "x" * 201, "ключ", "a\nb", "a\x00"])
async def test_a_bad_key_is_refused(make: Make, as_: As, key: str) -> None:
    with pytest.raises(Invalid, match="1 to 200 printable"):
        async with as_(await person(make)) as tx:
            await recall(tx, key, "request")


async def test_expired_answers_are_dropped(make: Make, as_: As, owner_engine: AsyncEngine) -> None:
    fiona = await person(make)
    async with as_(fiona) as tx:
        await remember(tx, "old", "request", 201, b"")
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.idempotency_key SET created_at = now() - interval '3 days'")
        )
    async with as_(fiona) as tx:
        await remember(tx, "new", "request", 201, b"")
        assert await tx.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1
