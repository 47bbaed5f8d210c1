"""Breeding advice from a notebook, against the real API service."""

from datetime import date
from types import SimpleNamespace
from uuid import uuid4

import pandas as pd
import pytest

from agrigen import client
from agrigen.client import Hub
from agrigen.client.errors import ApiError
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def flock(steward: Hub) -> SimpleNamespace:
    """A ram, his daughter, and a ewe that is not related to him."""
    code = f"B{uuid4().hex[:8]}"
    farm = steward.farms.create(code=code, name=code, species="sheep")

    def animal(tag, sex, **parents):
        born = date(2021, 3, 1)
        return steward.animals.create(farm_id=farm.id, tag=tag, sex=sex, birth_date=born, **parents)

    ram = steward.animals.create(farm_id=farm.id, tag="=RAM", sex="M", birth_date="2018-03-01")
    ewe, daughter = animal("EWE", "F"), animal("DAUGHTER", "F", sire_id=ram.id)
    return SimpleNamespace(farm=farm, ram=ram, ewe=ewe, daughter=daughter)


def test_a_plan_is_a_frame_and_a_table_for_a_spreadsheet(steward, flock):
    plan = steward.breeding.plan(flock.farm.id, "Autumn", most_females=2)
    assert plan.frame()["female_tag"].tolist() == ["EWE"]
    left = plan.unmated()
    assert left["female_tag"].tolist() == ["DAUGHTER"]
    assert left["remarks"].tolist() == ["1 of 1 males are too closely related."]
    assert plan.males()["females"].tolist() == [1]
    assert b"EWE,'=RAM,,0" in plan.csv()
    [kept] = steward.breeding.plans.list(farm=flock.farm.id)
    pd.testing.assert_frame_equal(kept.frame(), plan.frame())
    plan.delete()
    assert steward.breeding.plans.list(farm=flock.farm.id) == []


def test_one_pair_is_told_in_words(steward, flock):
    pair = steward.breeding.pair(flock.ram.id, flock.daughter.id, language="fr")
    assert (pair.verdict, pair.inbreeding) == ("avoid", 0.25)
    assert pair.text.startswith("À éviter") and pair.index is None
    allowed = steward.breeding.pair(flock.ram.id, flock.daughter.id, most_inbreeding=0.3)
    assert allowed.verdict == "careful"
    with pytest.raises(ApiError, match="is a female"):
        steward.breeding.pair(flock.ewe.id, flock.daughter.id)


def test_genes_are_noted_and_read_back(steward, flock):
    steward.breeding.set_gene(flock.ram.id, "PRNP", "arqarr", source="Laboratory")
    steward.breeding.set_gene(flock.ewe.id, "PRNP", "ARR/ARR")
    assert steward.breeding.genes(flock.ram.id)[["genotype", "prnp_type"]].values.tolist() == [
        ["ARR/ARQ", 2]
    ]
    pair = steward.breeding.pair(flock.ram.id, flock.ewe.id)
    assert {one["genotype"]: one["probability"] for one in pair.prnp} == {
        "ARR/ARR": 0.5, "ARR/ARQ": 0.5,
    }  # fmt: skip
    assert steward.breeding.candidates(flock.farm.id)["tag"].tolist() == ["=RAM", "DAUGHTER", "EWE"]
    assert steward.breeding.index(flock.farm.id)["traits"] == []
