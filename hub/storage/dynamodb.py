"""DynamoDB: the state of people (conversations, messages, sign-in sessions).

Only the portable subset is used, so that Amazon's service and the embedded store behave alike:
single-item conditional writes, queries by key and by indexes declared at creation, `ttl` filtered
on every read (deletion by TTL may come days later, or never). What must be atomic over several
items belongs in PostgreSQL.

One table for each purpose, all named with the prefix of the settings:

| table         | partition key            | sort key                      | index        |
|---------------|--------------------------|-------------------------------|--------------|
| conversations | `owner`: person's id     | `id`: conversation's id       | by_update,   |
|               |                          |                               | by_tombstone |
| messages      | `conversation`: owner#id | `place`: M#<place> or R#<hash>|              |
| sessions      | `username`: escaped      | `session`: SHA-256 of its id  |              |
| credentials   | `owner`: a hash or person| `credential`: kind and id     |              |
| profiles      | `person`: person's id    | `item`: PROFILE, PREF#<name>  |              |

Whose an item is stands in its partition key, so a query for one person cannot reach another's.
"""

import hashlib
import math
import random
import re
import time
from asyncio import get_running_loop
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hub.errors import Invalid, Unavailable
from hub.settings import Settings

Item = dict[str, Any]
T = TypeVar("T")

CONNECTIONS = 8
LARGEST_ITEM = 350_000  # bytes as we count them; DynamoDB refuses above 400 KB
_LONGEST_KEY = 1000  # bytes; DynamoDB takes 1,024 in a sort key
_BATCH = 25
_ATTEMPTS = 6


@dataclass(frozen=True)
class Table:
    """A table with its keys and the indexes it is created with; all keys are text."""

    name: str
    partition: str
    sort: str
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


# Deleting a conversation removes `touched` (it leaves the list) and sets `tombstone`.
CONVERSATIONS = Table(
    "conversations",
    "owner",
    "id",
    {"by_update": ("owner", "touched"), "by_tombstone": ("tombstone", "id")},
)
MESSAGES = Table("messages", "conversation", "place")
SESSIONS = Table("sessions", "username", "session")
CREDENTIALS = Table("credentials", "owner", "credential")
PROFILES = Table("profiles", "person", "item")
TABLES = (CONVERSATIONS, MESSAGES, SESSIONS, CREDENTIALS, PROFILES)


class ConditionFailedError(Exception):
    """A conditional write found the item in another state; never leaves the repositories."""


def key(*parts: str) -> str:
    """Parts of a key joined with '#'; any text is safe in a part, and the result always fits."""
    joined = "#".join(quote(part, safe="@+ ", errors="surrogatepass") for part in parts)
    if len(joined) <= _LONGEST_KEY:
        return joined
    return "sha256." + hashlib.sha256(joined.encode()).hexdigest()


def is_alive(item: Item, now: float) -> bool:
    """Whether an item has not passed its `ttl` (seconds since 1970)."""
    return "ttl" not in item or item["ttl"] > now


