"""Archives of exports: what is in them, for whom, for how long, and that everything is noted."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import exports, jobs
from hub.actor import Actor
from hub.errors import Conflict, Denied, Gone, Limited, Missing, TooLarge
from hub.exports import ExportCreate, ExportFilters, ExportRead, ExportsQuery, small
from hub.exports.service import MOST_OPEN
from hub.files.references import referred
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.hub.exports.conftest import Farm
from tests.workers import until


class Taking:
    """Ask for an export, wait for it, open it."""

    def __init__(self, as_: As, objects: FolderObjects) -> None:
        self.as_, self.objects = as_, objects

    async def ask(self, actor: Actor, **asked: Any) -> ExportRead:
        async with self.as_(actor) as tx:
            return await exports.create(tx, ExportCreate.model_validate(asked))

    async def over(self, actor: Actor, export_id: UUID) -> ExportRead:
        async def look() -> ExportRead:
            async with self.as_(actor) as tx:
                return await exports.get(tx, export_id)

        return await until(look, lambda one: one.state in jobs.FINAL, 120)

    async def content(self, actor: Actor, export_id: UUID) -> bytes:
        async with self.as_(actor) as tx:
            _, pieces = await exports.content(tx, self.objects, export_id)
            return b"".join(pieces)

    async def archive(self, actor: Actor, **asked: Any) -> tuple[ExportRead, zipfile.ZipFile]:
        done = await self.over(actor, (await self.ask(actor, **asked)).id)
        assert done.state == "done", done.error
        content = await self.content(actor, done.id)
        assert hashlib.sha256(content).hexdigest() == done.sha256
        assert len(content) == done.size
        return done, zipfile.ZipFile(io.BytesIO(content))


@pytest.fixture(scope="module")
def taking(as_: As, objects: FolderObjects) -> Taking:
    return Taking(as_, objects)


async def test_an_archive_explains_itself(taking: Taking, hill: Farm) -> None:
    done, archive = await taking.archive(
        hill.owner, farm_ids=[hill.id], kinds=["animals", "records"], format="csv",
        filters={"from": "2000-01-01"},
    )  # fmt: skip
    assert sorted(archive.namelist()) == [
        "HILL/animals.csv", "HILL/records.csv", "datapackage.json", "dictionary.xlsx",
        "provenance.json",
    ]  # fmt: skip
    told = json.loads(archive.read("provenance.json"))
    assert (told["exported_by"], told["filters"]) == ("fiona", {"from": "2000-01-01"})
    assert told["farms"][0]["code"] == "HILL"
    assert told["rows"] == done.counts
    assert told["software"].startswith("AgriGen ")
    for file in told["files"]:
        content = archive.read(file["path"])
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
    package = json.loads(archive.read("datapackage.json"))
    for one in package["resources"]:
        header = archive.read(one["path"]).decode().splitlines()[0].split(",")
        assert [field["name"] for field in one["schema"]["fields"]] == header
    sheet = openpyxl.load_workbook(io.BytesIO(archive.read("dictionary.xlsx"))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:3] == ["Table", "Column", "Meaning"]
    assert ("Animals", "birth_date") in {(r[0], r[1]) for r in sheet.iter_rows(values_only=True)}


@pytest.mark.parametrize("format_", ["csv", "xlsx", "parquet", "json", "jsonl"])
async def test_what_one_may_not_see_is_in_no_file(
    taking: Taking, hill: Farm, make: Make, format_: str
) -> None:
    marc = await make.person(f"marc-{format_}", Role.FARMER)
    far = await make.farm(f"FAR-{format_}", owner=marc)
    secret = await make.animal(far, f"SECRET-{format_}", sex="M")
    await make.animal(hill.id, f"OURS-{format_}", sire_id=secret)
    kinds = ["animals", "records", "events", "identifiers", "groups", "places"]
    _, archive = await taking.archive(hill.owner, farm_ids=[hill.id], kinds=kinds, format=format_)
    every = b"".join(archive.read(name) for name in archive.namelist())
    if format_ == "xlsx":
        books = [one for one in archive.namelist() if one.startswith("HILL/")]
        every = b"".join(
            part.read(name) for one in books
            for part in [zipfile.ZipFile(io.BytesIO(archive.read(one)))]
            for name in part.namelist()
        )  # fmt: skip
    if format_ != "parquet":
        assert f"OURS-{format_}".encode() in every
    assert b"SECRET" not in every
    assert b"FAR-" not in every
    with pytest.raises(Missing):
        await taking.ask(hill.owner, farm_ids=[far], format=format_)


async def test_an_export_is_of_one_person_and_ends_with_their_farm(
    taking: Taking, hill: Farm, make: Make
) -> None:
    guest, other = await make.person("guest", Role.ADVISER), await make.person("o", Role.STEWARD)
    await make.member(hill.id, guest, "worker")
    done = await taking.over(guest, (await taking.ask(guest, farm_ids=[hill.id])).id)
    assert done.state == "done"
    with pytest.raises(Missing):
        await taking.content(other, done.id)
    await make.leave(hill.id, guest)
    with pytest.raises(Missing):
        await taking.content(guest, done.id)


async def test_an_archive_is_kept_for_a_week(
    taking: Taking, hill: Farm, as_: As, urls: Urls, owner_engine: AsyncEngine
) -> None:
    done, _ = await taking.archive(hill.owner, farm_ids=[hill.id], kinds=["places"])
    async with owner_engine.connect() as owner:
        assert done.sha256 in await referred(owner)
    assert done.expires_at is not None
    assert done.expires_at - datetime.now(UTC) > timedelta(days=6)
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "UPDATE app.export SET expires_at = now() - interval '1 day' WHERE id = %s", [done.id]
        )
    with pytest.raises(Gone):
        await taking.content(hill.owner, done.id)
    async with as_(hill.owner) as tx:
        listed = {one.id: one.state for one in (await exports.search(tx, ExportsQuery())).items}
    assert listed[done.id] == "expired"
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute("SELECT object, sha256 FROM app.export WHERE id = %s", [done.id])
        assert row.fetchone() == ("", done.sha256)
    async with owner_engine.connect() as owner:
        assert done.sha256 not in await referred(owner)  # so it is taken away


async def test_every_export_and_download_is_in_the_log(
    taking: Taking, hill: Farm, as_: As, urls: Urls
) -> None:
    done, _ = await taking.archive(hill.owner, farm_ids=[hill.id], kinds=["animals"])
    async with as_(hill.owner) as tx:
        await exports.table(tx, hill.id, "animals", "csv", ExportFilters())
        await exports.remove(tx, done.id)
    with psycopg.connect(urls.owner, row_factory=dict_row) as connection:
        rows = connection.execute(
            "SELECT action, details FROM app.audit_event WHERE action LIKE 'exports:%%' "
            "AND subject_id IN (%s, %s) ORDER BY id", [done.id, hill.id],
        ).fetchall()  # fmt: skip
    told = {row["action"]: row["details"] for row in rows}
    assert {"exports:create", "exports:finish", "exports:download", "exports:remove",
            "exports:table"} <= set(told)  # fmt: skip
    assert told["exports:finish"]["sha256"] == done.sha256


async def test_filters_hold_for_every_file(taking: Taking, hill: Farm) -> None:
    asked = {"from": "2022-01-02", "to": "2022-01-02", "traits": ["weight"]}
    done, archive = await taking.archive(
        hill.owner, farm_ids=[hill.id], kinds=["records"], format="jsonl", filters=asked
    )
    rows = [json.loads(line) for line in archive.read("HILL/records.jsonl").splitlines()]
    assert {(row["date"], row["trait"]) for row in rows} == {("2022-01-02", "weight")}
    assert done.counts == {"records": len(rows)} == {"records": 2}


async def test_what_does_not_fit_together_is_refused(
    taking: Taking, hill: Farm, make: Make, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (
        {"farm_ids": [], "format": "csv"},
        {"farm_ids": [hill.id], "format": "plink"},
        {"farm_ids": [hill.id], "format": "csv", "genotype_set_id": hill.id},
        {"farm_ids": [hill.id, hill.id], "format": "csv"},
        {"farm_ids": [hill.id], "filters": {"from": date(2024, 1, 2), "to": date(2024, 1, 1)}},
    ):
        with pytest.raises(ValidationError):
            ExportCreate.model_validate(wrong)
    sam = await make.person("sam", Role.STUDENT)
    with pytest.raises(Denied):
        await taking.ask(sam, farm_ids=[hill.id])
    async with as_(hill.owner) as tx:
        with pytest.raises(Missing, match="There is no cows"):
            await exports.table(tx, hill.id, "cows", "csv", ExportFilters())
        monkeypatch.setattr(small, "MOST_ROWS", 3)
        with pytest.raises(TooLarge, match="POST /exports"):
            await exports.table(tx, hill.id, "animals", "csv", ExportFilters())


async def test_only_some_exports_wait_at_a_time(taking: Taking, hill: Farm, as_: As) -> None:
    async with as_(hill.owner) as tx:
        new = ExportCreate(farm_ids=(hill.id,))
        asked = [await exports.create(tx, new) for _ in range(MOST_OPEN)]
        with pytest.raises(Limited):
            await exports.create(tx, new)
        with pytest.raises(Conflict):
            await exports.remove(tx, asked[0].id)
        for one in asked:
            assert (await exports.cancel(tx, one.id)).state == "cancelled"
