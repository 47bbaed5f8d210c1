"""What was written wrongly, new tags, groups and places: from the phone to the hub."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import picture
from tests.phones import PAGE, Desk, day, desk_of, opened, phone_of
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
NUMBER = 100 + uuid4().int % 900


@pytest.fixture(scope="module")
def desk(hub: RunningHub) -> Iterator[Desk]:
    with desk_of(hub) as desk:
        yield desk


@pytest.fixture(scope="module")
def ewes(desk: Desk) -> list[str]:
    return [desk.add(f"MND {NUMBER}0{one}") for one in (1, 2)]


@pytest.fixture(scope="module")
def phone(hub: RunningHub, chromium: Browser, ewes: list[str]) -> Iterator[BrowserContext]:
    with phone_of(hub, chromium) as phone:
        yield phone


def sent(phone: BrowserContext, page: Page) -> None:
    """The signal comes back, and everything goes."""
    page.goto(f"{PAGE}#/outbox")
    phone.set_offline(False)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    expect(page.locator(".refused")).to_have_count(0)


def named(desk: Desk, what: str) -> dict[str, str]:
    """Ids of the farm's groups or places by name."""
    told = desk.client.get(f"/farms/{desk.farm}/{what}").json()
    return {one["name"]: one["id"] for one in told["items"]}


def save(page: Page, said: str) -> None:
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_text(f"Saved: {said}")).to_be_visible()


def test_entries_are_put_right_and_taken_back_without_a_signal(
    phone: BrowserContext, desk: Desk, ewes: list[str]
) -> None:
    ewe = ewes[0]
    desk.record(ewe, day(9), kind="treatment", product="Oxytet", batch="B1", substance="oxy")
    page = opened(phone, offline=False)
    page.goto(f"{PAGE}#/do/weight/{ewe}")
    page.get_by_label("Weight (kg)").fill("16.5")
    save(page, "Weight")
    page.goto(f"{PAGE}#/do/weight/{ewe}")
    page.get_by_label("Weight (kg)").fill("71")
    page.get_by_role("button", name="Yesterday").tap()
    save(page, "Weight")
    sent(phone, page)

    phone.set_offline(True)
    page.goto(f"{PAGE}#/animal/{ewe}")
    page.get_by_text("16.5 kg").tap()
    page.get_by_role("link", name="Correct").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is different")
    page.get_by_label("Weight (kg)").fill("61.5")
    picture(page, "phone-correct")
    save(page, "Correction")
    expect(page.get_by_text("61.5 kg")).to_be_visible()
    page.get_by_text("71 kg").tap()
    page.get_by_role("link", name="This was a mistake").tap()
    page.get_by_role("button", name="It was another animal").tap()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    expect(page.get_by_text("71 kg")).to_have_count(0)
    page.get_by_text("Oxytet").tap()
    page.get_by_role("link", name="Correct").tap()
    page.get_by_label("Day", exact=True).fill(day(8))
    page.get_by_label("Withdrawal meat").fill("28")
    save(page, "Correction")
    expect(page.get_by_text("Do not slaughter before")).to_be_visible()
    sent(phone, page)

    kept = desk.client.get(f"/animals/{ewe}/records").json()["items"]
    assert [one["value"] for one in kept] == [61.5]
    [treatment] = desk.events(ewe, "treatment")
    assert (treatment["occurred_on"], treatment["revision"]) == (day(8), 2)
    details = treatment["details"]
    assert (details["withdrawal_meat_days"], details["batch"]) == (28, "B1")
    assert details["substance"] == "oxy"  # the phone does not ask for it
    page.close()


def test_a_lambing_is_put_right(phone: BrowserContext, desk: Desk, ewes: list[str]) -> None:
    page = opened(phone, offline=False)
    page.goto(f"{PAGE}#/do/parturition/{ewes[1]}")
    young = page.get_by_role("group", name="No. 1")
    young.get_by_role("radio", name="Male", exact=True).tap()
    young.get_by_label("Tag").fill(f"MND {NUMBER}11")
    save(page, "Lambing")
    sent(phone, page)
    page.goto(f"{PAGE}#/animal/{ewes[1]}")
    page.locator("summary", has_text="Lambing").tap()
    page.get_by_role("link", name="Correct").tap()
    young.get_by_role("radio", name="Female", exact=True).tap()
    save(page, "Correction")
    sent(phone, page)
    [lamb] = desk.offspring(ewes[1])
    assert (lamb["sex"], lamb["tag"]) == ("F", f"MND {NUMBER}11")
    page.close()


def test_a_lost_tag_gets_another(phone: BrowserContext, desk: Desk, ewes: list[str]) -> None:
    page = opened(phone, offline=True)
    page.goto(f"{PAGE}#/do/retag/{ewes[0]}")
    page.get_by_label("New tag").fill(f"MND {NUMBER}02")
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_role("alert")).to_contain_text("is taken by")
    page.get_by_label("New tag").fill(f"MND {NUMBER}99")
    picture(page, "phone-retag")
    save(page, "New tag")
    expect(page.get_by_role("heading", name=f"{NUMBER}99")).to_be_visible()
    sent(phone, page)
    assert desk.client.get(f"/animals/{ewes[0]}").json()["tag"] == f"MND {NUMBER}99"
    page.close()


def test_groups_and_places_made_in_the_field_come_to_the_hub(
    phone: BrowserContext, desk: Desk, ewes: list[str]
) -> None:
    page = opened(phone, offline=True)
    page.goto(f"{PAGE}#/groups")
    page.get_by_label("New group").fill(f"Lame {NUMBER}")
    page.get_by_role("button", name="Make the group").tap()
    for tag in (f"{NUMBER}99", f"{NUMBER}02"):
        page.get_by_label("Put in").fill(tag)
        page.locator(".found button", has_text=tag).first.tap()
        expect(page.locator(".members", has_text=tag)).to_be_visible()
    page.get_by_role("link", name="All: Treatment").tap()
    page.get_by_label("Medicine", exact=True).fill("Foot bath")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Saved: Treatment of 2 animals")).to_be_visible()
    page.get_by_role("button", name=f"Take MND {NUMBER}02 out of the group").tap()
    expect(page.get_by_text("1 animal", exact=True)).to_be_visible()
    picture(page, "phone-group")

    page.goto(f"{PAGE}#/places")
    page.get_by_label("New place").fill(f"Paddock {NUMBER}")
    page.get_by_role("button", name="Make the place").tap()
    page.get_by_label("Move here").fill(f"{NUMBER}99")
    page.locator(".found button", has_text=f"{NUMBER}99").first.tap()
    expect(page.locator(".members", has_text=f"{NUMBER}99")).to_be_visible()
    page.get_by_text("Name and use").tap()
    page.get_by_label("Name").fill(f"Hill {NUMBER}")
    page.get_by_role("button", name="Change the name").tap()
    expect(page.get_by_role("heading", name=f"Hill {NUMBER}")).to_be_visible()
    picture(page, "phone-place")
    sent(phone, page)

    groups = named(desk, "groups")
    inside = desk.client.get(f"/groups/{groups[f'Lame {NUMBER}']}/members").json()["items"]
    assert [one["animal_id"] for one in inside if one["to_on"] is None] == [ewes[0]]
    treated = [one for ewe in ewes for one in desk.events(ewe, "treatment")]
    together = {one["group_id"] for one in treated if one["details"]["product"] == "Foot bath"}
    assert len(together) == 1
    hill = named(desk, "places")[f"Hill {NUMBER}"]
    assert desk.client.get(f"/animals/{ewes[0]}").json()["place_id"] == hill
    page.close()
