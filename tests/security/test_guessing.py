"""Guessing passwords: few guesses pass, and the rightful person gets in all the same (A7, G8)."""

import asyncio
import secrets
from collections import Counter as Count
from itertools import pairwise, product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import limits
from hub.errors import Limited
from hub.limits import Counter, Policy
from hub.settings import Settings
from hub.storage.postgres import make_engine
from hub.storage.sealing import Sealer
from tests.database import Urls

SEALER = Sealer((b"k" * 32,))


async def try_to(engine: AsyncEngine, **who: str) -> bool:
    try:
        await limits.guess(engine, **who)
    except Limited as error:
        assert error.attributes["retry_after"] >= 1
        return False
    return True


async def test_a_thousand_guesses_over_fifty_accounts_and_twenty_addresses(
    engine: AsyncEngine,
) -> None:
    """A7: at most 5 an account and 10 an address pass; the victim on the known device gets in."""
    accounts = [f"victim{n}" for n in range(50)]
    addresses = [f"203.0.113.{n}" for n in range(20)]
    passed = [
        pair for pair in product(accounts, addresses)
        if await try_to(engine, account=pair[0], address=pair[1])
    ]  # fmt: skip
    assert len(passed) <= min(50 * 5, 20 * 10)
    assert max(Count(account for account, _ in passed).values()) <= 5
    assert max(Count(address for _, address in passed).values()) <= 10

    cookie = limits.cookie_value(SEALER, "victim0")
    device = limits.known_device(SEALER, "victim0", cookie)
    assert device
    assert await try_to(engine, account="victim0", address=addresses[0], device=device)


async def test_guesses_that_arrive_at_once_are_not_more(engine: AsyncEngine) -> None:
    """C10: counted before anything is checked."""
    tries = [try_to(engine, account="at-once", address=f"198.51.100.{n}") for n in range(40)]
    assert sum(await asyncio.gather(*tries)) == 5


async def test_the_way_a_name_is_written_makes_no_new_account(engine: AsyncEngine) -> None:
    names = ["fiona", "Fiona", " FIONA", "fiona ", "fIONA", "Fiona "]
    passed = [await try_to(engine, account=n, address=f"192.0.2.{i}") for i, n in enumerate(names)]
    assert sum(passed) == 5


async def test_signing_in_does_not_wipe_the_count_of_an_address(engine: AsyncEngine) -> None:
    """An attacker with an account of their own gets no fresh guesses by using it."""
    address, passed = "198.51.100.200", 0
    for number in range(30):
        if await try_to(engine, account=f"other{number}", address=address):
            passed += 1
        if await try_to(engine, account="attacker", address=address):
            await limits.forgive(engine, account="attacker", address=address)
    assert passed == 10


async def test_right_ones_are_not_counted(engine: AsyncEngine) -> None:
    for _ in range(30):
        assert await try_to(engine, account="busy", address="198.51.100.201")
        await limits.forgive(engine, account="busy", address="198.51.100.201")


async def test_a_stolen_device_cookie_gives_no_more_than_the_same_few(engine: AsyncEngine) -> None:
    device = limits.known_device(SEALER, "eve", limits.cookie_value(SEALER, "eve"))
    passed = [
        await try_to(engine, account="eve", address="192.0.2.99", device=device) for _ in range(20)
    ]
    assert sum(passed) == 5


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "x" * 5000, None])
def test_a_cookie_that_is_not_ours_knows_no_device(cookie: str | None) -> None:
    assert limits.known_device(SEALER, "fiona", cookie) == ""


def test_a_device_of_one_account_is_unknown_to_another_and_to_an_old_year() -> None:
    cookie = limits.cookie_value(SEALER, "fiona", now=0)
    assert limits.known_device(SEALER, "Fiona", cookie, now=60)
    assert limits.known_device(SEALER, "marc", cookie, now=60) == ""
    assert limits.known_device(SEALER, "fiona", cookie, now=366 * 86400) == ""
    assert limits.cookie_name("fiona") != limits.cookie_name("marc")


async def test_a_name_of_a_megabyte_is_an_ordinary_key(engine: AsyncEngine) -> None:
    """H3."""
    name = "x" * 2**20
    assert await try_to(engine, account=name, address="192.0.2.250")
    assert await try_to(engine, account=name[:-1] + "y", address="192.0.2.250")


