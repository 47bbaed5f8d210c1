"""Large objects: written once, found by their hash, and a store that is away says so."""

from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from hub.errors import Missing, Unavailable
from hub.storage.objects import FolderObjects, S3Objects, sha256


def test_what_was_put_is_found_by_its_hash_and_stored_once(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    assert objects.put(b"lambs") == objects.put(b"lambs") == sha256(b"lambs")
    assert objects.get(sha256(b"lambs")) == b"lambs"
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


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
