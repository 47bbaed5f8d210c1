"""Files are kept as they came, under a clean name, for those who handed them in."""

from pathlib import Path

import pytest

from extensions.base.routing import UPLOAD_LIMIT
from hub import etl, files
from hub.errors import Denied, Invalid, Missing
from hub.etl import ImportCreate, ImportsQuery
from hub.files import FilesQuery, rules
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("flock.csv", "flock.csv"),
        ("C:\\data\\flock.csv", "flock.csv"),
        ("../../etc/passwd", "passwd"),
        ('a"b\r\nX: y.csv', "a_b_X_ y.csv"),
        ("...", "file"),
        ("x" * 200 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert rules.clean_name(given) == kept


def test_a_media_type_cannot_carry_a_header() -> None:
    assert rules.clean_media_type("text/csv; charset=utf-8") == "text/csv"
    assert rules.clean_media_type("text/csv\r\nX: y") == "application/octet-stream"


def kept(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def test_a_file_comes_back_unchanged_and_only_to_its_owner(
    as_: As, make: Make, tmp_path: Path
) -> None:
    objects = FolderObjects(tmp_path)
    fiona = await make.person("fiona", Role.FARMER)
    marc = await make.person("marc", Role.FARMER)
    sam = await make.person("sam", Role.STUDENT)
    content = b"id,sex\nA,F\n"
    async with as_(fiona) as tx:
        one = await files.store(tx, objects, name="a.csv", media_type="text/csv", content=content)
        two = await files.store(tx, objects, name="b.csv", media_type="text/csv", content=content)
    assert one.sha256 == two.sha256
    assert kept(tmp_path) == 1
    async with as_(fiona) as tx:
        assert await files.content(tx, objects, one.id) == content
    with pytest.raises(Missing):
        async with as_(marc) as tx:
            await files.get(tx, one.id)
    with pytest.raises(Denied):
        async with as_(sam) as tx:
            await files.store(tx, objects, name="a", media_type="text/csv", content=b"x")
    with pytest.raises(Invalid):
        async with as_(fiona) as tx:
            await files.store(tx, objects, name="a", media_type="text/csv", content=b"")


async def test_a_file_above_the_limit_of_uploads_is_refused(
    as_: As, make: Make, tmp_path: Path
) -> None:
    frida = await make.person("frida", Role.FARMER)
    content = bytes(files.MAX_BYTES + 1)
    with pytest.raises(Invalid, match="64 MiB"):
        async with as_(frida) as tx:
            await files.store(
                tx, FolderObjects(tmp_path), name="a", media_type="text/csv", content=content
            )
    assert files.MAX_BYTES == UPLOAD_LIMIT
    assert kept(tmp_path) == 0


async def test_one_sees_ones_own_files_and_which_of_them_wait(
    as_: As, make: Make, tmp_path: Path
) -> None:
    objects = FolderObjects(tmp_path)
    nina = await make.person("nina", Role.STEWARD)
    other = await make.person("omar", Role.FARMER)
    farm = await make.farm("FILES")
    async with as_(nina) as tx:
        tried, taken, last = [
            await files.store(tx, objects, name=name, media_type="text/csv", content=b"id\nA\n")
            for name in ("tried.csv", "taken.csv", "last.csv")
        ]
        for file, dry_run in ((tried, True), (taken, False)):
            await etl.create(tx, ImportCreate(
                farm_id=farm, kind="animals", file_id=file.id, dry_run=dry_run
            ))  # fmt: skip
    async with as_(other) as tx:
        await files.store(tx, objects, name="o.csv", media_type="text/csv", content=b"id\nB\n")
    async with as_(nina) as tx:
        mine = await files.search(tx, FilesQuery(limit=2))
        rest = await files.search(tx, FilesQuery(cursor=mine.next_cursor))
        waiting = await files.search(tx, FilesQuery(unused=True))
        found = await etl.search(tx, ImportsQuery(farm_id=farm))
    assert [one.name for one in mine.items] == ["last.csv", "taken.csv"]
    assert [one.name for one in rest.items] == ["tried.csv"]
    assert [one.id for one in waiting.items] == [last.id, tried.id]
    assert [(one.file_name, one.person_name) for one in found.items] == [
        ("taken.csv", "Nina"), ("tried.csv", "Nina"),
    ]  # fmt: skip
