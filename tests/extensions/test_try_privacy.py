"""Privacy over HTTP, with a real JupyterHub that forgets whoever is erased."""

import httpx
import psycopg
import pytest

from hub.privacy import Means, erase_due
from hub.settings import Settings
from hub.storage.dynamodb import open_store
from hub.storage.objects import open_objects
from hub.storage.postgres import make_engine
from hub.storage.sealing import open_sealer
from tests.hubs import LiveApi
from tests.workers import until

NAME = "leaver"


def join(live_api: LiveApi) -> httpx.Client:
    """Somebody of their own, since they will not be there at the end."""
    live_api._hub("POST", f"users/{NAME}")
    live_api._hub("POST", "groups/farmer/users", json={"users": [NAME]})
    return live_api.browser(NAME)


def users(live_api: LiveApi) -> set[str]:
    return {one["name"] for one in live_api._hub("GET", "users").json()}


def means_of(live_api: LiveApi, patch: pytest.MonkeyPatch) -> Means:
    """What the worker of this hub would work with."""
    for name, value in live_api.store.credentials.environment.items():
        patch.setenv(name, value)
    settings = Settings(
        home=live_api.home,
        database_url=live_api.postgres.url("agrigen_app"),
        dynamodb_endpoint=live_api.store.endpoint,
    )
    engine = make_engine(settings)
    return Means(
        engine, open_store(settings), open_objects(settings), open_sealer(settings), settings
    )


async def test_somebody_agrees_asks_waits_and_goes(
    live_api: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G9, G18: over at the next request, gone from JupyterHub with the home folder."""
    browser = join(live_api)
    home = live_api.home / "homes" / NAME.replace(" ", "%20")
    home.mkdir(parents=True)
    (home / "diary.txt").write_text("of mine")
    said = browser.put("/me/consents/news", json={"given": True, "terms": "2026-11"})
    assert (said.status_code, said.json()["given"]) == (200, True)
    assert browser.post("/me/export").status_code == 202
    assert browser.post("/me/export").status_code == 409
    assert browser.post("/me/erasure", json={"username": "somebody"}).status_code == 422
    wish = browser.post("/me/erasure", json={"username": NAME})
    assert (wish.status_code, wish.json()["state"]) == (202, "waiting")
    assert browser.delete("/me/erasure").json()["state"] == "taken_back"
    assert browser.post("/me/erasure", json={"username": NAME}).status_code == 202
    with psycopg.connect(live_api.postgres.url("agrigen_owner"), autocommit=True) as connection:
        connection.execute("UPDATE app.erasure SET due_at = now() WHERE state = 'waiting'")

    means = means_of(live_api, monkeypatch)
    await erase_due(means)
    assert browser.get("/me").status_code == 401
    assert await until(lambda: erase_due(means), bool, 30) == 1
    assert NAME not in users(live_api)
    assert not home.exists()
    assert browser.get("/me").status_code in {302, 401, 403}
    means.store.close()
    await means.engine.dispose()


def test_a_token_that_proved_nothing_lately_exports_and_erases_nobody(live_api: LiveApi) -> None:
    """A8: a stolen token is not enough for these."""
    client = live_api.client("farmer")
    for method, path, body in (
        ("POST", "/me/export", None),
        ("POST", "/me/erasure", {"username": "farmer"}),
        ("DELETE", "/me/erasure", None),
    ):
        answer = client.request(method, path, json=body)
        assert (answer.status_code, "step_up" in answer.text) == (401, True), answer.text