async def test_a_clock_turned_back_locks_nobody_out_for_longer_than_the_window(
    engine: AsyncEngine,
) -> None:
    """The database's clock: guesses of 'later' count, but no longer than ordinary ones."""
    async with engine.begin() as connection:
        for _ in range(5):
            waited = await connection.scalar(text("SELECT app.guess('clock', 5, 300, 1000003600)"))
            assert waited == 0
        waits = [
            await connection.scalar(text(f"SELECT app.guess('clock', 5, 300, {moment})"))
            for moment in (1000000000, 1000000299, 1000000601)
        ]
    assert 0 < waits[0] <= 300
    assert 0 < waits[1] <= 300
    assert waits[2] == 0


async def test_while_the_database_is_away_sign_in_is_counted_in_the_process(
    urls: Urls,
) -> None:
    """H7: closed to a local limiter, not open."""
    gone = make_engine(Settings(), urls.app.rsplit("/", 1)[0] + "/no_such_database")
    passed = [await try_to(gone, account="fiona", address=f"192.0.2.{n}") for n in range(20)]
    assert sum(passed) == 5
    await gone.dispose()


# --- requests


async def test_two_processes_share_one_limit(engine: AsyncEngine, urls: Urls) -> None:
    """E12: two counters with engines of their own, as two API processes have them."""
    other = make_engine(Settings(), urls.app)
    policy = Policy("read", 200, 600)
    counters = [Counter(engine), Counter(other)]
    key = secrets.token_hex(4)
    passed = [not (await counters[n % 2].take(key, policy)).refused for n in range(600)]
    grown = 2  # units that came back while the test ran: one every three seconds
    assert 200 - policy.lot <= sum(passed) <= 200 + grown
    await other.dispose()


async def test_most_requests_ask_nobody(engine: AsyncEngine) -> None:
    counter, policy = Counter(engine), Policy("read", 3000, 60)
    asked = 0
    original = counter._shared

    async def counting(*given: object) -> object:
        nonlocal asked
        asked += 1
        return await original(*given)  # type: ignore[arg-type]

    counter._shared = counting  # type: ignore[method-assign, assignment]
    for _ in range(500):
        assert not (await counter.take("dashboard", policy)).refused
    assert asked == 10


async def test_requests_that_cost_more_take_more(engine: AsyncEngine) -> None:
    counter, policy = Counter(engine), Policy("heavy", 100, 600)
    key = secrets.token_hex(4)
    passed = [not (await counter.take(key, policy, cost=30)).refused for _ in range(5)]
    assert passed == [True, True, True, False, False]


async def test_what_is_left_is_told_and_never_too_much(engine: AsyncEngine) -> None:
    counter, policy, key = Counter(engine), Policy("write", 60, 60), secrets.token_hex(4)
    left = []
    for _ in range(70):
        quota = await counter.take(key, policy)
        left.append(quota.remaining)
        assert quota.refused == (quota.remaining == 0 and quota.wait > 0)
    assert left[0] == 59
    assert all(0 <= after <= before + 1 for before, after in pairwise(left))


async def test_while_the_database_is_away_reads_go_on_and_proofs_are_counted(urls: Urls) -> None:
    """H7."""
    gone = make_engine(Settings(), urls.app.rsplit("/", 1)[0] + "/no_such_database")
    counter, policy = Counter(gone), Policy("proof", 10, 60)
    reads = [await counter.take("person", policy, open=True) for _ in range(50)]
    proofs = [await counter.take("address", policy, open=False) for _ in range(50)]
    assert not any(one.refused for one in reads)
    assert sum(not one.refused for one in proofs) == 10
    await gone.dispose()


async def test_the_application_can_neither_read_nor_wipe_counts(engine: AsyncEngine) -> None:
    for statement in ("SELECT * FROM app.rate_guess", "DELETE FROM app.rate_bucket"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))


async def test_counts_of_people_who_stopped_asking_are_deleted(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT app.take_rate('old', 5, 60, 1, 1, 1000)"))
        await connection.execute(text("SELECT app.guess('old', 5, 60, 1000)"))
        await connection.execute(text("SELECT app.guess('new', 5, 60)"))
        assert await connection.scalar(text("SELECT app.forget_rates(3600)")) >= 2
    async with owner_engine.connect() as connection:
        keys = set(await connection.scalars(text("SELECT key FROM app.rate_guess")))
    assert "old" not in keys
    assert "new" in keys
