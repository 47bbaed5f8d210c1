"""Large objects: written once, found by their hash, and a store that is away says so."""

import os
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from hub.errors import Missing, Unavailable
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects, S3Objects, sha256


def test_what_was_put_is_found_by_its_hash_and_stored_once(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    assert objects.put(b"lambs") == objects.put(b"lambs") == sha256(b"lambs")
    assert objects.get(sha256(b"lambs")) == b"lambs"
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_a_file_is_stored_as_its_content_is(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "objects")
    file = tmp_path / "report.txt"
    file.write_bytes(b"lambs" * 1_000_000)
    digest = objects.put_file(file)
    assert digest == objects.put(file.read_bytes()) == objects.put_pieces([b"lambs"] * 1_000_000)
    with objects.local(digest) as path:
        assert path.read_bytes() == file.read_bytes()
    assert b"".join(objects.pieces(digest)) == file.read_bytes()
    assert [(one.digest, one.size) for one in objects.digests()] == [(digest, 5_000_000)]


def test_what_is_fetched_is_called_as_wished(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "objects")
    path = objects.fetch(objects.put(b"lambs"), tmp_path, "lambs.bed")
    assert (path.name, path.read_bytes()) == ("lambs.bed", b"lambs")


def test_what_is_deleted_is_gone_and_may_be_deleted_again(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    digest = objects.put(b"lambs")
    for _ in range(2):
        objects.delete(digest)
    assert not objects.has(digest)
    assert list(objects.digests()) == []


def test_what_is_written_again_is_young_again(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    digest = objects.put(b"lambs")
    with objects.local(digest) as path:
        os.utime(path, (0, 0))
    objects.put(b"lambs")
    assert next(objects.digests()).written_at.year > 2000


def test_a_name_that_is_no_digest_is_not_a_path(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("lambs")
    objects = FolderObjects(tmp_path / "objects")
    for name in ("../../secret", "secret", str(tmp_path / "secret"), "a" * 63 + "/"):
        with pytest.raises(Missing), objects.local(name):
            pass
        with pytest.raises(Missing):
            objects.get(name)


def test_parts_of_an_upload_stand_beside_the_objects(tmp_path: Path) -> None:
    objects, upload = FolderObjects(tmp_path), new_id()
    for number, content in ((2, b"bs"), (1, b"la"), (1, b"lam")):
        objects.put_part(upload, number, content)
    assert b"".join(objects.get_part(upload, number) for number in (1, 2)) == b"lambs"
    assert objects.uploads() == {upload}
    assert list(objects.digests()) == []
    objects.remove_parts(upload)
    assert objects.uploads() == set()


def test_what_is_gone_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        FolderObjects(tmp_path).get(sha256(b"nothing"))


def test_an_s3_that_does_not_answer_is_worth_another_attempt() -> None:
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",
        region_name="eu-west-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )
    objects = S3Objects(client, "bucket", "prefix")
    with pytest.raises(Unavailable):
        objects.put(b"lambs")
    with pytest.raises(Unavailable):
        objects.get(sha256(b"lambs"))
