"""When a source runs, which files it takes, and that a question to a database stays one."""

import os
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError, Invalid
from hub.etl.watching import rules
from hub.etl.watching.database import Database, Limits
from hub.etl.watching.folder import Folder
from hub.etl.watching.planning import plan_of
from hub.etl.watching.seen import Changed, Seen
from hub.etl.watching.statements import one_select
from hub.local.postgres import Urls

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
LIMITS = Limits(rows=1000, bytes=10_000, seconds=2.0)


def test_a_schedule_is_meant_in_its_time_zone_also_when_clocks_change() -> None:
    runs = [rules.next_run("30 6 * * *", "Europe/Paris", NOON + timedelta(days=d)) for d in (0, 1)]
    assert [one.hour for one in runs if one] == [4, 4]  # summer time from the 29th on
    winter = rules.next_run("30 6 * * *", "Europe/Paris", NOON - timedelta(days=2))
    assert winter
    assert winter.hour == 5


@pytest.mark.parametrize(
    ("schedule", "zone"),
    [
        ("0 0 31 2 *", "UTC"), ("* * * * * *", "UTC"), ("@reboot", "UTC"), ("61 * * * *", "UTC"),
        ("R R * * *", "UTC"), ("* * * * *", "Nowhere/Town"), ("* * * * *", "../../etc/passwd"),
        ("* * * *", "UTC"), ("*/0 * * * *", "UTC"),
    ],
)  # fmt: skip
def test_schedules_that_never_come_or_cannot_be_read_are_refused(schedule: str, zone: str) -> None:
    with pytest.raises(Invalid):
        rules.check_schedule(schedule, zone, NOON)


@given(st.integers(1, 60), st.integers(1, 10_000))
def test_failures_put_off_the_next_run_longer_and_longer_up_to_hours(
    failures: int, minutes: int
) -> None:
    regular = NOON + timedelta(minutes=minutes)
    soon = rules.after_failure(failures, NOON, regular)
    later = rules.after_failure(failures + 1, NOON, regular)
    assert NOON < soon <= later <= NOON + rules.LONGEST_WAIT


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("*.csv", "a.CSV", True), ("*.csv", "in/a.csv", False), ("in/*.csv", "in/a.csv", True),
        ("**/*.csv", "a.csv", True), ("**/*.csv", "x/y/a.csv", True), ("*", "a", True),
        ("a?.csv", "a1.csv", True), ("[ab].csv", "c.csv", False), ("in/*", "out/a", False),
    ],
)  # fmt: skip
def test_patterns_mean_folders_and_depth(pattern: str, key: str, fits: bool) -> None:
    assert rules.fits(pattern, key) is fits


def test_files_that_belong_together_are_taken_together_and_known_ones_not_again() -> None:
    seen = [Seen(key, 1, "1") for key in ("a.csv", "b.bed", "B.bim", "b.fam", "c.ped")]
    plan = plan_of(seen, {("a.csv", "1")})
    assert [[one.key for one in group] for group in plan.ready] == [["b.bed", "B.bim", "b.fam"]]
    assert [(one.key, one.wait) for one in plan.waiting] == [("c.ped", "It waits for c.map.")]
    known = {(one.key, "1") for one in seen if one.key != "B.bim"}
    changed = plan_of([*seen[:2], Seen("B.bim", 2, "2"), *seen[3:]], known)
    assert len(changed.ready) == 1


def test_a_file_that_is_being_written_waits_and_one_that_changes_meanwhile_is_left(
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.csv"
    file.write_text("id\nA1\n")
    [young] = Folder(tmp_path, "in", settle=60, most_bytes=100).look("*")
    assert "changed a moment ago" in young.wait
    folder = Folder(tmp_path, "in", settle=0, most_bytes=100)
    [seen] = folder.look("*")
    file.write_text("id\nA1\nA2\n")
    with pytest.raises(Changed):
        folder.fetch(seen, tmp_path / "copy", lambda: False)
    file.unlink()
    file.symlink_to("/etc/passwd")
    with pytest.raises(Changed):
        folder.fetch(seen, tmp_path / "copy", lambda: False)
    os.mkfifo(tmp_path / "in" / "pipe")
    assert folder.look("*") == []


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM a", "SELECT 1; DROP TABLE a", "SELECT * INTO b FROM a", "PRAGMA user_version",
        "WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", "SELECT 1 FOR UPDATE",
        "COPY a TO '/tmp/x'", "EXPLAIN SELECT 1", "SELECT E'\\'; DROP TABLE a --'", "", ";",
        "ATTACH 'x' AS y", "SELECT 'open", "SELECT 1 /* open", "SELECT 1\x00",
        "SELECT 1 -- fine\n; VACUUM", "SELECT $a$;$a$; DROP TABLE a",
    ],
)  # fmt: skip
def test_what_is_not_one_select_is_refused(query: str) -> None:
    with pytest.raises(Invalid, match="not one SELECT"):
        one_select(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1;", "  with a as (select 1) select * from a", "SELECT 'drop; --' AS \"update\"",
        "SELECT /* delete; */ id FROM t -- ;", "(SELECT 1) UNION (SELECT 2)", "VALUES (1)",
        "SELECT replace(a, ';', ',') FROM t", "SELECT $$;$$",
    ],
)  # fmt: skip
def test_questions_may_hold_such_words_in_texts_and_remarks(query: str) -> None:
    assert one_select(query) == query.strip().removesuffix(";")


