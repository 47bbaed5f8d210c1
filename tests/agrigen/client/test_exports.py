"""Exports through the client, the real API and a real worker: what is saved is what is there."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pytest

import agrigen as ag
from agrigen import client
from agrigen.client import Hub, Item
from hub.local.postgres import DATABASE, Urls
from tests.genotyping import flock, plink
from tests.hubs import LiveApi
from tests.workers import Workers


@pytest.fixture(scope="module", autouse=True)
def worker(live_api: LiveApi) -> Iterator[None]:
    """A worker on the database and the objects of the live API."""
    urls = Urls(*(live_api.postgres.url(f"agrigen_{role}", DATABASE) for role in ("owner", "app")))
    workers = Workers(urls, live_api.home)
    workers.start()
    yield
    workers.stop()


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Iterator[Hub]:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


@pytest.fixture(scope="module")
def farm(steward: Hub) -> Item:
    code = f"X{uuid4().hex[:8]}"
    farm = steward.farms.create(code=code, name=f"Farm {code}", species="sheep")
    for number in range(3):
        steward.animals.create(farm_id=farm.id, tag=f"=E{number}", sex="F")
    return farm


def test_a_table_is_saved_at_once(steward: Hub, farm: Item, tmp_path: Path) -> None:
    saved = steward.exports.table(farm.id, tmp_path / "animals.csv")
    assert pd.read_csv(saved)["id"].tolist() == ["'=E0", "'=E1", "'=E2"]
    assert [one.name for one in tmp_path.iterdir()] == ["animals.csv"]
    saved = steward.exports.table(farm.id, tmp_path / "a.parquet", filters={"status": "sold"})
    assert pd.read_parquet(saved).empty
    with pytest.raises(client.Missing, match="Tables are animals"):
        steward.exports.table(farm.id, tmp_path / "no.csv", kind="cows")
    assert not (tmp_path / "no.csv").exists()


def test_an_archive_is_saved_when_it_is_made(steward: Hub, farm: Item, tmp_path: Path) -> None:
    saved = steward.exports.save(farm.id, target=tmp_path, kinds=["animals"], format="json")
    assert saved.name.startswith(f"{farm.code}-json-")
    assert pd.read_json(io.BytesIO(zipfile.ZipFile(saved).read(f"{farm.code}/animals.json")))[
        "id"
    ].tolist() == ["=E0", "=E1", "=E2"]
    newest = steward.exports.list(limit=1)[0]
    assert (newest.state, newest.downloads) == ("done", 1)
    steward.exports.remove(newest.id)
    with pytest.raises(client.Missing):
        steward.exports.get(newest.id)


@pytest.mark.parametrize("format_", ["plink", "vcf", "blupf90"])
def test_genotypes_are_taken_along(steward: Hub, farm: Item, tmp_path: Path, format_: str) -> None:
    made = flock(2, 3, 4, seed=5)
    plink(made.genotypes, tmp_path)
    found = steward.genotypes.upload(tmp_path / "flock.bed", farm=farm, name=format_)
    saved = steward.exports.save(
        genotype_set=found.item["id"], target=tmp_path / "g.zip", format=format_
    )
    outer = zipfile.ZipFile(saved)
    [inner] = [name for name in outer.namelist() if name.endswith(".zip")]
    assert "provenance.json" in outer.namelist()
    folder = tmp_path / "out"
    zipfile.ZipFile(io.BytesIO(outer.read(inner))).extractall(folder)
    main = {"plink": "genotypes.bed", "vcf": "genotypes.vcf.gz", "blupf90": "genotypes.snp"}
    back = ag.Genotypes.read(folder / main[format_])
    assert (back.dosages() == made.genotypes.dosages()).all()
