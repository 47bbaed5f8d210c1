"""Large files come in parts, in any order, again after a break, and never half."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import update

from hub import files, jobs
from hub.actor import Actor
from hub.errors import Conflict, Denied, Full, Invalid, Limited, Missing, TooLarge
from hub.files import Limits, UploadCreate, UploadRead, uploads
from hub.files.models import Upload
from hub.files.parts import PART_BYTES
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import Workers

LINE = b"DE0123456789,2026-03-01,31.5\n"
THREE_PARTS = (b"animal,date,weight\n" + LINE * 1_250_000)[: 2 * PART_BYTES + 1000]


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


def part(number: int) -> bytes:
    return THREE_PARTS[(number - 1) * PART_BYTES : number * PART_BYTES]


class Sender:
    """Somebody who uploads."""

    def __init__(self, as_: As, actor: Actor, objects: FolderObjects, limits: Limits) -> None:
        self.as_, self.actor, self.objects, self.limits = as_, actor, objects, limits

    async def start(self, size: int = len(THREE_PARTS), sha256: str | None = None) -> UploadRead:
        new = UploadCreate(name="weights.csv", size=size, media_type="text/csv", sha256=sha256)
        async with self.as_(self.actor) as tx:
            return await uploads.create(tx, self.objects, new, limits=self.limits)

    async def send(self, upload: UUID, number: int, content: bytes | None = None) -> None:
        content = part(number) if content is None else content
        async with self.as_(self.actor) as tx:
            await uploads.put_part(tx, self.objects, upload, number, content, limits=self.limits)

    async def get(self, upload: UUID) -> UploadRead:
        async with self.as_(self.actor) as tx:
            return await uploads.get(tx, upload)

    async def job(self, upload: UUID) -> str:
        """The state of the job that puts the file together."""
        async with self.as_(self.actor) as tx:
            found = await uploads.get(tx, upload)
            assert found.job_id is not None
            return (await jobs.get(tx, found.job_id)).state

    async def finish(self, upload: UUID) -> UploadRead:
        async with self.as_(self.actor) as tx:
            return await uploads.finish(tx, self.objects, upload)

    async def remove(self, upload: UUID) -> None:
        async with self.as_(self.actor) as tx:
            await uploads.remove(tx, self.objects, upload)


async def until(ask: Callable[[UUID], Awaitable[str]], about: UUID, *states: str) -> None:
    for _ in range(600):
        if await ask(about) in states:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {states}")


@pytest.fixture
def sender(as_: As, fiona: Actor, objects: FolderObjects) -> Sender:
    return Sender(as_, fiona, objects, Limits(open_uploads=100))


async def test_parts_in_any_order_and_twice_make_the_file(
    sender: Sender, as_: As, fiona: Actor, objects: FolderObjects
) -> None:
    digest = hashlib.sha256(THREE_PARTS).hexdigest()
    upload = await sender.start(sha256=digest)
    assert (upload.parts, upload.part_bytes, upload.received) == (3, PART_BYTES, [])
    for number in (3, 1, 3):
        await sender.send(upload.id, number)
    assert (await sender.get(upload.id)).received == [1, 3]
    await sender.send(upload.id, 2)
    done = await sender.finish(upload.id)
    assert done.state == "done" and done.file_id is not None
    async with as_(fiona) as tx:
        file = await files.get(tx, done.file_id)
        assert (file.sha256, file.size, file.name) == (digest, len(THREE_PARTS), "weights.csv")
        async with files.path(tx, objects, file.id) as path:
            assert path.read_bytes() == THREE_PARTS
    assert objects.uploads() == set()
    assert (await sender.finish(upload.id)).file_id == done.file_id


async def test_an_upload_with_holes_says_which(sender: Sender) -> None:
    upload = await sender.start()
    await sender.send(upload.id, 2)
    with pytest.raises(Invalid, match=r"2 of 3 parts are not there yet: 1, 3\."):
        await sender.finish(upload.id)
    assert (await sender.get(upload.id)).state == "open"


@pytest.mark.parametrize(
    ("number", "content", "error", "says"),
    [
        (0, b"x", Invalid, "parts 1 to 3"),
        (4, b"x", Invalid, "there is no part 4"),
        (1, b"x" * 1000, Invalid, "must have 16,777,216"),
        (3, b"x" * 1001, Invalid, "must have 1,000"),
        (1, b"x" * (PART_BYTES + 1), TooLarge, "at most 16,777,216"),
    ],
)
async def test_a_part_that_was_cut_off_or_is_none_is_refused(
    sender: Sender, number: int, content: bytes, error: type[Exception], says: str
) -> None:
    upload = await sender.start()
    with pytest.raises(error, match=says):
        await sender.send(upload.id, number, content)


async def test_what_arrives_must_be_what_was_announced(sender: Sender) -> None:
    upload = await sender.start(size=10, sha256="0" * 64)
    await sender.send(upload.id, 1, b"a,b,c\n1,2\n")
    with pytest.raises(Invalid, match="not the file that was announced"):
        await sender.finish(upload.id)


async def test_a_part_that_changed_in_the_store_is_asked_for_again(
    sender: Sender, objects: FolderObjects
) -> None:
    upload = await sender.start(size=10)
    await sender.send(upload.id, 1, b"a,b,c\n1,2\n")
    objects.put_part(upload.id, 1, b"a,b,c\n1,9\n")
    with pytest.raises(Invalid, match="Part 1 is not what was received"):
        await sender.finish(upload.id)
    await sender.send(upload.id, 1, b"a,b,c\n1,2\n")
    assert (await sender.finish(upload.id)).state == "done"


async def test_uploads_are_ones_own(
    sender: Sender, as_: As, make: Make, objects: FolderObjects
) -> None:
    upload = await sender.start()
    stella = await make.person("stella", Role.STEWARD)
    other = Sender(as_, stella, objects, Limits())
    for act in (other.get, other.finish, other.remove):
        with pytest.raises(Missing):
            await act(upload.id)
    with pytest.raises(Missing):
        await other.send(upload.id, 1)
    sam = await make.person("sam", Role.STUDENT)
    with pytest.raises(Denied):
        await Sender(as_, sam, objects, Limits()).start()


async def test_an_upload_that_was_taken_back_leaves_nothing(
    sender: Sender, objects: FolderObjects
) -> None:
    upload = await sender.start()
    await sender.send(upload.id, 1)
    await sender.remove(upload.id)
    assert objects.uploads() == set()
    with pytest.raises(Missing):
        await sender.send(upload.id, 2)


async def test_an_upload_without_news_is_forgotten(
    as_: As, make: Make, objects: FolderObjects, sender: Sender, owner_engine: object
) -> None:
    hasty = Sender(as_, await make.person("hasty", Role.FARMER), objects, Limits())
    upload = await hasty.start()
    await hasty.send(upload.id, 1)
    async with as_(hasty.actor) as tx:
        long_ago = Upload.expires_at - timedelta(days=3)
        await tx.session.execute(
            update(Upload).where(Upload.id == upload.id).values(expires_at=long_ago)
        )
    assert upload.id in objects.uploads()
    await hasty.start()
    assert upload.id not in objects.uploads()
    with pytest.raises(Missing, match="may have expired"):
        await hasty.get(upload.id)


async def test_a_person_has_room_for_so_much_and_no_more(
    as_: As, make: Make, objects: FolderObjects
) -> None:
    """F3."""
    limits = Limits(file_bytes=1000, person_bytes=1500, open_uploads=2)
    gil = Sender(as_, await make.person("gil", Role.FARMER), objects, limits)
    with pytest.raises(TooLarge, match="at most 1000 bytes"):
        await gil.start(size=1001)
    one = await gil.start(size=800)
    with pytest.raises(Full, match=r"You keep 800 bytes of files and may keep 1\.5 KiB"):
        await gil.start(size=701)
    await gil.start(size=10)
    with pytest.raises(Limited, match="2 uploads that are not finished"):
        await gil.start(size=10)
    with pytest.raises(Full):
        async with as_(gil.actor) as tx:
            await files.store(
                tx, objects, name="a.csv", media_type="text/csv", content=b"a" * 701, limits=limits
            )
    await gil.remove(one.id)
    await gil.start(size=701)


async def test_a_file_is_taken_back_unless_something_was_made_from_it(
    as_: As, make: Make, objects: FolderObjects
) -> None:
    hugo = await make.person("hugo", Role.FARMER)
    ina = await make.person("ina", Role.STEWARD)
    async with as_(hugo) as tx:
        file = await files.store(
            tx, objects, name="a.csv", media_type="text/csv", content=b"a,b\n1,2\n"
        )
    with pytest.raises(Denied):
        async with as_(ina) as tx:
            await files.remove(tx, file.id)
    async with as_(hugo) as tx:
        await files.remove(tx, file.id)
    with pytest.raises(Missing):
        async with as_(hugo) as tx:
            await files.get(tx, file.id)


async def test_a_hostile_file_is_refused_when_it_is_whole(sender: Sender) -> None:
    content = b"%PDF-1.7 " + b"x" * 100
    upload = await sender.start(size=len(content))
    await sender.send(upload.id, 1, content)
    with pytest.raises(Invalid, match="is a PDF"):
        await sender.finish(upload.id)


_FULL = """
import resource, sys
from pathlib import Path
from uuid import uuid4
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from hub.errors import Full
from hub.storage.objects import FolderObjects
objects = FolderObjects(Path(sys.argv[1]))
kept = objects.put(b"there is room for this")
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
upload = uuid4()
for act in (lambda: objects.put(bytes(2**21)), lambda: objects.put_pieces([bytes(2**20)] * 2),
            lambda: objects.put_part(upload, 1, bytes(2**21))):
    try:
        act()
    except Full as error:
        assert error.status == 507 and "no room left" in str(error)
    else:
        raise SystemExit("not refused")