class Unchecked(Database):
    """A query that passed the first door: the database itself must stop it."""

    def __init__(self, url: str, query: str, limits: Limits = LIMITS) -> None:
        super().__init__("lab", url, "SELECT 1", limits)
        self.query = query

    def ask(self, target: Path) -> int:
        self.fetch(self.look("*")[0], target, lambda: False)
        return pq.read_metadata(target).num_rows


@pytest.fixture(scope="module")
def lab(urls: Urls) -> Iterator[str]:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE public.weights (id int, kg numeric)")
        connection.execute("INSERT INTO public.weights SELECT n, n FROM generate_series(1, 5) n")
        connection.execute("GRANT ALL ON public.weights TO agrigen_app")
    yield urls.app
    with psycopg.connect(urls.owner) as connection:
        connection.execute("DROP TABLE public.weights")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM public.weights", "SELECT 1; DELETE FROM public.weights",
        "SELECT 1; COMMIT; DELETE FROM public.weights; SELECT 1",
        "WITH gone AS (DELETE FROM public.weights RETURNING 1) SELECT * FROM gone",
        "SELECT * FROM public.weights FOR UPDATE", "SELECT nextval('s'), pg_advisory_lock(1)",
        "SELECT set_config('transaction_read_only', 'off', true)",
    ],
)  # fmt: skip
def test_postgresql_itself_refuses_all_but_a_question(lab: str, query: str, tmp_path: Path) -> None:
    with pytest.raises(HubError):
        Unchecked(lab, query).ask(tmp_path / "answer")
    with psycopg.connect(lab) as connection:
        assert connection.execute("SELECT count(*) FROM public.weights").fetchone() == (5,)


def test_answers_that_are_too_long_or_too_slow_are_refused(lab: str, tmp_path: Path) -> None:
    assert Unchecked(lab, "SELECT * FROM public.weights").ask(tmp_path / "a") == 5
    with pytest.raises(Invalid, match="more than 1,000 rows"):
        Unchecked(lab, "SELECT n FROM generate_series(1, 1001) n").ask(tmp_path / "a")
    with pytest.raises(Invalid, match="more than 0 MiB"):
        Unchecked(lab, "SELECT repeat('x', 9000) FROM generate_series(1, 3)").ask(tmp_path / "a")
    for query in (
        "SELECT pg_sleep(30)",
        "SELECT set_config('statement_timeout', '0', false), pg_sleep(0.01) "
        "FROM generate_series(1, 900)",
    ):
        began = time.monotonic()
        with pytest.raises(Invalid, match="did not answer within"):
            Unchecked(lab, query, Limits(1000, 10_000, 1.0)).ask(tmp_path / "a")
        assert time.monotonic() - began < 8


def test_a_database_is_not_asked_as_its_superuser_and_errors_tell_no_address(
    cluster: object, lab: str, tmp_path: Path
) -> None:
    boss = cluster.postgres.url("postgres", "postgres")  # type: ignore[attr-defined]
    with pytest.raises(Invalid, match="superuser"):
        Unchecked(boss, "SELECT 1").ask(tmp_path / "a")
    away = "postgresql://reader:secret@127.0.0.1:24399/none"
    with pytest.raises(HubError, match="does not answer") as told:
        Unchecked(away, "SELECT 1").ask(tmp_path / "a")
    assert not {"secret", "24399"} & set(told.value.message.replace(":", " ").split())


def test_a_file_of_sqlite_cannot_be_written_nor_others_opened(tmp_path: Path) -> None:
    path = tmp_path / "shed.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE t (id)")
        made.execute("INSERT INTO t VALUES (1)")
    url = f"sqlite:///{path}"
    assert Unchecked(url, "SELECT * FROM t").ask(tmp_path / "a") == 1
    for query in (
        "DELETE FROM t", "ATTACH '/tmp/other' AS o", "PRAGMA query_only=OFF",
        "SELECT load_extension('/tmp/x')", "SELECT 1; SELECT 2",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    ):  # fmt: skip
        with pytest.raises(HubError):
            Unchecked(url, query, Limits(1000, 10_000, 1.0)).ask(tmp_path / "a")
