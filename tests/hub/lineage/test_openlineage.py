"""Events of runs: in the form that OpenLineage publishes, and told at least once."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import lineage
from hub.actor import Actor
from hub.evaluations import EvaluationRead
from hub.lineage import OpenLineageQuery, sending
from hub.local.postgres import Urls
from hub.storage.objects import sha256
from tests.database import As
from tests.hub.lineage.flocks import WEIGHTS, Flocks
from tests.hub.lineage.witness import facet, read
from tests.workers import Door, Evaluating

HERE = "https://hub.example"


async def events(as_: As, who: Actor, since: str = "0") -> list[dict[str, Any]]:
    async with as_(who) as tx:
        return await lineage.openlineage(tx, OpenLineageQuery(since=since), HERE)


def of(found: list[dict[str, Any]], run_id: Any) -> list[dict[str, Any]]:
    return [one for one in found if one["run"]["runId"] == str(run_id)]


async def test_every_event_is_what_openlineage_publishes(
    as_: As, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    found = await events(as_, stella)
    assert len(found) >= 2 * 6
    for one in found:
        assert read(json.loads(json.dumps(one))).run.runId == one["run"]["runId"]


def test_the_witness_sees_a_field_that_is_missing_or_unknown() -> None:
    good = {
        "_producer": "urn:agrigen:hub:1",
        "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json"
        "#/$defs/DatasetVersionDatasetFacet",
    }
    facet({**good, "datasetVersion": "x"})
    for wrong in ({}, {"datasetVersion": 1}, {"datasetVersion": "x", "more": 1}):
        with pytest.raises((TypeError, AssertionError)):
            facet({**good, **wrong})


async def test_an_import_says_which_file_became_which_table(
    as_: As, stella: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    mine = of(await events(as_, stella), flocks.imports["EAST weights"].id)
    assert [one["eventType"] for one in mine] == ["START", "RUNNING", "COMPLETE"]
    last = mine[-1]
    [file], [table] = last["inputs"], last["outputs"]
    assert file["name"] == "files/" + sha256(WEIGHTS.format("E", 31.5).encode())
    assert file["inputFacets"]["dataQualityMetrics"]["rowCount"] == 3
    assert table["name"] == "farms/EAST/records"
    assert table["outputFacets"]["outputStatistics"]["rowCount"] == 3
    columns = table["facets"]["columnLineage"]["fields"]
    assert columns["value"]["inputFields"][0]["name"] == file["name"]
    flock = of(await events(as_, stella), flocks.imports["EAST flock"].id)[-1]
    columns = flock["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert columns["id"]["inputFields"][0]["field"] == "tag"


async def test_rules_that_rows_broke_are_told(
    as_: As, eve: Actor, flocks: Flocks, door: Door
) -> None:
    faulty = "animal,trait,date,value\nEL1,weaning_weight,2021-07-01,9000\n"
    brought = await door.bring(eve, flocks.farms["EAST"], "records", faulty)
    last = of(await events(as_, eve), brought.id)[-1]
    [told] = last["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (told["assertion"], told["severity"], told["success"]) == (
        "out_of_range",
        "error",
        False,
    )
    read(last)


async def test_an_evaluation_says_from_which_data_its_values_are(
    as_: As, stella: Actor, done: EvaluationRead
) -> None:
    mine = of(await events(as_, stella), done.id)
    assert [one["eventType"] for one in mine] == ["START", "COMPLETE"]
    [dataset], [values] = mine[-1]["inputs"], mine[-1]["outputs"]
    assert dataset["name"] == "datasets/" + dataset["facets"]["version"]["datasetVersion"]
    assert values["facets"]["version"]["datasetVersion"] == done.result_hash
    model = json.loads(mine[-1]["job"]["facets"]["sourceCode"]["sourceCode"])
    assert model["traits"] == ["weaning_weight"]
    assert mine[-1]["run"]["facets"]["agrigen_event"]["software"]["name"] == "agrigen"


async def test_one_reads_events_of_the_runs_that_one_may_see(
    as_: As, stella: Actor, eve: Actor, flocks: Flocks, done: EvaluationRead
) -> None:
    text = json.dumps(await events(as_, eve))
    assert str(flocks.imports["EAST weights"].id) in text
    assert str(done.id) in text
    assert str(flocks.imports["WEST weights"].id) not in text
    assert "WEST" not in text
    everything = await events(as_, stella)
    number = everything[3]["run"]["facets"]["agrigen_event"]["number"]
    assert await events(as_, stella, str(number)) == everything[4:]
    assert await events(as_, stella, "2999-01-01") == []


async def test_a_failed_run_says_why(
    as_: As, stella: Actor, flocks: Flocks, evaluating: Evaluating, urls: Urls
) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "UPDATE app.import SET state = 'failed', error = 'The file is not a table.' "
            "WHERE id = %s", [flocks.imports["rams"].id],
        )  # fmt: skip
    last = of(await events(as_, stella), flocks.imports["rams"].id)[-1]
    assert last["eventType"] == "FAIL"
    assert last["run"]["facets"]["errorMessage"]["message"] == "The file is not a table."
    read(last)


class Receiver(BaseHTTPRequestHandler):
    """Takes events once `answer` says so."""

    answer = 503
    taken: list[dict[str, Any]] = []  # noqa: RUF012  of one test

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.answer < 300:
            self.taken.append({**body, "key": self.headers["Authorization"]})
        self.send_response(self.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/lineage"
    server.shutdown()
    thread.join()
    server.server_close()


def unsent(urls: Urls) -> tuple[int, int]:
    """Events that wait, and how many of them were tried."""
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE tries > 0) FROM app.lineage_event "
            "WHERE sent_at IS NULL"
        ).fetchone()
    assert row
    return row


def due_again(urls: Urls) -> None:
    """The wait is over."""
    with psycopg.connect(urls.owner) as connection:
        connection.execute("UPDATE app.lineage_event SET next_at = NULL WHERE sent_at IS NULL")


async def test_events_wait_until_the_listener_took_them(
    engine: AsyncEngine, urls: Urls, done: EvaluationRead, receiver: str, tmp_path: Path
) -> None:
    waiting, _ = unsent(urls)
    listening = sending.listener(receiver, "secret")
    assert await sending.tell(engine, listening, HERE) == 0
    assert unsent(urls) == (waiting, 1)
    assert await sending.tell(engine, listening, HERE) == 0  # it was asked just now
    Receiver.answer = 201
    due_again(urls)
    assert await sending.tell(engine, listening, HERE) == waiting
    assert unsent(urls) == (0, 0)
    assert len(Receiver.taken) == waiting
    assert {one.pop("key") for one in Receiver.taken} == {"Bearer secret"}
    numbers = [one["run"]["facets"]["agrigen_event"]["number"] for one in Receiver.taken]
    assert numbers == sorted(numbers)
    for one in Receiver.taken:
        read(one)


async def test_an_event_that_was_sent_but_not_marked_is_sent_again(
    engine: AsyncEngine, urls: Urls, done: EvaluationRead, tmp_path: Path
) -> None:
    """A worker killed between sending and marking: twice is right, never is not."""
    with psycopg.connect(urls.owner) as connection:
        connection.execute("UPDATE app.lineage_event SET sent_at = NULL, next_at = NULL")
    target = tmp_path / "told" / "events.ndjson"
    listening = sending.listener(f"file://{target}")
    assert await sending.tell(engine, listening, HERE) > 0
    first = target.read_text().splitlines()
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "UPDATE app.lineage_event SET sent_at = NULL WHERE n = (SELECT max(n) FROM "
            "app.lineage_event)"
        )
    assert await sending.tell(engine, listening, HERE) == 1
    assert target.read_text().splitlines() == [*first, first[-1]]


class Choosy(sending.FileListener):
    """Cannot write down an event of one kind."""

    async def tell(self, event: dict[str, Any]) -> None:
        if event["eventType"] == "START":
            raise ValueError("no words for it")
        await super().tell(event)


async def test_an_event_that_cannot_be_told_waits_and_the_others_go_on(
    engine: AsyncEngine, urls: Urls, flocks: Flocks, tmp_path: Path
) -> None:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("UPDATE app.lineage_event SET sent_at = NULL, next_at = NULL")
    waiting, _ = unsent(urls)
    told = await sending.tell(engine, Choosy(tmp_path / "events.ndjson"), HERE)
    assert 0 < told < waiting
    assert len((tmp_path / "events.ndjson").read_text().splitlines()) == told
    with psycopg.connect(urls.owner) as connection:
        rows = connection.execute(
            "SELECT DISTINCT type, error, next_at > now() FROM app.lineage_event "
            "WHERE sent_at IS NULL"
        ).fetchall()
    assert rows == [("START", "ValueError: no words for it", True)]
    due_again(urls)
    listening = sending.listener("http://127.0.0.1:port/")
    assert await sending.tell(engine, listening, HERE) == 0  # not even an address


async def test_the_worker_tells_a_new_run_by_itself(
    engine: AsyncEngine, flocks: Flocks, stella: Actor, door: Door, tmp_path: Path
) -> None:
    from hub.settings import Settings

    target = tmp_path / "events.ndjson"
    settings = Settings(openlineage_url=str(target))
    task = asyncio.create_task(sending.keep(engine, settings, every=0.05))
    rams = "id,sex\nR3,M\n"
    brought = await door.bring(stella, flocks.farms["STUD"], "animals", rams)
    for _ in range(100):
        told = target.read_text() if target.exists() else ""
        if str(brought.id) in told and "COMPLETE" in told.splitlines()[-1]:
            break
        await asyncio.sleep(0.05)
    task.cancel()
    mine = of([json.loads(line) for line in target.read_text().splitlines()], brought.id)
    assert mine[-1]["eventType"] == "COMPLETE"


async def test_nobody_can_ask_for_the_outbox_in_the_name_of_a_person(
    as_: As, eve: Actor, done: EvaluationRead
) -> None:
    from sqlalchemy import text

    async with as_(eve) as tx:
        rows = await tx.session.execute(text("SELECT * FROM app.lineage_due(10)"))
        assert rows.all() == []


def test_waits_grow_from_seconds_to_an_hour() -> None:
    waits = [sending.wait(tries) for tries in range(40)]
    assert waits[:3] == [5, 10, 20]
    assert waits[-1] == 3600
    assert sending._refused(httpx.ConnectError("no")) is False
