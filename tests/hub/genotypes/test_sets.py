"""From genotype files to a set: samples find their animals, quality and parents are reported."""

import json
import subprocess
from pathlib import Path
from typing import Literal
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import agrigen as ag
from hub import genotypes
from hub.actor import Actor
from hub.animals.models import Animal, AnimalIdentifier
from hub.errors import Conflict, Denied, Invalid, Limited, Missing
from hub.genotypes import (
    ExportQuery,
    GenotypeSetRead,
    GenotypeSetsQuery,
    LinksPut,
    MarkersQuery,
    PanelsQuery,
    ParentageQuery,
    RegionQuery,
    SamplesQuery,
    exporting,
    matching,
)
from hub.genotypes.content import find, kept_samples
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.genotyping import Flock, Genotyping, flock, plink, settle, unzipped
from tests.workers import Door, until

ALL = SamplesQuery(limit=1000)


class Scene:
    """Fiona works on HILL with a genotyped flock; Marc on LIND; Rita reads HILL."""

    fiona: Actor
    marc: Actor
    rita: Actor
    stella: Actor
    hill: UUID
    lind: UUID
    made: Flock
    animals: dict[str, UUID]
    content: dict[str, bytes]
    first: GenotypeSetRead
    wrong: str
    """Lamb whose recorded sire is another ram."""


@pytest.fixture(scope="module")
def genotyping(as_: As, objects: FolderObjects) -> Genotyping:
    return Genotyping(as_, objects)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(
    make: Make,
    genotyping: Genotyping,
    worker: subprocess.Popen[bytes],
    tmp_path_factory: pytest.TempPathFactory,
    owner_engine: AsyncEngine,
) -> Scene:
    one = Scene()
    one.fiona, one.marc = (
        await make.person("fiona", Role.FARMER),
        await make.person("marc", Role.FARMER),
    )
    one.rita = await make.person("rita", Role.RESEARCHER)
    one.stella = await make.person("stella", Role.STEWARD)
    one.hill = await make.farm("HILL", owner=one.fiona, reader=one.rita)
    one.lind = await make.farm("LIND", owner=one.marc)
    one.made = flock()
    one.animals = await settle(make, one.hill, one.made)
    one.wrong = "L3"
    other = next(f"M{i}" for i in range(4) if f"M{i}" != one.made.sire[one.wrong])
    async with owner_engine.begin() as connection:
        wrong = update(Animal).where(Animal.id == one.animals[one.wrong])
        await connection.execute(wrong.values(sire_id=one.animals[other]))
    one.content = plink(one.made.genotypes, tmp_path_factory.mktemp("plink"))
    one.first = await genotyping.bring(one.fiona, one.hill, one.content, assembly="Rambouillet")
    return one


async def test_a_set_has_all_samples_linked_and_the_hash_of_its_genotypes(scene: Scene) -> None:
    done, made = scene.first, scene.made.genotypes
    assert (done.state, done.error, done.version) == ("done", "", 1)
    assert done.content_hash == made.sha256
    assert done.counts == {
        "samples": 64, "markers": 1040, "linked": 64, "unlinked": 0,
        "excluded_samples": 0, "excluded_markers": 0,
    }  # fmt: skip
    assert done.farm_ids == [scene.hill]
    assert done.summary["assembly"] == "Rambouillet"
    assert done.provenance["inputs"].keys() == {"file 1", "file 2", "file 3"}


