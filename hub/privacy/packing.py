"""Pack everything that is held about a person: made from the map, in constant memory."""

import asyncio
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hub import audit
from hub.accounts import addresses
from hub.audit.personal import opened
from hub.jobs import Run
from hub.privacy import repository
from hub.privacy.held import Held
from hub.privacy.items import items_of
from hub.privacy.map import ITEMS, PERSONAL
from hub.privacy.service import KEPT
from hub.storage.dynamodb import Store, open_store
from hub.storage.objects import ObjectStore
from hub.storage.sealing import Sealer, open_sealer
from hub.storage.transaction import Transaction, begin

README = """\
What this hub holds about you

tables/   one file for each table of the database that has rows about you
items/    conversations, messages, sign-ins, tokens and your profile
files/    the files that you brought
manifest.json   what is in this archive, in words, with the SHA-256 of every file

Rows are as they are stored. Digests of passwords, codes and tokens are left out: they say nothing
about you and could help somebody else. Data of your farms that is not about a person is taken along
as an export of the farm; what you keep in JupyterLab is in your home folder there.
"""


@dataclass
class Archive:
    """The ZIP as it is written, and what its manifest will say."""

    path: Path
    manifest: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def entry(self, name: str, about: str, **more: Any) -> Iterator[Callable[[bytes], None]]:
        """Write one file of any size, a piece at a time."""
        hashed, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as file:

            def write(piece: bytes) -> None:
                nonlocal size
                hashed.update(piece)
                size += len(piece)
                file.write(piece)

            yield write
        told = {"name": name, "about": about, "size": size, "sha256": hashed.hexdigest()}
        self.manifest.append({**told, **more})

    def close(self) -> None:
        with self._zip:
            content = json.dumps(self.manifest, indent=1, ensure_ascii=False)
            self._zip.writestr("manifest.json", content)
            self._zip.writestr("README.txt", README)


async def run_export(run: Run, export_id: UUID) -> None:
    """Write, keep for a day, tell; an attempt after a crash begins anew."""
    settings = run.resources.settings
    store = await asyncio.to_thread(open_store, settings)
    try:
        with tempfile.TemporaryDirectory(prefix="agrigen-person-") as folder:
            path = Path(folder) / "about-you.zip"
            await pack(run, store, open_sealer(settings), path)
            size = path.stat().st_size
            digest = await run.in_thread(run.objects.put_file, path)
    finally:
        store.close()
    now = datetime.now(UTC)
    values = {
        "state": "done", "error": "", "object": digest, "sha256": digest, "size": size,
        "finished_at": now, "expires_at": now + KEPT,
    }  # fmt: skip
    async with begin(run.engine, run.actor) as tx:
        await repository.change_export(tx.session, export_id, values)
        await audit.write(tx, "privacy:exported", subject_id=export_id, size=size, sha256=digest)
        await run.finish(tx, f"{size:,} bytes")


async def pack(run: Run, store: Store, sealer: Sealer, path: Path) -> None:
    """All of it, as the database is at one moment."""
    archive = Archive(path)
    snapshot = run.engine.execution_options(isolation_level="REPEATABLE READ")
    async with begin(snapshot, run.actor) as tx:
        for place, held in enumerate(PERSONAL):
            run.note(0.8 * place / len(PERSONAL), held.about)
            await _table(tx, archive, held, sealer, run.objects)
    for table in ITEMS:
        found = await store.run(items_of, table.name, run.actor.person_id, run.actor.username)
        secret = set(table.hidden.split())
        rows = [{name: one[name] for name in one if name not in secret} for one in found]
        await run.in_thread(_write_rows, archive, f"items/{table.name}.json", table.about, rows)
    await run.in_thread(archive.close)


async def _table(
    tx: Transaction, archive: Archive, held: Held, sealer: Sealer, objects: ObjectStore
) -> None:
    files: list[dict[str, Any]] = []
    with archive.entry(f"tables/{held.name}.json", held.about) as write:
        before = b"[\n"
        async for row in repository.held_about_me(tx.session, held):
            told = await _readable(tx, held, row, sealer)
            write(before + json.dumps(told, ensure_ascii=False).encode())
            before = b",\n"
            if held.name == "file":
                files.append(row)
        write(b"[]\n" if before == b"[\n" else b"\n]\n")
    for row in files:
        if await asyncio.to_thread(objects.has, row["sha256"]):
            await asyncio.to_thread(_write_file, archive, row, objects)


async def _readable(
    tx: Transaction, held: Held, row: dict[str, Any], sealer: Sealer
) -> dict[str, Any]:
    """What is sealed for others is opened for its person."""
    if held.name == "person_address":
        address = addresses.opened(sealer, tx.actor.person_id, row.pop("sealed"))
        return {**row, "email": address}
    if held.name == "audit_event":
        return {**row, "details": await opened(tx, row["details"])}
    return row


def _write_rows(archive: Archive, name: str, about: str, rows: Iterable[dict[str, Any]]) -> None:
    with archive.entry(name, about) as write:
        write(json.dumps(list(rows), ensure_ascii=False, default=str, indent=1).encode())


def _write_file(archive: Archive, row: dict[str, Any], objects: ObjectStore) -> None:
    safe = "".join(one if one.isalnum() or one in "._- " else "_" for one in row["name"])[-100:]
    name = f"files/{row['id']}-{safe}"
    with archive.entry(name, "A file that you brought", called=row["name"]) as write:
        for piece in objects.pieces(row["sha256"]):
            write(piece)
