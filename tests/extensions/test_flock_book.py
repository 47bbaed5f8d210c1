"""The flock book over REST, as a notebook uses it: found, retagged, grouped, pictured, merged."""

import io
from uuid import uuid4

import pytest
from PIL import Image

from agrigen import client
from agrigen.client import Conflict, Invalid
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> client.Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


def test_an_animal_lives_through_the_flock_book(steward: client.Hub, live_api: LiveApi) -> None:
    code = f"B{uuid4().hex[:8]}"
    farm = steward.farms.create(code=code, name="Book", species="sheep").id
    chip = f"982{uuid4().int % 2**38:012d}"
    ewe = steward.animals.create(farm_id=farm, tag="E1", sex="F", birth_date="2024-03-14")
    steward.animals.identify(ewe.id, "rfid", f"{chip[:3]} {chip[3:]}")
    [match] = steward.animals.lookup(f"LA {chip}", farm=farm)
    assert (match["animal"]["tag"], match["exact"]) == ("E1", True)
    assert steward.animals.retag(ewe.id, "E9", "2026-05-04", reason="lost").tag == "E9"

    group = steward.groups.create(farm_id=farm, name="Tups")
    steward.groups.join(group.id, [ewe.id], "2026-10-20")
    steward.groups.leave(group.id, ewe.id, "2026-11-24")
    assert steward.groups.members(group.id, on="2026-10-20")["tag"].tolist() == ["E9"]
    assert steward.groups.members(group.id, on="2026-11-24").empty
    place = steward.places.create(farm_id=farm, name="Low meadow")
    field = {"name": "temper", "label": "Temper", "type": "choice", "choices": ["calm"]}
    steward.fields.create(farm_id=farm, **field)
    steward.animals.update(ewe.id, place_id=place.id, custom={"temper": "calm"})
    assert steward.places.list(farm)[0].animals == 1
    with pytest.raises(Invalid, match="calm"):
        steward.animals.update(ewe.id, custom={"temper": "odd"})

    out = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(out, "PNG")
    photo = steward.photos.add(ewe.id, out.getvalue(), caption="Left side")
    assert [one.id for one in steward.photos.of(ewe.id)] == [photo.id]
    small = live_api.client("steward").get(f"{live_api.url}/api/v1/photos/{photo.id}/thumbnail")
    assert small.headers["content-type"] == "image/jpeg"
    assert small.headers["cache-control"] == "private, max-age=3600"
    assert small.headers["vary"] == "Cookie, Authorization"  # not shown to the next person
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    with pytest.raises(Invalid, match=r"16.0 MB; at most 15 MB"):
        steward.photos.add(ewe.id, b"\xff" * (16 * 2**20))

    other = steward.animals.create(farm_id=farm, tag="UK-E9", sex="F", note="Found in May",
                                   birth_date="2024-03-14")  # fmt: skip
    assert steward.animals.duplicates(farm) == []  # two characters are too few to be alike
    merge = steward.animals.merge(ewe.id, other.id)
    assert steward.animals.get(other.id).note == "Found in May"
    with pytest.raises(Conflict, match="merged into E9"):
        steward.animals.update(other.id, name="X")
    assert steward.animals.unmerge(merge.id).undone_at
    acts = [one.action for one in steward.animals.history(ewe.id)]
    assert acts[0] == "animals:unmerge" and acts[-1] == "animals:create"
    assert {"animals:retag", "animals:join", "animals:add_photo", "animals:merge"} <= set(acts)
