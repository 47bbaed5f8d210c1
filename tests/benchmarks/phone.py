"""The phone page on a slow signal: first paint, the first synchronization, a start without signal.

python -m tests.benchmarks.phone [animals]

The service is the real one; the farm's animals are made up here and handed to the page in its
place, so that a farm of any size can be tried. The signal is Chrome's profile of slow 4G
(Lighthouse: 1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip).
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from hub.local import web
from tests.browsing import FLAGS
from tests.hubs import running_api

SLOW_4G = {
    "offline": False,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
    "latency": 150,
}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True}
FARM = str(UUID(int=1))
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SIGNED_IN = 'localStorage.setItem("agrigen.session", JSON.stringify({person: "p", xsrf: "x"}))'


def animal(number: int) -> dict[str, Any]:
    id_ = str(UUID(int=1000 + number))
    values = {
        "id": id_, "farm_id": FARM, "tag": f"UK0210417 {number:05d}", "name": "",
        "species": "sheep", "breed": "Texel", "sex": "FM"[number % 2], "birth_date": "2024-03-01",
        "birth_type": 2, "status": "alive", "sire_id": None, "dam_id": None, "identifiers": [],
    }  # fmt: skip
    return {"seq": number + 1, "entity": "animal", "id": id_, "gone": False, "values": values}


def answer(route: Route, animals: int) -> None:
    """What the hub would say, for a farm of so many animals."""
    query = parse_qs(urlparse(route.request.url).query)
    farm = {"id": FARM, "code": "F", "name": "Hill", "species": "sheep", "shared": False}
    told: dict[str, Any] = {
        "changes": [], "cursor": "", "more": False, "floor": 0, "epoch": "e", "forget": [],
        "items": [], "farms": [farm | {"may_write": True}],
    }  # fmt: skip
    if "farm" in query:
        start, limit = int(query.get("cursor", ["0"])[0] or 0), int(query["limit"][0])
        page = [animal(number) for number in range(start, min(animals, start + limit))]
        told |= {"changes": page, "cursor": str(start + len(page))}
        told["more"] = start + len(page) < animals
    route.fulfill(status=200, content_type="application/json", body=json.dumps(told))


def slowed(context: BrowserContext) -> Page:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    return page


def first_paint(browser: Browser, url: str) -> float:
    """Milliseconds until something is seen, by a browser that has never been here."""
    context = browser.new_context(**PHONE)
    page = slowed(context)
    page.goto(f"{url}/collect/shell", wait_until="load")
    page.wait_for_function(PAINTED)
    painted = float(page.evaluate(PAINTED))
    context.close()
    return painted


def first_load(context: BrowserContext, url: str) -> float:
    """Seconds until all animals are on the phone."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{url}/collect/shell")
    page.locator("#light[data-state=online]").wait_for(timeout=120_000)
    seconds = time.perf_counter() - began
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.close()
    return seconds


def start(context: BrowserContext, url: str) -> float:
    """Milliseconds from opening the page to looking for an animal."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{url}/collect/")
    page.locator("#find").wait_for()
    seconds = time.perf_counter() - began
    page.close()
    return seconds * 1000


def measure(browser: Browser, url: str, animals: int) -> None:
    paints = [first_paint(browser, url) for _ in range(5)]
    print(f"first paint on slow 4G      {statistics.median(paints):8.0f} ms")
    context = browser.new_context(**PHONE)
    context.route("**/api/v1/**", lambda route: answer(route, animals))
    context.add_init_script(SIGNED_IN)
    print(f"first {animals:,} animals stored {first_load(context, url):8.2f} s")
    context.set_offline(True)
    starts = [start(context, url) for _ in range(5)]
    print(f"start without a signal      {statistics.median(starts):8.0f} ms")


def main(animals: int = 10_000) -> None:
    web.build()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_api(Path(folder)) as api,
        sync_playwright() as playwright,
    ):
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        measure(browser, api.url, animals)
        browser.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
