"""The API documentation in a real browser, tried out with the browser's own session."""

from collections.abc import Mapping

import httpx
import pytest
from playwright.sync_api import Page

from extensions.base.examples import SAMPLE_ID
from extensions.base.openapi import document
from extensions.base.routing import PREFIX
from extensions.points import all_routes
from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e


def open_documentation(visit: Visitor, username: str) -> tuple[Page, list[str]]:
    page = visit(username)
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto("/services/api/docs")
    page.locator("#operations-tag-Animals").click()
    page.locator(".opblock").first.wait_for()
    return page, complaints


def test_a_steward_reads_and_tries_out_the_api_in_the_browser(visit: Visitor) -> None:
    page, complaints = open_documentation(visit, "stella")
    operation = page.locator(".opblock-get", has=page.get_by_text("List the animals one may see"))
    operation.first.locator(".opblock-summary-control").click()
    operation.first.get_by_role("button", name="Execute").click()
    status = operation.first.locator(".live-responses-table tr.response .response-col_status")
    status.first.wait_for()
    picture(page, "api-documentation")
    assert status.first.inner_text().startswith("200")
    assert "tag" in operation.first.locator(".live-responses-table").inner_text()
    assert complaints == []


def test_examples_name_things_that_are_there(visit: Visitor) -> None:
    page, _ = open_documentation(visit, "stella")
    animal = page.evaluate(
        """() => ui.specSelectors.specJson().toJS()
             .paths["/animals/{animal_id}"].get.parameters[0].example"""
    )
    operation = page.locator("#operations-Animals-get_animal")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    operation.locator(".live-responses-table tr.response .response-col_status").first.wait_for()
    assert animal in operation.locator(".live-responses-table").inner_text()


NOTHING_YET = {"get_my_erasure", "get_erasure"}
"""Nobody in the demonstration asked to be erased; tests/extensions/test_try_privacy.py has some."""


def test_every_reading_example_works_for_a_steward(hub: RunningHub) -> None:
    headers = {"Authorization": f"Bearer {hub.token('ada')}"}
    spec = document(all_routes())
    with httpx.Client(base_url=hub.api, headers=headers, timeout=60) as client:
        ids = real_ids(client, spec)
        tables = frozen_tables(hub)
        failed = []
        for route in all_routes():
            if route.writes or route.public or route.step_up or route.name in NOTHING_YET:
                continue
            path = with_real_ids(route.example.path, ids, tables)
            query = {
                name: with_real_id(name, one, ids) for name, one in route.example.query.items()
            }
            if None in query.values() or any(
                name.endswith("_id") and name not in ids for name in path
            ):
                continue  # nothing of this kind exists in the demonstration
            address = hub.api.removesuffix(PREFIX) + route.prefix + route.path.format_map(path)
            answer = client.get(address, params=query)
            if answer.status_code != route.status:
                failed.append((route.name, answer.status_code, answer.text[:300]))
    assert failed == []


def frozen_tables(hub: RunningHub) -> str:
    """A dataset of tables of a farm; the newest of the demonstration is what a run was fed."""
    client = hub.client("ada")
    farm = next(one for one in client.farms.list() if one["name"] == "Hillside Farm")
    dataset = client.datasets.freeze("As the examples read it", farms=[farm["id"]], why="Examples")
    return str(dataset["id"])


def with_real_ids(
    example: Mapping[str, object], ids: dict[str, str], tables: str
) -> dict[str, object]:
    """A path with ids of this hub; `id` goes by the type that stands beside it."""
    path = {name: ids.get(name, value) for name, value in example.items()}
    if {"dataset_id", "kind"} <= path.keys():
        path["dataset_id"] = tables
    if {"type", "id"} <= path.keys():
        path["id"] = ids[f"{path['type']}_id"]
    return path


def with_real_id(name: str, value: object, ids: dict[str, str]) -> object:
    """A sample id of a query, `farm` for one, as the page fills it in; None where there is none."""
    return ids.get(f"{name}_id") if value == SAMPLE_ID else value


def real_ids(client: httpx.Client, spec: dict) -> dict[str, str]:  # type: ignore[type-arg]
    """Ids as the documentation page finds them: the first of each list."""
    sources = {
        parameter["name"]: parameter["x-example-from"]
        for path in spec["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for parameter in operation["parameters"]
        if "x-example-from" in parameter
    }
    pages = {name: client.get(at, params={"limit": 1}).json() for name, at in sources.items()}
    return {
        name: page["items"][0]["id" if name.endswith("_id") else name]
        for name, page in pages.items()
        if page["items"]
    }
