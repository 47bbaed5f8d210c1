"""Reports through the client and the real API service."""

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from agrigen import client
from agrigen.client import Hub, Item
from agrigen.client.reports import SUBJECTS
from tests.hubs import LiveApi


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def farm(steward: Hub) -> Item:
    code = f"R{uuid4().hex[:8]}"
    farm = steward.farms.create(code=code, name=f"Farm {code}", species="sheep")
    steward.animals.create(farm_id=farm.id, tag="EWE", sex="F", birth_date=date(2021, 3, 1))
    return farm


def test_every_subject_comes_as_frames(steward: Hub, farm: Item) -> None:
    for subject in SUBJECTS:
        assert steward.reports.frames(farm, subject)
    ages = steward.reports.frames(farm, "composition", language="fr")["ages"]
    assert ages["animals"].tolist() == [1]
    assert str(ages["animals"].dtype) == "Int64"
    assert steward.reports.benchmarks(farm).empty


def test_reports_are_saved_as_files(steward: Hub, farm: Item, tmp_path: Path) -> None:
    [ewe] = steward.animals.list(farm=farm.id)
    assert steward.reports.report(farm, tmp_path / "flock.pdf").read_bytes().startswith(b"%PDF-")
    assert steward.reports.report(farm, tmp_path / "flock.xlsx").read_bytes().startswith(b"PK")
    table = steward.reports.table(farm, "animals", tmp_path / "animals.csv")
    assert "EWE" in table.read_text("utf-8-sig")
    assert steward.reports.summary(ewe, tmp_path / "ewe.pdf").read_bytes().startswith(b"%PDF-")
