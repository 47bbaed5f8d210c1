"""Events from a notebook, against the real API service."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pandas as pd
import pytest

from agrigen import client
from agrigen.client import Hub
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Iterator[Hub]:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


def test_a_season_is_told_put_right_and_read_as_frames(steward: Hub) -> None:
    farm = steward.farms.create(code=f"E{uuid4().hex[:8]}", name="Hill", species="sheep")
    add, born = steward.animals.create, date.today() - timedelta(days=1500)
    ram = add(farm_id=farm.id, tag="RAM", sex="M", birth_date=born)
    ewe = add(farm_id=farm.id, tag="EWE", sex="F", birth_date=born)
    tell, mated = steward.events.record, date.today() - timedelta(days=148)
    mating = tell(ewe.id, "mating", mated, method="natural", sire_ids=[ram.id])
    due = steward.events.due(farm.id)
    assert due["kind"].tolist() == ["pregnancy_check", "parturition"]
    assert due["due_on"].iloc[1] == pd.Timestamp(mated + timedelta(days=147))
    assert steward.events.reproduction(ewe.id).sire_ids == [ram.id]
    assert [one.state for one in steward.events.females(farm.id)] == ["served"]
    before = steward.farms.newest_change(farm.id)
    birth = tell(ewe.id, "parturition", mated + timedelta(days=147), offspring=[{"tag": "L1"}])
    assert [one.tag for one in steward.animals.offspring(ram.id)] == ["L1"]
    assert steward.farms.newest_change(farm.id) > before
    with pytest.raises(client.Conflict, match="lambed on") as refused:
        tell(ewe.id, "parturition", mated + timedelta(days=148), offspring=[{"tag": "L2"}])
    assert refused.value.code == "events.possible_duplicate"
    steward.events.correct(birth.id, "read again", remark="easy")
    steward.events.correct(mating.id, "the day before", occurred_on=mated - timedelta(days=1))
    assert steward.events.revisions(birth.id)["remark"].tolist() == ["", "easy"]
    assert steward.events.of_animal(ewe.id)["kind"].tolist() == ["parturition", "mating"]
    steward.events.void(birth.id, "it was another ewe")
    assert steward.animals.offspring(ram.id) == []
    frame = steward.events.frame(farm=farm.id, kind="mating", from_=mated - timedelta(days=9))
    assert frame["tag"].tolist() == ["EWE"]
    assert {one.species for one in steward.events.rules()} == {"sheep", "cattle", "goat"}
