"""Files that cannot be: the set fails in words that name the file and the remedy."""

import gzip
import io
import os
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

import agrigen as ag
from hub import genotypes
from hub.actor import Actor
from hub.errors import Invalid, Missing
from hub.genotypes import PanelsQuery, incoming, rules
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.genotyping import Genotyping, flock, plink


@pytest.fixture(scope="module")
def genotyping(as_: As, objects: FolderObjects) -> Genotyping:
    return Genotyping(as_, objects)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make, worker: subprocess.Popen[bytes]) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make, fiona: Actor) -> UUID:
    return await make.farm("HILL", owner=fiona)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return plink(flock(2, 4, 3).genotypes, tmp_path_factory.mktemp("good"))


def changed(good: dict[str, bytes], ending: str, content: bytes) -> dict[str, bytes]:
    return {name: content if name.endswith(ending) else one for name, one in good.items()}


def vcf(*records: str, header: str = "") -> dict[str, bytes]:
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb"
    text = "\n".join(["##fileformat=VCFv4.2", *filter(None, [header]), columns, *records, ""])
    return {"bad.vcf": text.encode()}


RECORD = "1\t{}\t{}\tA\tG\t.\t.\t.\tGT\t0/1\t1/1"


def cases(good: dict[str, bytes]) -> dict[str, tuple[dict[str, bytes], str]]:
    """What is wrong, the files, and words that the person must read."""
    bed, bim, fam = (good[f"flock{end}"] for end in (".bed", ".bim", ".fam"))
    lines = bim.decode().splitlines()
    people = fam.decode().splitlines()
    twice_marker = "\n".join([lines[0], lines[0], *lines[2:]]).encode()
    twice_sample = "\n".join([people[0], people[0], *people[2:]]).encode()
    more = "".join(f"0\tN{number}\t0\t0\t0\t-9\n" for number in range(10)).encode()
    whole = gzip.compress(vcf(RECORD.format(5, "m"))["bad.vcf"])
    utf16 = "##fileformat=VCFv4.2\n".encode("utf-16")
    return {
        "cut off": (changed(good, ".bed", bed[:-7]), r"flock\.bed.*bytes"),
        "no bed": (changed(good, ".bed", b"\x00" * len(bed)), "does not begin as a .bed"),
        "old bed": (changed(good, ".bed", bed[:2] + b"\x00" + bed[3:]), "rows are samples"),
        "bim of another set": (changed(good, ".bim", bim[: len(bim) // 2]), "words|bytes"),
        "fam of another set": (changed(good, ".fam", fam + more), r"flock\.bed.*19 samples"),
        "marker twice": (changed(good, ".bim", twice_marker), "OAR1_0 stands more than once"),
        "sample twice": (changed(good, ".fam", twice_sample), "M0 stands more than once"),
        "binary map": (changed(good, ".bim", b"\x00\x01\x02"), "zero byte"),
        "empty bim": (changed(good, ".bim", b"\n"), "is empty"),
        "no VCF": ({"bad.vcf": b"hello\n"}, r"bad\.vcf: .*VCF"),
        "three alleles": (vcf("1\t5\tm\tA\tG,T\t.\t.\t.\tGT\t0/1\t1/2"), "ALT alleles"),
        "triploid": (vcf("1\t5\tm\tA\tG\t.\t.\t.\tGT\t0/1/1\t1/1"), "not one or two alleles"),
        "short record": (vcf("1\t5\tm\tA\tG\t.\t.\t.\tGT\t0/1"), "2 samples"),
        "same marker": (vcf(RECORD.format(5, "m"), RECORD.format(6, "m")), "m stands more than"),
        "damaged gzip": ({"bad.vcf.gz": whole[:-12]}, "damaged or ends too early"),
        "UTF-16": ({"bad.vcf": utf16}, "zero byte|does not begin"),
        "no chromosome": (vcf(RECORD.format(5, "m").replace("1\t", "43\t", 1)), "26 autosomes"),
        "no format": ({"notes.txt": b"one two three\n"}, "tells its format"),
        "archive": ({"flock.zip": _zip(b"x")}, "ZIP archive. Unpack"),
        "wrong dosage": ({"g.csv": b"id,m1,m2\na,0,7\n"}, "7"),
        "ragged": ({"g.csv": b"id,m1,m2\na,0\n"}, "g.csv"),
        "long name": (
            {"g.csv": f"id,m1\n{'x' * 5000},0\n".encode()}, r"5,000 characters\. Give names of 200",
        ),
        "for another program": ({"flock.pgen": b"\x6c\x1b\x10" + bytes(50)}, "hub does not take"),
        "assembly": (
            vcf(RECORD.format(5, "m"), header="##reference=Oar_v3.1.fa"), "Oar_v3.1.fa, not Ramb",
        ),
    }  # fmt: skip


def _zip(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("flock.bed", content)
    return sink.getvalue()


async def test_each_bad_file_fails_in_words_for_a_person(
    fiona: Actor, hill: UUID, genotyping: Genotyping, good: dict[str, bytes]
) -> None:
    asked = {
        name: (await genotyping.ask(fiona, hill, content, name=name, assembly="Ramb"), words)
        for name, (content, words) in cases(good).items()
    }
    for name, (one, words) in asked.items():
        done = await genotyping.over(fiona, one.id)
        assert done.state == "failed", name
        assert re.search(words, done.error, re.S), (name, done.error)
        assert "Traceback" not in done.error and "/tmp" not in done.error, name
        assert (done.objects, done.content_hash, done.counts) == ({}, "", {}), name


async def test_a_bomb_is_refused_while_it_unpacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(incoming, "MOST_UNPACKED", 10 * 2**20)
    path = tmp_path / "bomb.vcf.gz"
    path.write_bytes(gzip.compress(b"0" * (12 * 2**20)))
    assert path.stat().st_size < 20_000
    with pytest.raises(Invalid, match="unpacks to more than"):
        incoming.check_size(path)


@pytest.mark.parametrize(
    "names",
    [["a.bed"], ["a.bed", "a.bim"], ["a.bed", "a.bim", "a.bim"], ["a.ped"], ["a.vcf", "b.vcf"],
     ["a.bed", "a.fam", "a.map"]],
)  # fmt: skip
def test_files_that_do_not_belong_together_are_refused_at_once(names: list[str]) -> None:
    with pytest.raises(Invalid, match=r"Give \.bed, \.bim and \.fam together"):
        rules.incoming(names, "auto")


def test_files_of_one_set_may_have_several_stems() -> None:
    plan = rules.incoming(["x.fam", "a.bed", "y.bim"], "auto")
    assert plan.names == ("a.fam", "a.bed", "a.bim")
    assert plan.first == "a.bed"


async def test_wrong_requests_are_refused_before_a_job_is_queued(
    fiona: Actor, hill: UUID, genotyping: Genotyping, good: dict[str, bytes]
) -> None:
    for options, words in (
        ({"rules": {"minor_frequency": 2}}, "minor_frequency is 2"),
        ({"rules": {"min_freq": 0.1}}, "no rule of quality control"),
        ({"rules": {"minor_frequency": "much"}}, "no number"),
        ({"species": "unicorn"}, "no species"),
    ):
        with pytest.raises(Invalid, match=words):
            await genotyping.ask(fiona, hill, good, **options)
    with pytest.raises(Missing):
        await genotyping.ask(fiona, hill, good, panel=new_id())


async def test_rules_that_leave_nothing_say_so(
    fiona: Actor, hill: UUID, genotyping: Genotyping, tmp_path: Path
) -> None:
    made = flock(2, 4, 3).genotypes
    dosages = made.dosages()
    dosages[:, ::2] = -1
    bad = plink(ag.Genotypes.from_dosages(dosages, made.ids, made.markers), tmp_path)
    done = await genotyping.bring(fiona, hill, bad, rules={})
    assert done.state == "failed"
    assert "No sample has a call rate of 0.9" in done.error


async def test_markers_must_be_where_the_panel_has_them(
    fiona: Actor,
    hill: UUID,
    genotyping: Genotyping,
    as_: As,
    good: dict[str, bytes],
    tmp_path: Path,
) -> None:
    first = await genotyping.bring(fiona, hill, good, array="Test 1k")
    moved = good["flock.bim"].replace(b"\t1250001\t", b"\t1250002\t")
    assert moved != good["flock.bim"]
    done = await genotyping.bring(fiona, hill, changed(good, ".bim", moved), panel=first.panel_id)
    assert done.state == "failed"
    assert "stand elsewhere than on the panel Test 1k" in done.error
    other = good["flock.bim"].replace(b"OAR1_0\t", b"NEW_0\t")
    done = await genotyping.bring(fiona, hill, changed(good, ".bim", other), panel=first.panel_id)
    assert "NEW_0 are not on the panel" in done.error
    async with as_(fiona) as tx:
        named = {one.name for one in (await genotypes.panels(tx, PanelsQuery())).items}
    assert "Test 1k" in named


async def test_a_panel_gives_places_to_files_without_any(
    fiona: Actor, hill: UUID, genotyping: Genotyping, good: dict[str, bytes], tmp_path: Path
) -> None:
    first = await genotyping.bring(fiona, hill, good, array="Test 1k")
    made = flock(2, 4, 3).genotypes
    made.write(tmp_path / "flock.csv")
    content = {"flock.csv": (tmp_path / "flock.csv").read_bytes()}
    done = await genotyping.bring(fiona, hill, content, panel=first.panel_id)
    assert done.state == "done", done.error
    assert done.content_hash == first.content_hash


def test_folders_that_a_killed_worker_left_are_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ("agrigen-genotypes-1", "agrigen-genotypes-2", "other-1")
    old, new, other = (tmp_path / name for name in names)
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "flock.bed").write_bytes(b"x")
    for folder in (old, other):
        os.utime(folder, (0, 0))
    incoming.remove_left()
    assert sorted(tmp_path.iterdir()) == [new, other]


async def test_a_part_of_somebody_else_s_file_is_not_read(
    fiona: Actor, hill: UUID, genotyping: Genotyping, as_: As, make: Make, good: dict[str, bytes]
) -> None:
    marc = await make.person("marc", Role.FARMER)
    theirs = await genotyping.hand_in(marc, vcf(RECORD.format(5, "m")))
    mine = await genotyping.hand_in(fiona, vcf(RECORD.format(6, "n")))
    new = genotypes.GenotypeSetCreate(name="x", farm_id=hill, files=[[*mine, *theirs]])
    with pytest.raises(Missing, match="no such file"):
        async with as_(fiona) as tx:
            await genotypes.create(tx, new)


async def test_a_spreadsheet_computes_nothing_of_a_report(
    fiona: Actor, hill: UUID, genotyping: Genotyping, as_: As, tmp_path: Path
) -> None:
    made = flock(2, 4, 3).genotypes
    ids = ["=HYPERLINK(1)", "@SUM(A1)", *made.ids[2:]]
    content = plink(ag.Genotypes(made.packed, ids, made.markers), tmp_path)
    done = await genotyping.bring(fiona, hill, content, match="none")
    assert done.state == "done", done.error
    async with as_(fiona) as tx:
        table = await genotypes.content(tx, genotyping.objects, done.id, "samples.csv")
    assert table.decode().splitlines()[1].startswith("'=HYPERLINK(1),")
    assert table.decode().splitlines()[2].startswith("'@SUM(A1),")
