"""Genotypes through the client, the real API and a real worker: what goes up comes down."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import agrigen as ag
from agrigen import client
from agrigen.client import GenotypeSet, Hub, Item
from agrigen.client.genotypes import files_of
from hub.local.postgres import DATABASE, Urls
from tests.genotyping import Flock, flock, plink
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
    code = f"G{uuid4().hex[:8]}"
    return steward.farms.create(code=code, name=f"Farm {code}", species="sheep")


@pytest.fixture(scope="module")
def made() -> Flock:
    return flock(2, 6, 8, seed=3)


@pytest.fixture(scope="module")
def found(
    steward: Hub, farm: Item, made: Flock, tmp_path_factory: pytest.TempPathFactory
) -> GenotypeSet:
    """The flock's genotypes, uploaded by the name of the .bed alone."""
    ids: dict[str, str] = {}
    for name in made.names:
        parents = {"sire_id": ids.get(made.sire.get(name)), "dam_id": ids.get(made.dam.get(name))}
        year = 2024 if name[0] == "L" else 2020
        ids[name] = steward.animals.create(
            farm_id=farm.id, tag=name, sex=made.sex[name], birth_date=f"{year}-03-01", **parents
        ).id
    folder = tmp_path_factory.mktemp("plink")
    plink(made.genotypes, folder)
    return steward.genotypes.upload(folder / "flock.bed", farm=farm, name="flock")


def test_genotypes_come_down_as_they_went_up(found: GenotypeSet, made: Flock) -> None:
    assert found.state == "done"
    assert found.content_hash == made.genotypes.sha256
    down = found.genotypes()
    assert (down.dosages() == made.genotypes.dosages()).all()
    assert list(down.ids) == made.names
    by_animal = found.genotypes("animal")
    assert set(by_animal.ids) == set(found.samples()["animal_id"])


def test_reports_are_frames(found: GenotypeSet, made: Flock) -> None:
    assert found.samples()["tag"].tolist() == made.names
    parents = found.parentage()
    assert set(parents["status"]) == {"accepted"}
    assert len(parents) == 16
    markers = found.markers(chromosome=2)
    assert markers["name"].tolist() == [f"OAR2_{i}" for i in range(40)]
    assert found.quality().counts["samples"] == 16
    assert found.file("samples.csv").startswith(b"name,state,")


def test_a_region_is_a_frame_over_all_its_pages(
    found: GenotypeSet, made: Flock, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = found._transport.get

    def small(path: str, **query: object) -> Item:
        return get(path, **query, markers=15, animals=6)

    monkeypatch.setattr(found._transport, "get", small)
    frame = found.region(4)
    on = made.genotypes.markers.on("4")
    assert frame.columns.tolist() == list(made.genotypes.markers.names[on])
    assert frame.index.tolist() == made.names
    assert (frame.to_numpy(dtype=int) == made.genotypes.dosages(markers=on)).all()


def test_a_version_and_a_link(steward: Hub, found: GenotypeSet, made: Flock) -> None:
    second = found.derive(rules={"minor_frequency": 0.2}, remove=["L0"])
    assert (second.version, second.parent_id) == (2, found.item["id"])
    assert second.counts["samples"] <= 15
    second.link({"L1": None})
    assert second.counts["linked"] == second.counts["samples"] - 1
    assert second.link().counts["linked"] == second.counts["samples"] - 1  # taken away stays so
    animal = found.samples()["animal_id"].iloc[-1]
    assert set(steward.genotypes.of_animal(animal)["version"]) == {1, 2}
    assert 1040 in steward.genotypes.panels()["markers"].tolist()


def test_a_researcher_who_works_on_a_farm_uploads(
    live_api: LiveApi, steward: Hub, farm: Item, made: Flock, tmp_path: Path
) -> None:
    made.genotypes.write(tmp_path / "flock.vcf.gz")
    with client.connect(live_api.url, live_api.token("researcher")) as hub:
        hub.me()  # known from now on
        with pytest.raises(client.Missing):
            hub.genotypes.upload(tmp_path / "flock.vcf.gz", farm=farm)
        place = {"username": "researcher", "role": "worker"}
        browser = live_api.browser("steward")  # a token confirms nobody
        assert browser.post(f"/farms/{farm.id}/members", json=place).is_success
        done = hub.genotypes.upload(tmp_path / "flock.vcf.gz", farm=farm, wait=False).wait()
        assert done.content_hash == made.genotypes.sha256


def test_a_large_file_goes_up_in_parts(
    steward: Hub, farm: Item, made: Flock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agrigen.client.genotypes.PART", 1500)
    plink(made.genotypes, tmp_path)
    done = steward.genotypes.upload(tmp_path / "flock.bed", farm=farm)
    assert done.settings["parts"][0] == 3
    assert done.content_hash == made.genotypes.sha256


def test_what_agrigen_says_of_a_bad_file_is_what_the_person_reads(
    steward: Hub, farm: Item, tmp_path: Path
) -> None:
    path = tmp_path / "bad.vcf"
    path.write_text("this is no VCF\n")
    with pytest.raises(client.Failed, match=r"bad\.vcf.*does not begin as a VCF"):
        steward.genotypes.upload(path, farm=farm)


def test_files_that_belong_together_are_found() -> None:
    assert [one.name for one in files_of("a/b.bed")] == ["b.bed", "b.bim", "b.fam"]
    assert [one.name for one in files_of("b.ped")] == ["b.ped", "b.map"]
    assert [one.name for one in files_of(["b.vcf"])] == ["b.vcf"]


def test_the_set_opens_as_genotypes_of_the_library(found: GenotypeSet) -> None:
    assert isinstance(found.genotypes(), ag.Genotypes)
