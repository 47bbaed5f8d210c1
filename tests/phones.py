"""What end-to-end tests of the phone page share: a desk at the farm, a phone, and hands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.running import RunningHub

TODAY = date.today()
PAGE = "/services/api/collect/"
PATIENCE_MS = 30_000


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


@dataclass
class Desk:
    """Somebody at the desk: the same farm through the API."""

    client: httpx.Client
    farm: str

    def add(self, tag: str, **values: object) -> str:
        body = {"farm_id": self.farm, "tag": tag, "sex": "F", "birth_date": "2022-03-01", **values}
        return str(self._post("/animals", body)["id"])

    def record(self, animal: str, on: str, **details: object) -> None:
        body = {"animal_id": animal, "occurred_on": on, "details": details}
        self._post("/events", body)

    def _post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, object] = answer.json()
        return found

    def events(self, animal: str, kind: str) -> list[dict]:
        answer = self.client.get(f"/animals/{animal}/events", params={"kind": kind})
        return [one for one in answer.json()["items"] if one["kind"] == kind]

    def all(self, path: str, **query: object) -> list[dict]:
        """Every page of a list."""
        found: list[dict] = []
        cursor = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.client.get(path, params={**query, "limit": 200, **more}).json()
            found += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return found

    def offspring(self, animal: str) -> list[dict]:
        return list(self.client.get(f"/animals/{animal}/offspring").json()["items"])


@contextmanager
def desk_of(hub: RunningHub, who: str = "fiona") -> Iterator[Desk]:
    """The first farm of this person."""
    headers = {"Authorization": f"Bearer {hub.token(who)}"}
    with httpx.Client(base_url=hub.api, headers=headers, timeout=60) as client:
        farms = client.get("/farms").json()["items"]
        own = sorted((one for one in farms if not one["shared"]), key=lambda one: one["name"])
        yield Desk(client, own[0]["id"])


@contextmanager
def phone_of(hub: RunningHub, chromium: Browser, who: str = "fiona") -> Iterator[BrowserContext]:
    """A phone on which this person has signed in and synchronized once."""
    context = chromium.new_context(
        base_url=hub.url,
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(PAGE)
    sign_in(page, hub, who)
    settled(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.close()
    yield context
    context.close()


def sign_in(page: Page, hub: RunningHub, who: str = "fiona", then: str = f"**{PAGE}**") -> None:
    page.locator("#username_input").fill(who)
    page.locator("#password_input").fill(hub.passwords()[who])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(then)


def settled(page: Page, state: str = "online") -> None:
    expect(page.locator(f"#light[data-state={state}]")).to_be_visible(timeout=PATIENCE_MS)


def opened(phone: BrowserContext, *, offline: bool) -> Page:
    phone.set_offline(offline)
    page = phone.new_page()
    page.goto(PAGE)
    expect(page.locator("#find")).to_be_visible()
    return page
