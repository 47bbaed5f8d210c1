"""ICAR ADE over HTTP: addresses, links, errors and the feed as partners' programs meet them."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

import agrigen
from agrigen.client import ApiError
from agrigen.io.icar_ade import validate
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def base(live_api: LiveApi) -> str:
    """Address of a new farm in the location API."""
    code = f"F{uuid4().hex[:8]}"
    new = {"code": code, "name": "Ade", "species": "sheep", "time_zone": "Europe/Zurich"}
    made = live_api.client("admin").post("/farms", json=new)
    assert made.status_code == 201, made.text
    return f"{live_api.url}/icar/v1/locations/org.agrigen.farm/{code}"


def animal(tag: str) -> dict[str, object]:
    meta = {"source": "com.example", "sourceId": tag, "modified": "2026-01-01T00:00:00Z"}
    return {
        "identifier": {"scheme": "uk.cts.eartag", "id": tag}, "specie": "Sheep",
        "gender": "Female", "birthDate": "2023-03-14", "meta": meta,
    }  # fmt: skip


def test_a_farm_is_filled_and_read_page_by_page(live_api: LiveApi, base: str) -> None:
    client = live_api.client("admin")
    batch = base.replace("/v1/", "/v1/batches/")
    sent = client.post(f"{batch}/animals", json=[animal(f"A{n}") for n in range(5)])
    assert sent.status_code == 200, sent.text
    assert all("id" in one for one in sent.json())
    seen, address = [], f"{base}/animals?limit=2"
    while address:
        page = client.get(httpx.URL(live_api.url).join(address)).json()
        seen += page["member"]
        address = page["view"].get("next", "")
    assert [one["identifier"]["id"] for one in seen] == [f"A{n}" for n in range(5)]
    assert page["view"]["totalItems"] == 5
    assert seen[0]["birthDate"] == "2023-03-14T11:00:00Z"
    for one in seen:
        assert not validate(one, "icarAnimalCoreResource")
    query = {"animal-scheme": "uk.cts.eartag", "animal-id": "A3"}
    [one] = client.get(f"{base}/animals", params=query).json()["member"]
    later = client.get(f"{base}/animals", params={"meta-modified-from": one["meta"]["modified"]})
    assert "A3" in {found["identifier"]["id"] for found in later.json()["member"]}


def test_refusals_have_the_form_of_ade(live_api: LiveApi, base: str) -> None:
    client = live_api.client("admin")
    refused = client.post(f"{base}/heats", json={"animal": {"id": "A1"}})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/json")
    [error] = refused.json()["errors"]
    assert error["instance"] == "animal.scheme"
    assert not validate({"messages": [error]}, "icarBatchResult")
    for other, status in (("/cows", 404), ("/heats?offset=3", 422)):
        answer = client.get(base + other)
        assert (answer.status_code, len(answer.json()["errors"])) == (status, 1)
    assert live_api.client(None).get(f"{base}/heats").json()["errors"][0]["status"] == 401


def test_changes_are_followed_by_token(live_api: LiveApi, base: str) -> None:
    client = live_api.client("admin")
    [mine] = [
        one for one in client.get(f"{live_api.url}/icar/v1/datasets").json()
        if base.endswith(one["name"])
    ]  # fmt: skip
    address = httpx.URL(live_api.url).join(mine["changes"])
    first, *told, last = client.get(address).json()
    assert (first["id"], len(told), last["id"]) == ("@context", 5, "@continuation")
    _, *more, again = client.get(address, params={"since": last["token"]}).json()
    assert (more, again["token"]) == ([], last["token"])
    strange = client.get(address, params={"since": "WyJ4IiwgM10="})
    assert strange.headers["icar-full-sync"] == "true"


def test_the_client_reads_and_sends_and_downloads_workbooks(
    live_api: LiveApi, base: str, tmp_path: Path
) -> None:
    code = base.rpartition("/")[2]
    with agrigen.connect(f"{live_api.url}/api/v1", token=live_api.token("admin")) as hub:
        [result] = hub.exchange.send(code, "animals", [animal("B1")])
        assert result["meta"]["sourceId"] == "B1"
        assert "B1" in {one["identifier"]["id"] for one in hub.exchange.messages(code, "animals")}
        with pytest.raises(ApiError, match="no collection"):
            list(hub.exchange.messages(code, "cows"))
        farm = next(one["id"] for one in hub.farms.list() if one["code"] == code)
        path = hub.imports.workbook(farm, tmp_path / "a.xlsx", kind="animals", filled=True)
        assert path.read_bytes()[:2] == b"PK"
