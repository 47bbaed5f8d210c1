"""Use cases of the exchange: locations, collections, messages in, and the feed of changes."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub import audit, farms
from hub.errors import FieldError, HubError, Invalid, Missing
from hub.exchange import reading, repository, taking
from hub.exchange.collections import ALIASES, COLLECTIONS, Path
from hub.exchange.herd import FARM_SCHEME, OURS, Message
from hub.exchange.outgoing import stamp
from hub.exchange.reading import Members
from hub.exchange.schemas import ChangesQuery, ExchangeQuery
from hub.exchange.taking import Taken
from hub.farms import FarmQuery
from hub.farms.models import Farm
from hub.permissions import Permission
from hub.storage.paging import MAX_LIMIT
from hub.storage.transaction import Transaction

BATCH = 1000


@dataclass(frozen=True)
class Feed:
    """Changes of a farm; `restart`: whoever follows drops everything and begins anew."""

    messages: list[Message]
    token: str
    restart: bool = False


async def locations(tx: Transaction) -> list[Message]:
    """The farms that the caller may exchange data of."""
    tx.actor.require(Permission.FARMS_READ)
    found = await farms.search(tx, FarmQuery(limit=MAX_LIMIT))
    return [
        {
            "resourceType": "icarLocationResource",
            "identifier": {"scheme": FARM_SCHEME, "id": farm.code},
            "name": farm.name,
            "timeZoneId": farm.time_zone,
            "meta": {"source": OURS, "sourceId": str(farm.id), "modified": stamp(farm.created_at)},
        }
        for farm in found.items
    ]


async def members(
    tx: Transaction, scheme: str, location: str, name: str, query: ExchangeQuery
) -> Members:
    """One page of a collection of a farm."""
    path = collection(name)
    return await reading.members(tx, await _farm(tx, scheme, location), path, query)


async def take(tx: Transaction, scheme: str, location: str, name: str, message: Any) -> Taken:
    """Take one message in; the answer is the message as it stands here."""
    path, farm = await _to_write(tx, scheme, location, name)
    taken = await taking.take(tx, farm, path, message)
    await _note(tx, farm, path, taken=1, refused=0)
    return taken


async def take_all(
    tx: Transaction, scheme: str, location: str, name: str, messages: Sequence[Any]
) -> list[Message]:
    """Take messages in, each on its own: a bad one does not keep the others out."""
    path, farm = await _to_write(tx, scheme, location, name)
    if len(messages) > BATCH:
        text = f"{len(messages):,} messages are more than {BATCH:,}."
        raise Invalid("exchange.too_many", text, errors=[FieldError("body", text, "Send fewer.")])
    results = [await _one_of_many(tx, farm, path, message) for message in messages]
    refused = sum(1 for one in results if "id" not in one)
    await _note(tx, farm, path, taken=len(results) - refused, refused=refused)
    return results


async def _one_of_many(tx: Transaction, farm: Farm, path: Path, message: Any) -> Message:
    """The result of one message of a batch, as ADE tells it."""
    try:
        async with tx.session.begin_nested():
            taken = await taking.take(tx, farm, path, message)
    except HubError as error:
        meta = message.get("meta") if isinstance(message, dict) else None
        named = {"meta": meta} if isinstance(meta, dict) else {}
        return {**named, "messages": refusal(error)}
    notes = [
        {"severity": "Information", "title": "Read with a repair", "detail": note}
        for note in taken.notes
    ]
    named = {name: taken.message[name] for name in ("id", "meta") if name in taken.message}
    return {**named, "messages": notes}


def refusal(error: HubError) -> list[Message]:
    """Everything that is wrong, in ADE's form."""
    return [
        {
            "type": f"urn:agrigen:problem:{error.code}",
            "severity": "Error",
            "status": error.status,
            "title": "The message was not taken",
            "detail": f"{one.message} {one.remedy}".strip(),
            "instance": one.where,
        }
        for one in error.errors or [FieldError("", error.message, "")]
    ]


async def datasets(tx: Transaction) -> list[Farm]:
    """The farms whose changes can be followed."""
    tx.actor.require(Permission.EVENTS_READ)
    found = await farms.search(tx, FarmQuery(limit=MAX_LIMIT))
    return [await farms.require_visible(tx, one.id) for one in found.items]


async def dataset(tx: Transaction, farm_id: UUID) -> Farm:
    """One farm whose changes can be followed."""
    tx.actor.require(Permission.EVENTS_READ)
    return await farms.require_visible(tx, farm_id)


async def changes(tx: Transaction, farm_id: UUID, query: ChangesQuery) -> Feed:
    """What has changed on a farm since a token: each thing once, as it is now."""
    for needed in (Permission.ANIMALS_READ, Permission.EVENTS_READ, Permission.RECORDS_READ):
        tx.actor.require(needed)
    farm = await farms.require_visible(tx, farm_id)
    counter = await repository.counter(tx.session, farm_id)
    if counter is None:
        return Feed([], _token("", 0))
    epoch, since = _read_token(query.since) if query.since else (counter.epoch, 0)
    if query.since and epoch and (epoch != counter.epoch or since < counter.floor):
        return Feed([], _token(counter.epoch, 0), restart=True)
    rows = await repository.changes(tx.session, farm_id, since, query.limit)
    messages = await reading.changed(tx, farm, rows)
    last = rows[-1].seq if rows else max(since, 0)
    return Feed(messages, _token(counter.epoch, last))


def _token(epoch: str, seq: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([epoch, seq]).encode()).decode()


def _read_token(token: str) -> tuple[str, int]:
    try:
        epoch, seq = json.loads(base64.urlsafe_b64decode(token.encode()))
        return str(epoch), int(seq)
    except (ValueError, TypeError, binascii.Error) as error:
        message = "The token is not one that this hub handed out."
        problem = FieldError("since", message, "Leave it out to start from the beginning.")
        raise Invalid("exchange.bad_token", message, errors=[problem]) from error


def collection(name: str) -> Path:
    """A collection by its name in addresses; both spellings of ADE's own are known."""
    try:
        return ALIASES.get(name) or Path(name)
    except ValueError as error:
        known = ", ".join(Path)
        text = f"There is no collection {name[:40]!r}. There are {known}."
        raise Missing("exchange.no_such_collection", text) from error


async def _farm(tx: Transaction, scheme: str, location: str) -> Farm:
    found = None
    if scheme == FARM_SCHEME:
        found = await repository.farm(tx.session, location)
    if found is None:
        text = (
            f"There is no location {scheme}/{location} that you may see. See /locations; "
            f"farms of this hub have the scheme {FARM_SCHEME} and their code as id."
        )
        raise Missing("exchange.no_such_location", text[:400])
    return found


async def _to_write(tx: Transaction, scheme: str, location: str, name: str) -> tuple[Path, Farm]:
    tx.actor.require(Permission.EVENTS_WRITE)
    path = collection(name)
    if not COLLECTIONS[path].taken:
        text = f"{path.value} are worked out from other messages and are not taken."
        raise Invalid("exchange.read_only", text, errors=[FieldError("collection", text, "")])
    farm = await _farm(tx, scheme, location)
    await farms.require_write(tx, farm.id)
    return path, farm


async def _note(tx: Transaction, farm: Farm, path: Path, *, taken: int, refused: int) -> None:
    await audit.write(
        tx, "exchange:take", subject_id=farm.id, farm_id=farm.id, collection=path.value,
        taken=taken, refused=refused,
    )  # fmt: skip
