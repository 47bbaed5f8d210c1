"""Three phones, a bad network and the real hub: whatever happens, nothing is lost or done twice.

A schedule is a list of steps: somebody types on a phone or at the desk; phones push and pull while
requests and answers are lost and pages are killed; a person leaves a farm and comes back; a page is
renewed. Then the network heals, and the phones must hold what the hub holds. Mistakes that a phone
could have (`faults`) are seeded to show that this would find them.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest
from pydantic_core import to_jsonable_python
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import animals, collect, farms
from hub.actor import Actor
from hub.animals import AnimalUpdate
from hub.collect import OperationsQuery
from hub.collect.feed import LOADERS
from hub.errors import HubError
from hub.farms import MemberAdd, MemberRole
from hub.permissions import Role
from hub.storage.base import new_id
from tests.hub.collect.conftest import Scene
from tests.hub.collect.phone import Phone

STEPS = (
    "note", "note", "name", "status", "defects", "weight", "weight", "heat", "lambing", "create",
    "bad", "void", "push", "push", "push", "pull", "pull", "pull", "desk", "merge", "leave",
    "renew", "resend", "purge",
)  # fmt: skip


Live = Callable[..., Awaitable[None]]


@dataclass
class World:
    """A farm with three phones on it, and what was typed into them."""

    scene: Scene
    owner: AsyncEngine
    farm: UUID
    phones: list[Phone]
    steward: Actor
    chance: Random
    animals: list[UUID]
    typed: list[dict[str, Any]] = field(default_factory=list)
    by: dict[str, Phone] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    away: Phone | None = None
    count: int = 0
    steps: tuple[str, ...] = STEPS

    def do(self, phone: Phone, *arguments: Any) -> dict[str, Any]:
        operation = phone.do(*arguments, farm=self.farm)
        self.typed.append(operation)
        self.by[operation["op_id"]] = phone
        return operation

    async def step(self) -> None:
        name, phone = self.chance.choice(self.steps), self.chance.choice(self.phones)
        animal = self.chance.choice(self.animals)
        self.count += 1
        await getattr(self, f"step_{name}")(phone, animal)

    async def step_note(self, phone: Phone, animal: UUID) -> None:
        line = f"line {self.count}"
        self.notes[line] += 1
        self.do(phone, "animal", "patch", animal, {"note": line})

    async def step_name(self, phone: Phone, animal: UUID) -> None:
        self.do(phone, "animal", "patch", animal, {"name": f"name {self.count}"})

    async def step_status(self, phone: Phone, animal: UUID) -> None:
        status = self.chance.choice(["alive", "sold"])
        self.do(phone, "animal", "patch", animal, {"status": status})

    async def step_defects(self, phone: Phone, animal: UUID) -> None:
        self.do(phone, "animal", "patch", animal, {"defects": [self.chance.choice("abc")]})

    async def step_weight(self, phone: Phone, animal: UUID) -> None:
        values = {"animal_id": str(animal), "trait": "weaning_weight", "value": 30.0,
                  "recorded_on": "2026-06-20", "occasion": f"{self.count}"}  # fmt: skip
        self.do(phone, "record", "create", new_id(), values)

    async def step_heat(self, phone: Phone, animal: UUID) -> None:
        values = {"animal_id": str(animal), "occurred_on": "2025-10-10",
                  "details": {"kind": "heat"}}  # fmt: skip
        self.do(phone, "event", "create", new_id(), values)

    async def step_lambing(self, phone: Phone, animal: UUID) -> None:
        lamb = {"animal_id": str(new_id()), "tag": f"L{animal}"[:30], "sex": "F", "state": "live"}
        values = {"animal_id": str(animal), "occurred_on": "2026-03-10",
                  "details": {"kind": "parturition", "ease": 1, "offspring": [lamb]}}  # fmt: skip
        self.do(phone, "event", "create", new_id(), values)
        self.do(phone, "animal", "patch", UUID(lamb["animal_id"]), {"coat": "black"})

    async def step_create(self, phone: Phone, _: UUID) -> None:
        values = {"farm_id": str(self.farm), "tag": f"T{self.count}", "sex": "F"}
        self.animals.append(new_id())
        self.do(phone, "animal", "create", self.animals[-1], values)

    async def step_bad(self, phone: Phone, animal: UUID) -> None:
        made = new_id()
        values = {"animal_id": str(animal), "trait": "weaning_weight", "value": 9999.0}
        self.do(phone, "record", "create", made, values)
        self.do(phone, "record", "void", made, {"reason": "typed wrongly"})

    async def step_void(self, phone: Phone, animal: UUID) -> None:
        known = [UUID(id_) for kind, id_ in phone.things.get(self.farm, {}) if kind == "record"]
        if known:
            self.do(phone, "record", "void", self.chance.choice(known), {"reason": "no"})

    async def step_push(self, phone: Phone, _: UUID) -> None:
        how = self.chance.choice(["well", "well", "lose_request", "lose_reply"])
        await phone.push(self.chance.randint(1, 4), **({} if how == "well" else {how: True}))

    async def step_pull(self, phone: Phone, _: UUID) -> None:
        how = self.chance.choice(["well", "well", "lose", "crash"])
        limit = self.chance.randint(1, 4)
        await phone.pull(self.farm, limit, **({} if how == "well" else {how: True}))
        if how == "well" and phone is self.away:
            assert self.farm not in phone.things, "a farm that was lost is still on the phone"

    async def step_resend(self, phone: Phone, _: UUID) -> None:
        """An old request arrives once more."""
        mine = [
            one
            for one in self.typed
            if self.by[one["op_id"]] is phone and one["op_id"] in phone.results
        ]
        if mine:
            phone.outbox = [*mine[: self.chance.randint(1, 3)], *phone.outbox]

    async def step_renew(self, phone: Phone, _: UUID) -> None:
        phone.schema_version = 2

    async def step_desk(self, _: Phone, animal: UUID) -> None:
        changes = self.chance.choice(
            [{"name": f"desk {self.count}"}, {"coat": f"c{self.count}"}, {"status": "dead"}]
        )
        with suppress(HubError):  # it was merged, or a phone's entry never came
            async with self.scene.as_(self.scene.fiona) as tx:
                await animals.update(tx, animal, AnimalUpdate.model_validate(changes))

    async def step_merge(self, _: Phone, animal: UUID) -> None:
        """The desk finds that an animal stands in the book twice."""
        if self.chance.random() < 0.3:
            with suppress(HubError):
                async with self.scene.as_(self.scene.fiona) as tx:
                    await animals.merge(tx, self.animals[0], animal)

    async def step_purge(self, *_: Any) -> None:
        """Tombstones go, or the hub comes back from a copy: phones start again."""
        what = self.chance.choice(["purge_tombstones(interval '0')", "start_new_epoch()"])
        async with self.owner.begin() as connection:
            await connection.execute(text(f"SELECT app.{what}"))

    async def step_leave(self, phone: Phone, _: UUID) -> None:
        """Somebody but the owner loses the farm, or the one who lost it comes back."""
        back, self.away = self.away, None
        async with self.scene.as_(self.steward) as tx:
            if back:
                await self._let_in(tx, back)
            elif phone.actor != self.scene.fiona:
                await farms.remove_member(tx, self.farm, phone.actor.person_id)
                self.away = phone

    async def _let_in(self, tx: Any, phone: Phone) -> None:
        new = MemberAdd(person_id=phone.actor.person_id, role=MemberRole.WORKER)
        await farms.add_member(tx, self.farm, new)

    async def heal(self) -> None:
        """The network works, and everybody is back."""
        if self.away:
            async with self.scene.as_(self.steward) as tx:
                await self._let_in(tx, self.away)
        for _ in range(2):
            for phone in self.phones:
                while phone.outbox:
                    await phone.push(3)
            for phone in self.phones:
                await phone.pull_all(self.farm, 4)


async def _check(world: World) -> None:
    truth = await _truth(world)
    for phone in world.phones:
        held = {key: _own(values) for key, (_, values) in phone.things[world.farm].items()}
        assert held == truth, f"{phone.name} differs: {_differ(held, truth)}"
    await _nothing_is_lost(world, truth)
    await _notes_are_there_once(world, truth)


async def _truth(world: World) -> dict[tuple[str, str], Any]:
    """Everything of the farm, read past the feed."""
    found: dict[tuple[str, str], Any] = {}
    async with world.scene.as_(world.scene.fiona) as tx:
        for entity, load in LOADERS.items():
            table = {"group": "animal_group"}.get(entity.value, entity.value)
            rows = await tx.session.scalars(
                text(f"SELECT id FROM app.{table} WHERE farm_id = :farm"), {"farm": world.farm}
            )
            loaded = await load(tx, list(rows))
            found |= {
                (entity.value, str(id_)): _own(to_jsonable_python(value))
                for id_, value in loaded.items()
            }
    return found


def _own(values: dict[str, Any]) -> dict[str, Any]:
    """Without the names and tags of other things, which are as of the change."""
    others = ("sire", "dam", "recipient_dam", "foster_dam", "tag")
    if "kind" in values or "trait" in values:
        return {name: value for name, value in values.items() if name not in others}
    return {name: value for name, value in values.items() if name not in others[:-1]}


def _differ(held: dict[Any, Any], truth: dict[Any, Any]) -> Any:
    keys = [key for key in held.keys() | truth.keys() if held.get(key) != truth.get(key)]
    return [(key, held.get(key), truth.get(key)) for key in keys[:2]]


async def _nothing_is_lost(world: World, truth: dict[tuple[str, str], Any]) -> None:
    """Every operation has a result, on the phone and in the hub, with what was typed."""
    kept: dict[str, Any] = {}
    for phone in world.phones:
        async with world.scene.as_(phone.actor) as tx:
            page = await collect.operations_of(tx, OperationsQuery(device=phone.device, limit=1000))
        kept |= {str(one.op_id): one for one in page.items}
    for operation in world.typed:
        row = kept.get(operation["op_id"])
        assert row, f"the hub never stored {operation}"
        assert row.received["values"] == operation["values"]
        assert operation["op_id"] in world.by[operation["op_id"]].results
        made = (operation["entity"], operation["entity_id"])
        if operation["kind"] == "create" and operation["entity"] == "event":
            assert (made in truth) == (row.state == "applied"), row


async def _notes_are_there_once(world: World, truth: dict[tuple[str, str], Any]) -> None:
    lines = Counter(
        line
        for (entity, _), values in truth.items()
        if entity == "animal"
        for line in values["note"].split("\n")
        if line
    )
    assert all(count == 1 for count in lines.values()), f"doubled: {lines}"
    lambs = Counter(v["tag"] for (e, _), v in truth.items() if e == "animal")
    assert all(count == 1 for count in lambs.values()), "lambs twice"
    for operation in world.typed:
        note = operation["values"].get("note")
        result = world.by[operation["op_id"]].results[operation["op_id"]]
        there = ("animal", operation["entity_id"]) in truth  # and not merged into another
        if note and there and result["state"] in ("applied", "merged"):
            assert lines[note] == 1, f"{note} was lost"


async def _world(scene: Scene, owner: AsyncEngine, seed: int, faults: frozenset[str]) -> World:
    chance = Random(seed)
    scene.count += 1
    farm = await scene.make.farm(f"MODEL{scene.count}", owner=scene.fiona, worker=scene.walt)
    await scene.make.member(farm, scene.marc, "worker")
    steward = await scene.make.person(f"steward{scene.count}", Role.STEWARD)
    phones = [scene.phone(actor, faults=faults) for actor in (scene.fiona, scene.walt, scene.marc)]
    ewes = [await scene.ewe(farm) for _ in range(3)]
    return World(scene, owner, farm, phones, steward, chance, ewes)


@pytest.fixture
def live(scene: Scene, owner_engine: AsyncEngine) -> Live:
    """Live through a schedule, and check."""

    async def run(seed: int, steps: int, *faults: str, only: str = "") -> None:
        world = await _world(scene, owner_engine, seed, frozenset(faults))
        world.steps = tuple(only.split()) or STEPS
        for _ in range(steps):
            await world.step()
        await world.heal()
        await _check(world)

    return run


@pytest.mark.parametrize("seed", range(6))
async def test_phones_and_hub_agree_when_the_network_heals(live: Live, seed: int) -> None:
    await live(seed, 40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
async def test_phones_and_hub_agree_after_longer_lives(live: Live, seed: int) -> None:
    await live(seed, 120)


@pytest.mark.parametrize(
    ("fault", "only", "found"),
    [
        ("cursor_first", "weight push pull pull", "differs"),
        ("keeps_gone", "weight push pull void", "differs"),
        ("forgets_nothing", "push pull pull pull pull leave", "still on the phone"),
        ("new_ids", "note push", "never stored"),
    ],
)
async def test_a_mistake_of_a_phone_is_found(live: Live, fault: str, only: str, found: str) -> None:
    """In lives that make much of what it needs."""
    with pytest.raises(AssertionError, match=found):
        await live(1, 60, fault, only=only)
