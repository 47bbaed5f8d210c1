"""The client against the real API service: what a person at a notebook does."""

from datetime import date
from uuid import uuid4

import pandas as pd
import pytest

import agrigen as ag
from agrigen import client
from agrigen.client import Hub, Item
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def farm(steward: Hub) -> Item:
    code = f"C{uuid4().hex[:8]}"
    return steward.farms.create(code=code, name=f"Farm {code}", species="sheep")


@pytest.fixture(scope="module")
def family(steward: Hub, farm: Item) -> dict[str, Item]:
    """A ram, a ewe and their lamb."""
    add = steward.animals.create
    ram = add(farm_id=farm.id, tag="RAM", sex="M", birth_date=date(2020, 3, 1))
    ewe = add(farm_id=farm.id, tag="EWE", sex="F", birth_date=date(2021, 3, 1))
    parents = {"sire_id": ram.id, "dam_id": ewe.id}
    lamb = add(farm_id=farm.id, tag="LAMB", sex="F", birth_date=date(2023, 3, 1), **parents)
    return {"ram": ram, "ewe": ewe, "lamb": lamb}


def test_the_hub_knows_who_one_is(steward):
    me = steward.me()
    assert me.username == "steward"
    assert "animals:write" in me.permissions


def test_a_farm_has_a_summary(steward, farm, family):
    assert steward.farms.get(farm.id).code == farm.code
    assert steward.farms.summary(farm.id).animals == 3


def test_lists_go_over_all_pages_and_stop_where_asked(steward, farm, family, monkeypatch):
    monkeypatch.setattr("agrigen.client.transport.PAGE", 2)
    assert [one.tag for one in steward.animals.iterate(farm=farm.id)] == ["EWE", "LAMB", "RAM"]
    assert len(steward.animals.list(limit=1, farm=farm.id)) == 1


def test_a_frame_has_dates_as_dates(steward, farm, family):
    frame = steward.animals.frame(farm=farm.id)
    assert list(frame["tag"]) == ["EWE", "LAMB", "RAM"]
    assert frame["birth_date"].dt.year.tolist() == [2021, 2023, 2020]


def test_an_empty_frame_still_has_its_columns(steward, farm):
    frame = steward.animals.frame(farm=farm.id, text="nobody is called so")
    assert frame.empty
    assert {"id", "tag", "birth_date"} <= set(frame.columns)


def test_a_pedigree_of_the_hub_is_one_for_the_library(steward, family):
    frame = steward.animals.pedigree(family["lamb"].id, generations=2)
    assert frame["id"].iloc[0] == family["lamb"].id
    pedigree = ag.Pedigree.from_frame(frame)
    assert pedigree.relationship(family["lamb"].id, family["ram"].id) == pytest.approx(0.5)


def test_offspring_are_found_from_their_parents(steward, family):
    assert [one.tag for one in steward.animals.offspring(family["ram"].id)] == ["LAMB"]


def test_a_record_is_added_once_even_when_its_answer_was_lost(steward, family):
    lamb, key = family["lamb"].id, str(uuid4())
    body = {"trait": "weaning_weight", "value": 31.5, "recorded_on": "2023-06-10"}
    path = f"/animals/{lamb}/records"
    first = steward._transport.create(path, body, key=key)
    again = steward._transport.create(path, body, key=key)
    assert first.id == again.id
    records = steward.records.frame(lamb)
    assert records["value"].tolist() == [31.5]
    assert records["recorded_on"].iloc[0] == pd.Timestamp("2023-06-10")


def test_an_implausible_record_says_what_to_do(steward, family):
    with pytest.raises(client.Invalid) as caught:
        steward.records.add(family["lamb"].id, trait="weaning_weight", value=31_500.0)
    assert caught.value.status == 422
    assert caught.value.request_id
    assert caught.value.errors


def test_an_animal_that_is_not_there_is_missing(steward):
    with pytest.raises(client.Missing) as caught:
        steward.animals.get(str(uuid4()))
    assert caught.value.code == "animals.not_found"


def test_a_second_animal_of_one_tag_is_a_conflict(steward, farm, family):
    with pytest.raises(client.Conflict):
        steward.animals.create(farm_id=farm.id, tag="RAM")


def test_a_misspelt_filter_is_refused_with_the_known_ones(steward):
    with pytest.raises(client.Invalid, match="Allowed here"):
        steward.animals.list(frm="x")


def test_somebody_without_a_role_may_not_look(live_api):
    with (
        client.connect(live_api.url, live_api.token("nobody")) as hub,
        pytest.raises(client.Denied),
    ):
        hub.animals.list()


def test_an_unknown_token_is_not_signed_in(live_api):
    with client.connect(live_api.url, "not-a-token") as hub, pytest.raises(client.NotSignedIn):
        hub.me()


def test_a_file_is_kept_as_it_is(steward):
    content = b"id,sex\nRAM,M\n"
    first = steward.files.upload(content, name="animals é.csv")
    assert (first.name, first.size) == ("animals é.csv", len(content))
    assert first.sha256 == steward.files.upload(content, name="again.csv").sha256


def test_an_import_is_queued_for_its_farm(steward, farm, tmp_path):
    path = tmp_path / "animals.csv"
    path.write_text("id,sex\nNEW,F\n")
    taken = steward.imports.upload(path, farm=farm.id, kind="animals")
    assert (taken.state, taken.farm_id) == ("queued", farm.id)
    assert taken.id in {one.id for one in steward.imports.iterate(farm_id=farm.id)}
    with pytest.raises(client.Failed, match="still queued"):
        steward.imports.wait(taken.id, timeout_seconds=0)


def test_there_is_no_evaluation_of_a_trait_nobody_evaluated(steward):
    with pytest.raises(client.Missing):
        steward.evaluations.latest("no_such_trait")


def test_an_evaluation_without_records_is_refused_with_a_remedy(steward, farm):
    model = {
        "traits": ["fat_percent"],
        "effects": [{"name": "animal", "type": "animal"}],
        "variances": {"animal": 1.0, "residual": 2.0},
    }
    with pytest.raises(client.Invalid, match="records"):
        steward.evaluations.create(model, farms=[farm.id])


def test_a_running_evaluation_is_followed_and_cancelled(steward, farm, family):
    steward.records.add(family["ewe"].id, trait="birth_weight", value=4.5)
    model = {
        "traits": ["birth_weight"],
        "effects": [{"name": "animal", "type": "animal"}],
        "variances": {"animal": 1.0, "residual": 2.0},
    }
    run = steward.evaluations.create(model, farms=[farm.id])
    assert run.state == "queued"
    assert run.covariances == {"animal": 1.0, "residual": 2.0}
    assert run.item["id"] in {one.id for one in steward.evaluations.list(trait="birth_weight")}
    assert set(run.dataset.pedigree()["tag"]) == {"RAM", "EWE", "LAMB"}
    assert run.dataset.data()["birth_weight"].tolist() == [4.5]
    assert run.cancel().state == "cancelled"
    with pytest.raises(client.Failed, match="cancelled"):
        run.wait(progress=lambda _: None)


def test_traits_have_units(steward):
    traits = steward.traits.frame().set_index("code")
    assert traits.loc["weaning_weight", "unit"] == "kg"
