"""The embedded key-value store: durable, and open only to who holds the key of the installation."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hub.local.dynamodb import EmbeddedDynamoDB
from hub.settings import CHECKOUT
from tests.running import free_ports


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDynamoDB]:
    home = tmp_path_factory.mktemp("dynamodb")
    packages = CHECKOUT / "var" / "node"  # installed once for all tests
    packages.mkdir(parents=True, exist_ok=True)
    (home / "node").symlink_to(packages)
    with EmbeddedDynamoDB(home, free_ports(1)) as store:
        yield store


def client(store: EmbeddedDynamoDB, key: str | None = None, secret: str | None = None) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=store.endpoint,
        region_name="eu-west-1",
        aws_access_key_id=key or store.credentials.access_key,
        aws_secret_access_key=secret or store.credentials.secret_key,
        config=Config(retries={"max_attempts": 1}),
    )


def test_the_key_of_the_installation_opens_it(store: EmbeddedDynamoDB) -> None:
    assert client(store).list_tables()["TableNames"] == []


@pytest.mark.parametrize(
    ("key", "secret"), [("local", "local"), (None, "guessed"), ("local", None)]
)
def test_another_key_or_secret_is_refused(
    store: EmbeddedDynamoDB, key: str | None, secret: str | None
) -> None:
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client(store, key, secret).list_tables()


def test_a_request_without_a_signature_is_refused(store: EmbeddedDynamoDB) -> None:
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "Content-Type": "application/x-amz-json-1.0",
    }
    answer = httpx.post(store.endpoint, headers=headers, content="{}")
    assert answer.status_code == 400
    assert "TableNames" not in answer.text


def test_a_signed_request_cannot_be_used_with_another_body(store: EmbeddedDynamoDB) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    headers = {
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "Content-Type": "application/x-amz-json-1.0",
    }
    request = AWSRequest("POST", f"{store.endpoint}/", headers, b"{}")
    key = store.credentials
    SigV4Auth(Credentials(key.access_key, key.secret_key), "dynamodb", "eu-west-1").add_auth(
        request
    )
    signed = dict(request.headers.items())
    assert httpx.post(store.endpoint, headers=signed, content="{}").status_code == 200
    assert httpx.post(store.endpoint, headers=signed, content='{"Limit":1}').status_code == 400


def test_it_is_not_reachable_from_other_machines(store: EmbeddedDynamoDB) -> None:
    table = Path("/proc/net/tcp").read_text()
    (line,) = [row for row in table.splitlines() if f":{store.port:04X} 00000000:0000 0A" in row]
    assert line.split()[1].startswith("0100007F:")


def test_what_was_acknowledged_survives_kill_9(store: EmbeddedDynamoDB) -> None:
    ours = client(store)
    ours.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ours.get_waiter("table_exists").wait(TableName="kept", WaiterConfig={"Delay": 1})
    for number in range(100):
        ours.put_item(TableName="kept", Item={"id": {"S": f"Mähre {number}"}})
    assert store.child and store.child.pid
    os.kill(store.child.pid, signal.SIGKILL)
    store.child.process.wait()  # type: ignore[union-attr]
    assert not store.alive
    store.start()
    assert client(store).scan(TableName="kept")["Count"] == 100