async def test_genotypes_are_loaded_under_the_ids_of_animals(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    async with as_(scene.fiona) as tx:
        loaded = await genotypes.load(tx, objects, scene.first.id)
        by_sample = await genotypes.load(tx, objects, scene.first.id, names="sample")
    assert list(loaded.genotypes.ids) == [str(scene.animals[name]) for name in scene.made.names]
    assert (loaded.genotypes.dosages() == scene.made.genotypes.dosages()).all()
    assert loaded.content_hash == by_sample.genotypes.sha256 == scene.first.content_hash


async def test_equal_files_make_sets_of_equal_hash_and_one_panel(
    scene: Scene, genotyping: Genotyping, as_: As, tmp_path: Path
) -> None:
    made = scene.made.genotypes
    made.write(tmp_path / "flock.vcf.gz")
    content = {"flock.vcf.gz": (tmp_path / "flock.vcf.gz").read_bytes()}
    again = await genotyping.bring(scene.fiona, scene.hill, content, assembly="Rambouillet")
    assert (again.content_hash, again.panel_id) == (scene.first.content_hash, scene.first.panel_id)
    async with as_(scene.marc) as tx:
        page = await genotypes.panels(tx, PanelsQuery())
    assert [(one.markers, one.assembly) for one in page.items] == [(1040, "Rambouillet")]


async def test_the_wrong_sire_is_excluded_and_the_right_one_proposed(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    async with as_(scene.fiona) as tx:
        everything = ParentageQuery(limit=1000)
        page = await genotypes.parentage(tx, objects, scene.first.id, everything)
        excluded = ParentageQuery(status="excluded")
        wrong = (await genotypes.parentage(tx, objects, scene.first.id, excluded)).items
    assert len([one for one in page.items if one.status == "accepted"]) == 79
    assert [(one.tag, one.role) for one in wrong] == [(scene.wrong, "sire")]
    assert [one.tag for one in wrong[0].proposed] == [scene.made.sire[scene.wrong]]
    assert wrong[0].proposed[0].verdict == "proposed"
    assert scene.first.summary["parentage"]["verdicts"] == {"accepted": 79, "excluded": 1}


async def test_samples_markers_and_quality_are_read_in_pages(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    made = scene.made.genotypes
    async with as_(scene.fiona) as tx:
        samples = await genotypes.samples(tx, scene.first.id, ALL)
        query = MarkersQuery.model_validate({"chromosome": "OAR2", "limit": 7})
        first = await genotypes.markers(tx, objects, scene.first.id, query)
        rest = query.model_copy(update={"cursor": first.next_cursor, "limit": 100})
        second = await genotypes.markers(tx, objects, scene.first.id, rest)
        quality = await genotypes.quality(tx, objects, scene.first.id)
        found = await genotypes.of_animal(tx, scene.animals["L0"])
    assert [one.name for one in samples.items] == scene.made.names
    assert {one.tag for one in samples.items} == set(scene.made.names)
    shown = [*first.items, *second.items]
    assert [one.name for one in shown] == [f"OAR2_{i}" for i in range(40)]
    on = made.markers.on("2")
    assert np.allclose([one.frequency for one in shown], made.frequencies()[on])
    assert not quality.applied
    assert sum(quality.histograms["sample_call_rate"].counts) == 64
    assert quality.histograms["minor_frequency"].threshold == 0.01
    assert {one.set_id for one in found} >= {scene.first.id}


async def test_a_region_equals_slicing(scene: Scene, as_: As, objects: FolderObjects) -> None:
    made = scene.made.genotypes
    query = RegionQuery.model_validate(
        {"chromosome": "3", "from": 20_000_000, "to": 60_000_000, "samples": "L5,M1"}
    )
    async with as_(scene.fiona) as tx:
        found = await genotypes.region(tx, objects, scene.first.id, query)
    on = made.markers.on("3", 20_000_000, 60_000_001)
    assert [one.name for one in found.samples] == ["M1", "L5"]
    assert [one.name for one in found.markers] == list(made.markers.names[on])
    assert found.dosages == made.dosages(["M1", "L5"], on).tolist()
    assert (found.total_markers, found.total_samples) == (on.size, 2)


async def test_a_version_has_what_the_rules_leave_and_nothing_else(
    scene: Scene, as_: As, genotyping: Genotyping, objects: FolderObjects
) -> None:
    rules = {"minor_frequency": 0.3, "hardy_weinberg": None}
    remove = ["L1", "L2"]
    second = await genotyping.derive(scene.fiona, scene.first.id, rules=rules, remove=remove)
    stay = ~np.isin(scene.made.genotypes.ids, remove)
    part = scene.made.genotypes[stay]
    expected = ag.quality_control(part, rules, kind="sheep").apply(part)
    assert (second.version, second.parent_id) == (2, scene.first.id)
    assert second.content_hash == expected.sha256
    assert second.counts["excluded_markers"] == 1040 - expected.shape[1] > 0
    assert second.settings["remove"] == 2
    async with as_(scene.fiona) as tx:
        loaded = await genotypes.load(tx, objects, second.id)
        made_of = await genotypes.search(tx, GenotypeSetsQuery(parent_id=scene.first.id))
        applied = await genotypes.quality(tx, objects, second.id)
    assert len(loaded.genotypes) == 62
    assert [one.id for one in made_of.items] == [second.id]
    assert applied.applied


async def test_the_filter_that_is_downloaded_repeats_the_version(
    scene: Scene, as_: As, genotyping: Genotyping, objects: FolderObjects
) -> None:
    second = await genotyping.derive(scene.fiona, scene.first.id, rules={"minor_frequency": 0.4})
    async with as_(scene.fiona) as tx:
        content = await genotypes.content(tx, objects, second.id, "filter.json")
    same = ag.QualityFilter.from_mapping(json.loads(content)).apply(scene.made.genotypes)
    assert same.sha256 == second.content_hash


async def test_bad_samples_and_markers_go_with_their_reasons(
    scene: Scene, as_: As, genotyping: Genotyping, tmp_path: Path
) -> None:
    dosages = scene.made.genotypes.dosages()
    dosages[10, ::3] = -1  # a sample of low call rate
    dosages[11] = dosages[12]  # one animal twice
    dosages[:, 5] = 0  # one allele
    bad = ag.Genotypes.from_dosages(dosages, scene.made.names, scene.made.genotypes.markers)
    done = await genotyping.bring(scene.fiona, scene.hill, plink(bad, tmp_path), rules={})
    async with as_(scene.fiona) as tx:
        query = SamplesQuery(state="excluded")
        out = (await genotypes.samples(tx, done.id, query)).items
        found = await genotypes.quality(tx, genotyping.objects, done.id)
    reasons = {one.name: one.reasons for one in out}
    assert reasons["F6"] == ["sample_call_rate"]
    assert "duplicate" in {**reasons}.get("F7", reasons.get("F8", []))
    assert [(one.a, one.b) for one in found.duplicates] == [("F7", "F8")]
    assert done.counts["excluded_samples"] == 2
    assert {one.reason for one in found.dropped} >= {"monomorphic", "sample_call_rate", "duplicate"}


async def test_the_packed_and_the_plink_export_give_the_same_genotypes(
    scene: Scene, as_: As, objects: FolderObjects, tmp_path: Path
) -> None:
    async with as_(scene.fiona) as tx:
        archive, name = await genotypes.export(tx, objects, scene.first.id, ExportQuery())
        vcf, _ = await genotypes.export(
            tx, objects, scene.first.id, ExportQuery(format="vcf", names="animal")
        )
        await genotypes.export(tx, objects, scene.first.id, ExportQuery(format="blupf90"))
        await genotypes.export(tx, objects, scene.first.id, ExportQuery(format="packed"))
    assert name == "flock-1-plink.zip"
    bed, *_ = unzipped(archive, tmp_path / "plink")
    assert ag.Genotypes.read(bed).sha256 == scene.first.content_hash
    [path] = unzipped(vcf, tmp_path / "vcf")
    read = ag.Genotypes.read(path)
    assert set(read.ids) == {str(one) for one in scene.animals.values()}
    assert (read.dosages() == scene.made.genotypes.dosages()).all()


@pytest.mark.parametrize("format_", ["plink", "vcf", "blupf90"])
async def test_an_export_that_is_imported_again_is_the_same_set(
    scene: Scene, as_: As, objects: FolderObjects, genotyping: Genotyping, tmp_path: Path,
    format_: Literal["plink", "vcf", "blupf90"],
) -> None:  # fmt: skip
    async with as_(scene.fiona) as tx:
        query = ExportQuery(format=format_)
        archive, _ = await genotypes.export(tx, objects, scene.first.id, query)
    taken = [path for path in unzipped(archive, tmp_path) if path.suffix != ".map"]
    known = {"panel": scene.first.panel_id} if format_ == "blupf90" else {}  # no alleles in it
    again = await genotyping.bring(
        scene.fiona, scene.hill, {path.name: path.read_bytes() for path in taken},
        assembly="Rambouillet", **known,
    )  # fmt: skip
    assert (again.state, again.error) == ("done", "")
    for name in ("content_hash", "panel_id", "counts", "farm_ids"):
        assert getattr(again, name) == getattr(scene.first, name), name


# --- whose they are


async def test_names_match_tags_and_identifiers_and_nothing_is_lost(
    scene: Scene, as_: As, make: Make, genotyping: Genotyping, tmp_path: Path
) -> None:
    made = flock(2, 3, 0, seed=5)
    named = await make.animal(scene.hill, "A-1")
    identifier = {"farm_id": scene.hill, "animal_id": named, "scheme": "rfid", "value": "RFID1"}
    await make._insert(AnimalIdentifier, id=new_id(), **identifier)
    twins = [await make.animal(scene.hill, f"T{number}") for number in range(2)]
    for number, animal in enumerate(twins):
        same = {"farm_id": scene.hill, "animal_id": animal, "scheme": f"s{number}"}
        await make._insert(AnimalIdentifier, id=new_id(), value="TWIN", **same)
    await make.animal(scene.lind, "HIDDEN")
    ids = ["RFID1", "A-1", "TWIN", "HIDDEN", "lab7"]
    content = plink(ag.Genotypes(made.genotypes.packed, ids, made.genotypes.markers), tmp_path)
    done = await genotyping.bring(scene.fiona, scene.hill, content, names={"lab7": "T1"})
    async with as_(scene.fiona) as tx:
        samples = (await genotypes.samples(tx, done.id, ALL)).items
    assert {one.name: one.tag for one in samples if one.animal_id} == {"RFID1": "A-1", "lab7": "T1"}
    assert {one.name: one.unlinked for one in samples if one.animal_id is None} == {
        "A-1": "the animal A-1 has another sample in this set",
        "TWIN": "2 animals are called TWIN",
        "HIDDEN": "no animal that you see is called HIDDEN",
    }
    assert done.counts["unlinked"] == 3


async def test_links_are_changed_checked_and_parents_compared_again(
    scene: Scene, as_: As, make: Make, genotyping: Genotyping, door: Door, tmp_path: Path
) -> None:
    done = await genotyping.bring(scene.fiona, scene.hill, scene.content, name="links")
    swap = {"L0": scene.animals["L1"], "L1": scene.animals["L0"], "L2": None}
    links = LinksPut.model_validate(
        {"links": [{"sample": name, "animal_id": animal} for name, animal in swap.items()]}
    )
    async with as_(scene.fiona) as tx:
        changed = await genotypes.link(tx, done.id, links)
    assert changed.counts["linked"] == 63

    async def parentage() -> dict[str, int]:
        async with as_(scene.fiona) as tx:
            return (await genotypes.get(tx, done.id)).summary["parentage"]

    told = await until(parentage, lambda found: "verdicts" in found)
    assert told["verdicts"]["accepted"] < 79
    async with as_(scene.fiona) as tx:
        samples = {one.name: one for one in (await genotypes.samples(tx, done.id, ALL)).items}
        assert (await genotypes.get(tx, done.id)).content_hash == done.content_hash
    assert samples["L0"].tag == "L1"
    assert samples["L2"].unlinked == "the link was taken away"
    cow = await make.animal(scene.hill, "COW", species="cattle")
    wrong = [("L2", cow), ("L4", scene.animals["L5"]), ("NOBODY", None), ("L6", new_id())]
    links = LinksPut.model_validate({"links": [{"sample": n, "animal_id": a} for n, a in wrong]})
    with pytest.raises(Invalid) as refused:
        async with as_(scene.fiona) as tx:
            await genotypes.link(tx, done.id, links)
    assert [one.where for one in refused.value.errors] == [f"links.{name}" for name, _ in wrong]


async def test_animals_that_come_later_are_found_when_links_are_asked_for_again(
    scene: Scene, as_: As, make: Make, genotyping: Genotyping, tmp_path: Path
) -> None:
    made = flock(1, 1, 0, seed=9)
    ids = ["later", "never"]
    content = plink(ag.Genotypes(made.genotypes.packed, ids, made.genotypes.markers), tmp_path)
    done = await genotyping.bring(scene.fiona, scene.hill, content)
    assert done.counts["linked"] == 0
    with pytest.raises(Conflict, match="No sample"):
        async with as_(scene.fiona) as tx:
            await genotypes.load(tx, genotyping.objects, done.id)
    later = await make.animal(scene.hill, "later")
    async with as_(scene.fiona) as tx:
        await genotypes.link(tx, done.id, LinksPut())
        samples = (await genotypes.samples(tx, done.id, ALL)).items
    assert [one.animal_id for one in samples] == [later, None]


# --- who sees what


async def test_a_farmer_of_another_farm_sees_nothing(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    async with as_(scene.marc) as tx:
        assert (await genotypes.search(tx, GenotypeSetsQuery())).items == []
        for read in (
            genotypes.get(tx, scene.first.id),
            genotypes.load(tx, objects, scene.first.id),
            genotypes.samples(tx, scene.first.id, ALL),
            genotypes.of_animal(tx, scene.animals["L0"]),
        ):
            with pytest.raises(Missing):
                await read
        for table in ("genotype_set", "sample"):
            count = await tx.session.scalar(text(f"SELECT count(*) FROM app.{table}"))
            assert count == 0, table


async def test_a_reader_derives_but_neither_uploads_nor_links(
    scene: Scene, as_: As, genotyping: Genotyping, objects: FolderObjects
) -> None:
    made = await genotyping.derive(scene.rita, scene.first.id, keep=scene.made.names[:30])
    assert (made.state, made.counts["samples"]) == ("done", 30)
    assert made.person_id == scene.rita.person_id
    with pytest.raises(Denied):
        async with as_(scene.rita) as tx:
            await genotypes.link(tx, scene.first.id, LinksPut())
    with pytest.raises(Denied):
        async with as_(scene.rita) as tx:
            new = genotypes.GenotypeSetCreate(name="x", farm_id=scene.hill, files=[new_id()])
            await genotypes.create(tx, new)


async def test_who_left_a_farm_keeps_the_row_and_loses_the_genotypes(
    scene: Scene, as_: As, make: Make, genotyping: Genotyping, owner_engine: AsyncEngine
) -> None:
    guest = await make.person("guest", Role.FARMER)
    await make.member(scene.hill, guest, "worker")
    done = await genotyping.bring(guest, scene.hill, scene.content)
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM app.farm_member WHERE person_id = :id"), {"id": guest.person_id}
        )
    async with as_(guest) as tx:
        assert (await genotypes.get(tx, done.id)).content_hash
        with pytest.raises(Denied, match="farms that you do not see"):
            await genotypes.load(tx, genotyping.objects, done.id)


async def test_what_is_done_never_changes(scene: Scene, as_: As) -> None:
    for change in (
        "UPDATE app.genotype_set SET content_hash = 'x' WHERE id = :id",
        "UPDATE app.genotype_set SET objects = '{}' WHERE id = :id",
        "UPDATE app.genotype_set SET farm_id = :farm WHERE id = :id",
        "UPDATE app.genotype_set SET farm_ids = ARRAY[farm_id, :farm] WHERE id = :id",
        "DELETE FROM app.genotype_set WHERE id = :id",
    ):
        with pytest.raises(DBAPIError):
            async with as_(scene.fiona) as tx:
                values = {"id": scene.first.id, "farm": scene.lind}
                await tx.session.execute(text(change), values)


async def test_a_version_stays_with_the_farms_of_its_animals_whatever_is_hidden_by_now(
    scene: Scene, as_: As, make: Make, genotyping: Genotyping, owner_engine: AsyncEngine,
    tmp_path: Path,
) -> None:  # fmt: skip
    both = await make.person("both", Role.FARMER)
    second, hidden = await make.farm("TWO"), await make.farm("HIDE")
    for farm in (scene.hill, second):
        await make.member(farm, both, "worker")
    away = await make.animal(second, "AWAY")
    made = flock(1, 2, 0, seed=11)
    ids = ["AWAY", *made.names[1:]]
    content = plink(ag.Genotypes(made.genotypes.packed, ids, made.genotypes.markers), tmp_path)
    first = await genotyping.bring(both, scene.hill, content)
    assert set(first.farm_ids) == {scene.hill, second}
    async with owner_engine.begin() as connection:
        moved = update(Animal).where(Animal.id == away).values(farm_id=hidden)
        await connection.execute(moved)
    version = await genotyping.derive(both, first.id, remove=[ids[2]])
    assert set(version.farm_ids) == {scene.hill, second}
    async with owner_engine.begin() as connection:
        lost = text("DELETE FROM app.farm_member WHERE person_id = :id AND farm_id = :farm")
        await connection.execute(lost, {"id": both.person_id, "farm": second})
    async with as_(both) as tx:
        found = await find(tx, first.id)
        for read in (kept_samples(tx, found), matching.inherited(tx, first.id)):
            with pytest.raises(Denied, match="do not see"):
                await read
    async with as_(scene.fiona) as tx:
        with pytest.raises(Missing):
            await genotypes.get(tx, version.id)


async def test_exports_beyond_those_being_made_are_asked_to_wait(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    with exporting.AT_ONCE, exporting.AT_ONCE:
        async with as_(scene.fiona) as tx:
            with pytest.raises(Limited, match="Other exports are being made"):
                await genotypes.export(tx, objects, scene.first.id, ExportQuery())
    async with as_(scene.fiona) as tx:
        await genotypes.export(tx, objects, scene.first.id, ExportQuery())


async def test_a_long_region_is_read_in_parts_with_the_total(
    scene: Scene, as_: As, objects: FolderObjects
) -> None:
    query = RegionQuery.model_validate(
        {"chromosome": "3", "marker_offset": 30, "markers": 7, "animals": 1}
    )
    async with as_(scene.fiona) as tx:
        found = await genotypes.region(tx, objects, scene.first.id, query)
        behind = query.model_copy(update={"marker_offset": 10**30})
        none = await genotypes.region(tx, objects, scene.first.id, behind)
    assert [one.name for one in found.markers] == [f"OAR3_{i}" for i in range(30, 37)]
    assert (found.total_markers, none.total_markers, none.markers) == (40, 40, [])
