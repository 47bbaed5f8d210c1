"""A watched prefix of S3, with the real client and a server that speaks S3 (AGRIGEN_TEST_S3)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from hub.errors import Invalid, Unavailable
from hub.etl.watching.bucket import Bucket
from hub.etl.watching.seen import Changed, Refused
from hub.storage.base import new_id

KEYS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}


@pytest.fixture
def lab() -> Iterator[tuple[Any, str]]:
    address = os.environ.get("AGRIGEN_TEST_S3")
    if not address:
        pytest.skip("no S3 server; set AGRIGEN_TEST_S3 to the address of one")
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **KEYS)
    name = f"agrigen-test-{new_id()}"
    client.create_bucket(Bucket=name)
    yield client, name
    for found in client.list_objects_v2(Bucket=name).get("Contents", ()):
        client.delete_object(Bucket=name, Key=found["Key"])
    client.delete_bucket(Bucket=name)


def test_objects_below_the_prefix_are_taken_as_they_were_listed(
    lab: tuple[Any, str], tmp_path: Path
) -> None:
    client, name = lab
    for key in ("in/a.csv", "in/deep/b.csv", "in/c.csv.part", "inner/d.csv", "e.csv"):
        client.put_object(Bucket=name, Key=key, Body=b"id\nA1\n")
    bucket = Bucket(client, name, "/in/", most_bytes=10)
    assert {one.key for one in bucket.look("**/*")} == {"a.csv", "deep/b.csv"}
    [seen] = bucket.look("*.csv")
    bucket.fetch(seen, tmp_path / "copy", lambda: False)
    assert (tmp_path / "copy").read_bytes() == b"id\nA1\n"
    client.put_object(Bucket=name, Key="in/a.csv", Body=b"id\nA2\n")
    with pytest.raises(Changed):
        bucket.fetch(seen, tmp_path / "copy", lambda: False)
    client.put_object(Bucket=name, Key="in/a.csv", Body=b"id\nA2\nlong\n")
    with pytest.raises(Refused, match="at most 10"):
        bucket.fetch(bucket.look("*.csv")[0], tmp_path / "copy", lambda: False)
    with pytest.raises(Invalid, match="may list and read it"):
        Bucket(client, f"{name}-none", "", most_bytes=10).look("*")


def test_a_bucket_that_is_away_is_told_and_tried_again() -> None:
    client = boto3.client(
        "s3", endpoint_url="http://127.0.0.1:1", region_name="us-east-1", **KEYS,
        config=boto3.session.Config(retries={"max_attempts": 1}, connect_timeout=1),
    )  # fmt: skip
    with pytest.raises(Unavailable, match="does not answer"):
        Bucket(client, "lab", "", most_bytes=10).look("*")