assert objects.get(kept) == b"there is room for this"
"""


def test_a_full_disk_is_507_and_leaves_nothing_half(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)],
        check=True, timeout=30, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


async def test_a_large_file_is_put_together_by_a_worker_that_may_be_killed(
    sender: Sender, as_: As, fiona: Actor, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SMALL_BYTES", PART_BYTES)
    sender.objects = FolderObjects(workers.folder / "objects")
    upload = await sender.start(sha256=hashlib.sha256(THREE_PARTS).hexdigest())
    for number in (1, 2, 3):
        await sender.send(upload.id, number)
    waiting = await sender.finish(upload.id)
    assert waiting.state == "finishing" and waiting.file_id is None
    with pytest.raises(Conflict, match=r"takes no more parts\. Wait until it is done"):
        await sender.send(upload.id, 1)
    with pytest.raises(Conflict, match="being put together"):
        await sender.remove(upload.id)
    first = workers.start()
    await until(sender.job, upload.id, "running", "done")
    workers.kill(first)
    workers.start()
    await until(sender.job, upload.id, "done")
    found = await sender.get(upload.id)
    assert found.file_id is not None
    async with as_(fiona) as tx, files.path(tx, sender.objects, found.file_id) as path:
        assert path.read_bytes() == THREE_PARTS
