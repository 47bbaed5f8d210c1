"""Eight writers: cursors that are taken while writing lose rows, the farm's counter none."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.local.postgres import Urls
from hub.storage.base import new_id
from tests.database import Make

WRITERS, EACH = 8, 60
FARMS = 2


@dataclass
class Cursor:
    """Somebody who asks again and again for what is new."""

    name: str
    query: str
    start: Any
    seen: set[UUID] = field(default_factory=set)

    def follow(self, url: str, over: threading.Event) -> None:
        at = self.start
        with psycopg.connect(url, autocommit=True) as connection:
            while True:
                last = over.is_set()
                rows = connection.execute(self.query, {"at": at}).fetchall()
                self.seen.update(row[0] for row in rows)
                at = rows[-1][1] if rows else at
                if last and not rows:
                    return
                time.sleep(0.002)


def _write(url: str, farms: list[UUID], seed: int, written: list[UUID]) -> None:
    """Transactions that do a little, and some that do more work before they commit."""
    chance = random.Random(seed)
    with psycopg.connect(url) as connection:
        for _ in range(EACH):
            touched = chance.sample(farms, chance.choice([1, 1, 2]))
            with connection.transaction():
                for farm in touched:
                    place = new_id()
                    connection.execute(
                        "INSERT INTO app.place (id, farm_id, name, kind, note, archived)"
                        " VALUES (%s, %s, %s, '', '', false)",
                        [place, farm, str(place)],
                    )
                    connection.execute("INSERT INTO naive (id) VALUES (%s)", [place])
                    written.append(place)
                if chance.random() < 0.4:
                    time.sleep(chance.random() * 0.015)


def _naive(column: str, start: Any) -> Cursor:
    query = f"SELECT id, {column} FROM naive WHERE {column} > %(at)s ORDER BY {column}"
    return Cursor(column, query, start)


def _feed(farm: UUID) -> Cursor:
    query = (
        f"SELECT entity_id, seq FROM app.change WHERE farm_id = '{farm}' AND seq > %(at)s "
        "ORDER BY seq LIMIT 20"
    )
    return Cursor(f"farm {farm}", query, 0)


@pytest.fixture
async def farms(make: Make) -> list[UUID]:
    return [await make.farm(f"ORDER{number}") for number in range(FARMS)]


async def test_a_naive_cursor_loses_rows_and_ours_does_not(urls: Urls, farms: list[UUID]) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "CREATE TABLE naive (id uuid, number bigserial, taken timestamptz DEFAULT now(),"
            " clock timestamptz DEFAULT clock_timestamp())"
        )
    naive = [_naive("number", 0), _naive("taken", "-infinity"), _naive("clock", "-infinity")]
    ours = [_feed(farm) for farm in farms]
    over, written = threading.Event(), list[UUID]()
    _together(
        [lambda one=one: one.follow(urls.owner, over) for one in (*naive, *ours)],
        [lambda seed=seed: _write(urls.owner, farms, seed, written) for seed in range(WRITERS)],
        over,
    )
    assert len(written) >= WRITERS * EACH
    for one in naive:
        assert set(written) - one.seen, f"the cursor on {one.name} happened to lose nothing"
    assert set().union(*(one.seen for one in ours)) == set(written)
    _numbers_have_no_holes(urls, farms)


def _together(
    readers: list[Callable[[], None]], writers: list[Callable[[], None]], over: threading.Event
) -> None:
    threads = [threading.Thread(target=one) for one in (*readers, *writers)]
    for thread in threads:
        thread.start()
    for thread in threads[len(readers) :]:
        thread.join()
    over.set()
    for thread in threads:
        thread.join()


def _numbers_have_no_holes(urls: Urls, farms: list[UUID]) -> None:
    with psycopg.connect(urls.owner) as connection:
        for farm in farms:
            seqs = connection.execute(
                "SELECT array_agg(seq ORDER BY seq) FROM app.change WHERE farm_id = %s", [farm]
            ).fetchone()
            counter = connection.execute(
                "SELECT seq FROM app.farm_counter WHERE farm_id = %s", [farm]
            ).fetchone()
            assert seqs and counter and seqs[0] == list(range(1, counter[0] + 1))
        left = connection.execute(
            "SELECT (SELECT count(*) FROM app.change_note) + (SELECT count(*) FROM app.change_farm)"
        ).fetchone()
        assert left == (0,), "notes outlived their transaction"
