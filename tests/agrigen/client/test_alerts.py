"""Alerts and calendars from a notebook, against the real API service."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import httpx
import pytest

from agrigen import client
from agrigen.client import Hub
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Iterator[Hub]:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def farm(steward: Hub) -> str:
    """A farm with a ewe that is mated, and drenched today."""
    made = steward.farms.create(code=f"A{uuid4().hex[:8]}", name="Hill", species="sheep")
    born = date.today() - timedelta(days=1500)
    ram = steward.animals.create(farm_id=made.id, tag="RAM", sex="M", birth_date=born)
    ewe = steward.animals.create(farm_id=made.id, tag="EWE", sex="F", birth_date=born)
    mated = date.today() - timedelta(days=100)
    steward.events.record(ewe.id, "mating", mated, method="natural", sire_ids=[ram.id])
    drench = {"product": "Drench", "withdrawal_meat_days": 10}
    steward.events.record(ewe.id, "treatment", date.today(), **drench)
    return str(made.id)


def test_an_alert_is_read_and_put_away_and_taken_out_again(steward: Hub, farm: str) -> None:
    found = steward.alerts.of_farm(farm, language="fr")
    [key] = found.loc[found["kind"] == "withdrawal", "key"]
    steward.alerts.mark_seen(farm, key)
    assert key not in set(steward.alerts.of_farm(farm)["key"])
    steward.alerts.mark_unseen(farm, key)
    assert key in set(steward.alerts.of_farm(farm)["key"])
    assert steward.alerts.notifications()["unseen"] == 0  # a steward belongs to no farm


def test_a_calendar_is_read_without_a_sign_in_until_it_ends(steward: Hub, farm: str) -> None:
    address = steward.alerts.share_calendar(farm)
    answer = httpx.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:EWE: birth expected" in answer.text
    [made] = steward.alerts.calendars(farm)
    assert "secret" not in made
    steward.alerts.end_calendar(made["id"])
    assert httpx.get(address).status_code == 404