@dataclass(frozen=True)
class Store:
    """The client, the prefix of the tables, and the few threads that may wait for it."""

    client: Any
    prefix: str
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(CONNECTIONS, "dynamodb"), repr=False
    )

    async def run(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Call a repository function in one of the store's threads: `function(store, ...)`."""
        call = partial(function, self, *arguments, **named)
        return await get_running_loop().run_in_executor(self.threads, call)

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    def get(self, table: Table, partition: str, sort: str) -> Item | None:
        """The item as it is now (strongly consistent), unless it has passed its ttl."""
        answer = self._call(
            "get_item", table, Key=_key_of(table, partition, sort), ConsistentRead=True
        )
        item = _unpack(answer["Item"]) if "Item" in answer else None
        return item if item and is_alive(item, time.time()) else None

    def create(self, table: Table, item: Item) -> None:
        """Add an item; ConditionFailedError when one with this key exists."""
        packed = _pack(item)
        _check_size(item)
        self._call(
            "put_item",
            table,
            Item=packed,
            **_expressions(
                {"ConditionExpression": f"attribute_not_exists(#{table.partition})"}, {}
            ),
        )

    def update(
        self, table: Table, partition: str, sort: str, change: str, condition: str, **values: Any
    ) -> Item:
        """Change an item that fulfills the condition and return it as it is then.

        Names are written `#name` and values `:value` in both expressions.
        """
        expressions = {"UpdateExpression": change}
        if condition:
            expressions["ConditionExpression"] = condition
        answer = self._call(
            "update_item",
            table,
            Key=_key_of(table, partition, sort),
            ReturnValues="ALL_NEW",
            **_expressions(expressions, values),
        )
        return _unpack(answer["Attributes"])

    def delete(
        self, table: Table, partition: str, sort: str, condition: str = "", **values: Any
    ) -> None:
        expressions = {"ConditionExpression": condition} if condition else {}
        self._call(
            "delete_item",
            table,
            Key=_key_of(table, partition, sort),
            **_expressions(expressions, values),
        )

    def query(
        self,
        table: Table,
        partition: str,
        *,
        index: str = "",
        below: str = "",
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """Living items of one partition in the order of the sort key, up to `below` (exclusive).

        Reads on until `limit` is reached: DynamoDB ends a page at 1 MB, however few items it had.
        """
        first, second = table.indexes[index] if index else (table.partition, table.sort)
        condition = f"#{first} = :partition" + (f" AND #{second} < :below" if below else "")
        values = {"partition": partition} | ({"below": below} if below else {})
        request = {
            "ScanIndexForward": not descending,
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **({"Limit": limit} if limit else {}),
            **_expressions({"KeyConditionExpression": condition}, values),
        }
        now, found = time.time(), []
        for item in self._pages("query", table, request):
            if is_alive(item, now):
                found.append(item)
            if limit and len(found) == limit:
                break
        return found

    def everything(self, table: Table, partition: str) -> list[Item]:
        """All items of one partition, those past their ttl too: for exports and erasures."""
        condition = {"KeyConditionExpression": f"#{table.partition} = :partition"}
        request = {"ConsistentRead": True, **_expressions(condition, {"partition": partition})}
        return list(self._pages("query", table, request))

    def delete_many(self, table: Table, keys: Sequence[tuple[str, str]]) -> None:
        """Delete items in batches, again and again until the store has taken all."""
        name = self.prefix + table.name
        for start in range(0, len(keys), _BATCH):
            waiting = [
                {"DeleteRequest": {"Key": _key_of(table, *one)}}
                for one in keys[start : start + _BATCH]
            ]
            for attempt in range(_ATTEMPTS):
                answer = self._request("batch_write_item", RequestItems={name: waiting})
                waiting = answer.get("UnprocessedItems", {}).get(name, [])
                if not waiting:
                    break
                time.sleep(0.05 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311
            else:
                raise _busy()

    def sweep(self, table: Table, now: float) -> int:
        """Delete what has passed its ttl and return how many; run from time to time.

        The only scan there is, and not for the API: Amazon deletes by itself (see ensure_tables),
        the embedded store does not.
        """
        request = _expressions({"FilterExpression": "#ttl <= :now"}, {"now": int(now)})
        expired = list(self._pages("scan", table, request))
        deleted = 0
        for item in expired:
            try:
                self.delete(
                    table, item[table.partition], item[table.sort], "#ttl <= :now", now=int(now)
                )
                deleted += 1
            except ConditionFailedError:  # renewed since we looked
                continue
        return deleted

    def ensure_tables(self) -> None:
        """Create the tables that are missing; called by migrations, never by a request."""
        for table in TABLES:
            try:
                self._request("create_table", **_definition(table, self.prefix))
            except ClientError as error:
                if _code(error) != "ResourceInUseException":
                    raise
            self._wait_until_active(table)
            self._expire_by_itself(table)

    def is_ready(self) -> bool:
        """Whether the store answers and has all tables."""
        try:
            states = [self._status(table) for table in TABLES]
        except Unavailable:
            return False
        return all(state == "ACTIVE" for state in states)

    def _status(self, table: Table) -> str:
        answer = self._call("describe_table", table)
        return str(answer["Table"]["TableStatus"])

    def _wait_until_active(self, table: Table, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while self._status(table) != "ACTIVE":
            if time.monotonic() > deadline:
                raise _busy()
            time.sleep(0.1)

    def _expire_by_itself(self, table: Table) -> None:
        """Have Amazon delete what has passed its ttl; other stores may not know how."""
        specification = {"Enabled": True, "AttributeName": "ttl"}
        try:
            self._call("update_time_to_live", table, TimeToLiveSpecification=specification)
        except ClientError as error:
            # ValidationException: it is on already.
            if _code(error) not in {"UnknownOperationException", "ValidationException"}:
                raise

    def _pages(self, operation: str, table: Table, request: Mapping[str, Any]) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while True:
            answer = self._call(operation, table, **request, **start)
            yield from map(_unpack, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _call(self, operation: str, table: Table, **request: Any) -> Any:
        return self._request(operation, TableName=self.prefix + table.name, **request)

    def _request(self, operation: str, **request: Any) -> Any:
        """One request; every way in which the store can be away becomes Unavailable."""
        try:
            return getattr(self.client, operation)(**request)
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                raise ConditionFailedError from error
            if _code(error) in _AWAY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise _busy() from error
            if _code(error) == "ResourceNotFoundException":
                raise _no_tables() from error
            if _code(error) in _REFUSED:
                raise _refused() from error
            raise
        except BotoCoreError as error:
            raise _busy() from error


_AWAY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "LimitExceededException",
}
_REFUSED = {
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
}


def open_store(settings: Settings) -> Store:
    """A store for these settings; it connects at the first request.

    Credentials are found where boto3 looks: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile
    or the role of the machine.
    """
    if not settings.dynamodb_endpoint:
        raise Unavailable(
            "storage.no_dynamodb",
            "This process does not know its DynamoDB. Set AGRIGEN_DYNAMODB_ENDPOINT to an address "
            "or to 'aws', or use `make run`, which starts a store and sets it.",
        )
    endpoint = None if settings.dynamodb_endpoint == "aws" else settings.dynamodb_endpoint
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 4},
    )
    # A session of our own: boto3's default session is shared by the process and not thread-safe.
    client = Session(region_name=settings.dynamodb_region).client(
        "dynamodb", endpoint_url=endpoint, config=config
    )
    return Store(client, settings.dynamodb_prefix)


def _definition(table: Table, prefix: str) -> dict[str, Any]:
    """What CreateTable wants to know."""
    keys = {table.partition, table.sort, *(one for pair in table.indexes.values() for one in pair)}
    definition: dict[str, Any] = {
        "TableName": prefix + table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": one, "AttributeType": "S"} for one in sorted(keys)
        ],
        "KeySchema": _schema(table.partition, table.sort),
    }
    if table.indexes:
        definition["GlobalSecondaryIndexes"] = [
            {
                "IndexName": name,
                "KeySchema": _schema(*pair),
                "Projection": {"ProjectionType": "ALL"},
            }
            for name, pair in table.indexes.items()
        ]
    return definition


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _expressions(expressions: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Expressions with the names and values they use; text of people only ever is a value."""
    if not expressions:
        return {}
    names = set(re.findall(r"#(\w+)", " ".join(expressions.values())))
    request: dict[str, Any] = dict(expressions)
    request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    if values:
        packed = _pack(values)
        request["ExpressionAttributeValues"] = {f":{name}": one for name, one in packed.items()}
    return request


def _key_of(table: Table, partition: str, sort: str) -> dict[str, Any]:
    return _pack({table.partition: partition, table.sort: sort})


def _pack(item: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(_to_decimal(value)) for name, value in item.items()}


def _unpack(item: Mapping[str, Any]) -> Item:
    deserialize = TypeDeserializer().deserialize
    return {name: _from_decimal(deserialize(value)) for name, value in item.items()}


def _to_decimal(value: Any) -> Any:
    """Floats as the shortest decimal that gives them back; boto3 takes no floats."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("storage.not_a_number", f"The value {value} cannot be stored.")
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _to_decimal(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_to_decimal(one) for one in value]
    return value


def _from_decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _from_decimal(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_from_decimal(one) for one in value]
    return value


def _check_size(item: Mapping[str, Any]) -> None:
    size = _size(item)
    if size > LARGEST_ITEM:
        raise Invalid(
            "storage.item_too_large",
            f"This has {size:,} bytes; at most {LARGEST_ITEM:,} can be kept in one piece. "
            "Make it shorter or send it in parts.",
        )


def _size(value: Any) -> int:
    """Bytes of a value as DynamoDB counts them, a little generously."""
    if isinstance(value, Mapping):
        return 3 + sum(len(str(name).encode()) + 1 + _size(one) for name, one in value.items())
    if isinstance(value, list | tuple):
        return 3 + sum(1 + _size(one) for one in value)
    return len(value.encode()) if isinstance(value, str) else 21


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _busy() -> Unavailable:
    return Unavailable(
        "storage.dynamodb_unreachable",
        "The store of conversations and sessions is not answering. Try again in a moment; a "
        "request that is repeated with the same id is not done twice.",
        retry_after=2,
    )


def _no_tables() -> Unavailable:
    return Unavailable(
        "storage.dynamodb_no_tables",
        "The store of conversations and sessions has no tables yet. The operator makes them with "
        "`python -m hub migrate`.",
    )


def _refused() -> Unavailable:
    return Unavailable(
        "storage.dynamodb_refused",
        "The store of conversations and sessions does not accept the hub's credentials. The "
        "operator sets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the hub's processes.",
    )
