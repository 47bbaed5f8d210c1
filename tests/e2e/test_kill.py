"""Processes are killed at the worst moment; nothing acknowledged is lost and nothing is doubled."""

import threading
import time
from uuid import uuid4

import httpx
import psutil
import pytest

import agrigen as ag
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
ANIMALS = 60


def api_process(hub: RunningHub) -> psutil.Process:
    return hub.find("extensions", "serve")


def farm_of(hub: RunningHub, username: str) -> str:
    farms = hub.client(username).farms.list()
    return next(farm["id"] for farm in farms if not farm["shared"])


def add_with_retries(hub: RunningHub, token: str, farm: str, tag: str) -> str:
    """Add an animal as a phone would: the same request with the same key until it is answered."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    body = {"farm_id": farm, "tag": tag, "sex": "F", "breed": "Texel", "birth_date": "2025-03-01"}
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            answer = httpx.post(f"{hub.api}/animals", json=body, headers=headers, timeout=20)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code < 500:
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])
        time.sleep(0.1)
    raise AssertionError("the API did not come back")


def test_writes_survive_a_killed_api_exactly_once(hub: RunningHub) -> None:
    token, farm = hub.token("fiona"), farm_of(hub, "fiona")
    added: dict[str, str] = {}

    def work(part: int) -> None:
        for number in range(part, ANIMALS, 3):
            tag = f"KILL {number:03d}"
            added[tag] = add_with_retries(hub, token, farm, tag)

    workers = [threading.Thread(target=work, args=(part,)) for part in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(2):
        enough = len(added) + ANIMALS // 4
        while len(added) < enough and any(worker.is_alive() for worker in workers):
            time.sleep(0.02)
        api_process(hub).kill()
    for worker in workers:
        worker.join(120)
    assert len(added) == ANIMALS
    stored = hub.client("fiona").animals.iterate(farm=farm, text="KILL")
    assert sorted((a["tag"], a["id"]) for a in stored) == sorted(added.items())


def test_an_import_survives_a_killed_worker_and_a_killed_database(hub: RunningHub) -> None:
    steward = hub.client("stella")
    farm = farm_of(hub, "marc")
    rows = [f"CRASH {number:05d},F,Holstein,2024-01-15" for number in range(3000)]
    content = "\n".join(["id,sex,breed,birth_date", *rows]).encode()
    started = steward.imports.upload(content, farm=farm, kind="animals")
    hub.find("hub", "worker").kill()
    time.sleep(1)
    postgres = next(
        process
        for process in psutil.Process(hub.process.pid).children(recursive=True)
        if process.name() == "postgres"
    )
    postgres.kill()
    finished = patient(lambda: steward.imports.wait(started["id"], timeout_seconds=150))
    assert (finished.state, finished.rows_loaded) == ("done", 3000)
    stored = patient(lambda: [*steward.animals.iterate(farm=farm, text="CRASH")])
    assert len(stored) == len({one["tag"] for one in stored}) == 3000


def patient(ask):
    """The answer, however often the hub is still coming back."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return ask()
        except (ag.client.Unavailable, httpx.TransportError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
