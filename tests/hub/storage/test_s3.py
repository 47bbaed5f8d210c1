"""The object store in S3, with the real client against a server that speaks S3.

AGRIGEN_TEST_S3 is its address, such as that of MinIO or of `moto_server` on this machine; what is
there is not touched, each test has a bucket of its own.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from hub.errors import Missing
from hub.storage.base import new_id
from hub.storage.objects import PIECE, S3Objects, sha256


@pytest.fixture
def objects() -> Iterator[S3Objects]:
    address = os.environ.get("AGRIGEN_TEST_S3")
    if not address:
        pytest.skip("no S3 server; set AGRIGEN_TEST_S3 to the address of one")
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "nobody"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "nothing"),
    )
    bucket = f"agrigen-test-{new_id()}"
    client.create_bucket(Bucket=bucket)
    yield S3Objects(client, bucket, "some/prefix")
    for found in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
        client.delete_object(Bucket=bucket, Key=found["Key"])
    client.delete_bucket(Bucket=bucket)


def test_an_object_is_what_was_put(objects: S3Objects, tmp_path: Path) -> None:
    content = bytes(range(256)) * (10 * PIECE // 256) + b"end"
    file = tmp_path / "large"
    file.write_bytes(content)
    digest = sha256(content)
    assert objects.put(content) == objects.put_file(file) == digest
    assert objects.put_pieces([content[:7], content[7:]]) == digest
    assert objects.get(digest) == b"".join(objects.pieces(digest)) == content
    assert objects.size(digest) == len(content)
    with objects.local(digest) as path:
        assert path.read_bytes() == content
    assert not path.exists()
    assert objects.fetch(digest, tmp_path, "lambs.bed").read_bytes() == content
    (listed,) = objects.digests()
    assert (listed.digest, listed.size) == (digest, len(content))
    assert datetime.now(UTC) - listed.written_at < timedelta(minutes=5)


def test_what_is_not_there_is_missing(objects: S3Objects) -> None:
    digest = sha256(b"nothing")
    assert not objects.has(digest)
    for act in (objects.get, objects.size):
        with pytest.raises(Missing):
            act(digest)
    with pytest.raises(Missing), objects.local(digest):
        pass
    assert not objects.delete(digest)


def test_only_what_is_old_is_deleted(objects: S3Objects) -> None:
    digest = objects.put(b"lambs")
    assert not objects.delete(digest, unless_since=datetime.now(UTC) - timedelta(hours=1))
    assert objects.has(digest)
    assert objects.delete(digest, unless_since=datetime.now(UTC) + timedelta(hours=1))
    assert not objects.has(digest)


def test_parts_stand_beside_the_objects(objects: S3Objects) -> None:
    upload = new_id()
    for number, content in ((2, b"bs"), (1, b"la"), (1, b"lam")):
        objects.put_part(upload, number, content)
    assert b"".join(objects.get_part(upload, number) for number in (1, 2)) == b"lambs"
    assert objects.uploads() == {upload}
    assert list(objects.digests()) == []
    objects.remove_parts(upload)
    assert objects.uploads() == set()
    with pytest.raises(Missing):
        objects.get_part(upload, 1)
