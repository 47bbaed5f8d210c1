"""What nobody refers to goes; what anything refers to stays, however indirectly."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import files
from hub.files import references
from hub.files.collecting import collect, reached
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


def grow_old(objects: FolderObjects) -> None:
    for path in objects.folder.rglob("*"):
        os.utime(path, (0, 0))


async def test_every_column_is_read_or_cannot_hold_a_digest(owner_engine: AsyncEngine) -> None:
    async with owner_engine.connect() as connection:
        found = await references.columns(connection)
    unknown = [
        one
        for one in found
        if one.type not in references.READ | references.CANNOT | {"enum"}
        and (one.schema, one.table) not in references.MENTIONED
    ]
    assert unknown == [], "say in hub/files/references.py whether digests can stand in this type"
    read = {f"{one.table}.{one.name}" for one in found if one.type in references.READ}
    assert {
        "file.sha256", "photo.sha256", "photo.thumbnail_sha256", "genotype_set.objects",
        "panel.objects", "dataset_version.objects", "evaluation.objects", "association.objects",
        "import.changes_object", "import.stage",
    } <= read  # fmt: skip


async def test_what_is_referred_to_stays_and_the_rest_goes(
    owner_engine: AsyncEngine, as_: As, make: Make, objects: FolderObjects
) -> None:
    fiona = await make.person("fiona", Role.FARMER)
    pieces = [objects.put(b"piece %d" % number) for number in range(2)]
    content = json.dumps({"pieces": pieces}).encode()
    async with as_(fiona) as tx:
        file = await files.store(
            tx, objects, name="a.json", media_type="application/json", content=content
        )
    garbage = objects.put(b"garbage")
    objects.put_part(new_id(), 1, b"of an upload that nobody knows")
    grow_old(objects)
    young = objects.put(b"young garbage")

    said = await collect(owner_engine, objects)
    assert (said.kept, said.young, said.removed, said.removed_bytes, said.uploads) == (
        3,
        1,
        1,
        7,
        1,
    )
    assert objects.has(garbage)

    assert await collect(owner_engine, objects, really=True) == said
    stay = {file.sha256, *pieces, young}
    assert {one.digest for one in objects.digests()} == stay
    assert objects.uploads() == set()

    async with as_(fiona) as tx:
        await files.remove(tx, file.id)
    grow_old(objects)
    await collect(owner_engine, objects, really=True)
    # Who took a file away stays in the audit log; that is no reason to keep it.
    assert not any(objects.has(one) for one in (*pieces, young))


class InBits(FolderObjects):
    """Gives its objects in small pieces."""

    def pieces(self, digest: str) -> Iterator[bytes]:
        content = self.get(digest)
        return (content[start : start + 50] for start in range(0, len(content), 50))


async def test_lists_of_any_length_are_followed(tmp_path: Path) -> None:
    objects = InBits(tmp_path)
    pieces = [objects.put(b"piece %d" % number) for number in range(20)]
    listed = objects.put(json.dumps({"pieces": pieces}).encode())
    other = objects.put(json.dumps([objects.put(b"unnamed")[:63]]).encode())
    stored = {one.digest: one for one in objects.digests()}
    assert reached(objects, stored, [listed, other]) == {listed, other, *pieces}
    # more than any list of before
    stored = {name: one._replace(size=1 << 40) for name, one in stored.items()}
    assert reached(objects, stored, [listed]) == {listed, *pieces}


class Busy(FolderObjects):
    """Somebody begins an upload while it is looked what the objects refer to."""

    begun = new_id()

    def pieces(self, digest: str) -> Iterator[bytes]:
        self.put_part(self.begun, 1, b"the first part")
        return super().pieces(digest)


async def test_an_upload_that_begins_while_others_are_collected_keeps_its_parts(
    owner_engine: AsyncEngine, as_: As, make: Make, tmp_path: Path
) -> None:
    objects = Busy(tmp_path)
    nora = await make.person("nora", Role.FARMER)
    async with as_(nora) as tx:
        await files.store(tx, objects, name="b.json", media_type="application/json", content=b"[1]")
    said = await collect(owner_engine, objects, really=True)
    assert said.uploads == 0
    assert objects.get_part(Busy.begun, 1) == b"the first part"


async def test_what_is_written_again_while_it_is_collected_stays(objects: FolderObjects) -> None:
    digest = objects.put(b"lambs")
    grow_old(objects)
    since = datetime.now(UTC) - timedelta(hours=1)
    objects.put(b"lambs")
    assert not objects.delete(digest, unless_since=since)
    assert objects.get(digest) == b"lambs"
    grow_old(objects)
    assert objects.delete(digest, unless_since=since)
    assert not objects.has(digest)


async def test_what_a_killed_writer_left_is_swept(objects: FolderObjects) -> None:
    objects.put(b"lambs")
    left = objects.folder / "v1" / "incoming" / "tmp123"
    left.write_bytes(b"half")
    objects.sweep(datetime.now(UTC) - timedelta(hours=1))
    assert left.exists()
    grow_old(objects)
    objects.sweep(datetime.now(UTC) - timedelta(hours=1))
    assert not left.exists()
    assert len(list(objects.digests())) == 1


async def test_a_digest_in_any_text_of_any_table_is_found(owner_engine: AsyncEngine) -> None:
    digest = "5eed" * 16
    async with owner_engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(
            text("CREATE TABLE app.tomorrow (a jsonb, b text[], c text, d int)")
        )
        for column, value in (("a", f'{{"x": ["{digest}"]}}'), ("b", f"{{{digest}}}"),
                              ("c", f"see {digest}.")):  # fmt: skip
            await connection.execute(text("DELETE FROM app.tomorrow"))
            await connection.execute(
                text(f"INSERT INTO app.tomorrow ({column}) VALUES (CAST(:v AS "
                     + {"a": "jsonb", "b": "text[]", "c": "text"}[column] + "))"),
                {"v": value},
            )  # fmt: skip
            assert digest in await references.referred(connection)
        await transaction.rollback()
