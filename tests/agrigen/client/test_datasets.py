"""Versions through the client, the real API and a real worker."""

import hashlib
from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import httpx
import pytest

from agrigen import client
from agrigen.client import Hub, Item
from hub.local.postgres import DATABASE, Urls
from tests.hubs import LiveApi
from tests.workers import Workers


@pytest.fixture(scope="module", autouse=True)
def worker(live_api: LiveApi) -> Iterator[None]:
    """A worker on the database and the objects of the live API."""
    urls = Urls(*(live_api.postgres.url(f"agrigen_{role}", DATABASE) for role in ("owner", "app")))
    workers = Workers(urls, live_api.home)
    workers.start()
    yield
    workers.stop()


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Iterator[Hub]:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def farm(steward: Hub) -> Item:
    code = f"V{uuid4().hex[:8]}"
    farm = steward.farms.create(code=code, name=f"Farm {code}", species="sheep")
    for number in range(3):
        born = date(2024, 3, 1 + number)
        lamb = steward.animals.create(farm_id=farm.id, tag=f"L{number}", sex="F", birth_date=born)
        day = date(2024, 6, 20)
        steward.records.add(lamb.id, trait="weaning_weight", value=30 + number, recorded_on=day)
    return farm


@pytest.fixture(scope="module")
def two(steward: Hub, farm: Item) -> list[Item]:
    """A version, and the next one after a value was corrected."""
    kinds = ["animals", "records"]
    first = steward.datasets.freeze("Lambs", farms=[farm.id], kinds=kinds, why="before")
    lamb = next(one for one in steward.animals.iterate(farm=farm.id) if one.tag == "L1")
    [record] = steward.animals.records(lamb.id)["id"]
    steward.records.correct(record, value=31.5, reason="misread")
    return [first, steward.datasets.freeze_again(first.id, why="after")]


def test_a_frozen_table_is_read_as_it_was(steward: Hub, two: list[Item]) -> None:
    first, second = two
    assert [one.number for one in steward.datasets.versions(second.id)] == [2, 1]
    assert steward.datasets.read(first.id, "records")["value"].tolist() == [30, 31, 32]
    assert steward.datasets.read(second.id, "records")["value"].tolist() == [30, 31.5, 32]
    name = first.tables[0]["pieces"][0]["name"]
    content = steward.datasets.download(first.id, name)
    assert hashlib.sha256(content).hexdigest() == first["objects"][name]


def test_the_csv_of_a_table_has_the_hash_that_the_version_names(
    live_api: LiveApi, two: list[Item]
) -> None:
    api: httpx.Client = live_api.client("steward")
    for table in two[0].tables:
        where = f"/datasets/{two[0].id}/tables/{table['kind']}"
        answer = api.get(f"{where}/content", params={"format": "csv"})
        assert hashlib.sha256(answer.content).hexdigest() == table["sha256"]
        page = api.get(where, params={"limit": 2}).json()
        assert len(page["items"]) == 2
        rest = api.get(where, params={"limit": 2, "cursor": page["next_cursor"]}).json()
        assert (len(rest["items"]), rest["next_cursor"]) == (1, None)


def test_two_versions_are_compared(steward: Hub, two: list[Item]) -> None:
    first, second = two
    found = steward.datasets.diff(first.id, second.id, kind="records")
    [item] = found["items"]
    assert (item["change"], item["key"]["animal"]) == ("changed", "L1")
    assert (item["before"], item["after"]) == ({"value": 31}, {"value": 31.5})
    changes = steward.datasets.changes(first.id, second.id, kind="records")
    assert changes[["value.before", "value.after"]].to_numpy().tolist() == [[31, 31.5]]
    with pytest.raises(client.Invalid, match="events"):
        steward.datasets.diff(first.id, second.id, kind="events")


def test_a_tag_leads_to_a_version_and_a_citation_to_its_content(
    steward: Hub, two: list[Item]
) -> None:
    first, second = two
    name = f"t{uuid4().hex[:8]}"
    steward.datasets.tag(first.id, name)
    steward.datasets.tag(second.id, name)
    assert steward.datasets.tagged("Lambs", name).id == second.id
    assert steward.datasets.tags(first.id)[name].version_id == second.id
    steward.datasets.untag(first.id, name)
    assert name not in steward.datasets.tags(first.id)
    cited = steward.datasets.cite(first.id)
    assert cited.identifier.startswith("ni:///sha-256;")
    assert cited.identifier in cited.text
    assert cited.url.endswith(f"/api/v1/datasets/{first.id}")


def test_a_version_is_brought_back(steward: Hub, farm: Item, two: list[Item]) -> None:
    first = two[0]
    [tried] = steward.datasets.restore(first.id, kinds=["records"])
    assert steward.imports.wait(tried.id).dry_run
    [started] = steward.datasets.restore(first.id, kinds=["records"], dry_run=False)
    done = steward.imports.wait(started.id)
    assert (done.rows_loaded, done.rows_unchanged, done.rows_rejected) == (1, 2, 0)
    third = steward.datasets.freeze_again(first.id, why="again as before")
    assert (third.number, third.content_hash) == (3, first.content_hash)
