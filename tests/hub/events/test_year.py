"""A ewe's year, told as a farmer tells it: what follows from events, and what is put right."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from hub import animals, events, records
from hub.actor import Actor
from hub.errors import Conflict, Invalid
from hub.events import EventCorrect, EventCreate, EventQuery, EventRead
from hub.permissions import Role
from hub.records import RecordCreate, RecordQuery
from hub.storage.base import new_id
from tests.database import As, Make

MATED = date(2025, 10, 20)
LAMBED = MATED + timedelta(days=147)


class Scene:
    fiona: Actor
    hill: UUID
    ram: UUID
    other_ram: UUID
    count = 0

    def __init__(self, make: Make, as_: As) -> None:
        self.make, self.as_ = make, as_

    async def ewe(self, **values: object) -> UUID:
        self.count += 1
        born = {"sex": "F", "birth_date": date(2022, 3, 1), "breed": "Romney"}
        return await self.make.animal(self.hill, f"E{self.count}", **{**born, **values})

    async def tell(
        self, animal: UUID, kind: str, on: date, event_id: UUID | None = None,
        confirmed: bool = False, device: str = "", **details: object,
    ) -> EventRead:  # fmt: skip
        new = EventCreate(
            id=event_id, animal_id=animal, occurred_on=on, details={"kind": kind, **details},
            confirmed_not_duplicate=confirmed, device=device,
        )  # fmt: skip
        async with self.as_(self.fiona) as tx:
            return await events.record(tx, new)

    async def mated(self, *sires: UUID, on: date = MATED, **more: object) -> UUID:
        ewe = await self.ewe()
        method = "natural" if len(sires) == 1 else "group"
        await self.tell(ewe, "mating", on, method=method, sire_ids=sires, **more)
        return ewe

    async def correct(self, event: EventRead, **changes: object) -> EventRead:
        async with self.as_(self.fiona) as tx:
            return await events.correct(tx, event.id, EventCorrect(reason="slip", **changes))

    async def void(self, event: EventRead) -> EventRead:
        async with self.as_(self.fiona) as tx:
            return await events.void(tx, event.id, "wrong ewe")

    async def animal(self, animal: UUID) -> animals.AnimalRead:
        async with self.as_(self.fiona) as tx:
            return await animals.get(tx, animal)

    async def weights(self, animal: UUID) -> list[tuple[str, float, date | None]]:
        async with self.as_(self.fiona) as tx:
            page = await records.of_animal(tx, animal, RecordQuery())
        return [(one.trait, one.value, one.recorded_on) for one in page.items]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make, as_: As) -> Scene:
    scene = Scene(make, as_)
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    ram = {"sex": "M", "birth_date": date(2021, 3, 1), "breed": "Romney"}
    scene.ram = await make.animal(scene.hill, "R1", **ram)
    scene.other_ram = await make.animal(scene.hill, "R2", **ram)
    return scene


def lamb(tag: str, **more: object) -> dict[str, object]:
    return {"tag": tag, "sex": "F", **more}


# --- lambing


async def test_a_lambing_makes_lambs_with_parents_litter_breed_and_weights(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    wanted = new_id()
    birth = await scene.tell(
        ewe, "parturition", LAMBED, ease=1,
        offspring=[
            lamb("L1", animal_id=wanted, birth_weight_kg=4.5),
            lamb("L2", sex="M", state="stillborn"), {"state": "died"},
        ],
    )  # fmt: skip
    assert birth.warnings == ()
    first = await scene.animal(wanted)
    assert (first.tag, first.birth_date, first.birth_type) == ("L1", LAMBED, 3)
    assert (first.sire_id, first.dam_id, first.breed) == (scene.ram, ewe, "Romney")
    assert await scene.weights(wanted) == [("birth_weight", 4.5, LAMBED)]
    second = await scene.animal(birth.details.offspring[1].animal_id)
    assert (second.status, second.sex) == ("dead", "M")
    assert birth.details.offspring[2].animal_id is None


async def test_several_possible_sires_stay_possible(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram, scene.other_ram, until=MATED + timedelta(days=34))
    birth = await scene.tell(ewe, "parturition", LAMBED, offspring=[lamb("P1")])
    young = await scene.animal(birth.details.offspring[0].animal_id)
    assert young.sire_id is None
    assert {one.id for one in young.possible_sires} == {scene.ram, scene.other_ram}


async def test_embryos_have_a_donor_and_a_recipient(scene: Scene) -> None:
    donor, recipient = await scene.ewe(), await scene.ewe()
    on = MATED + timedelta(days=6)
    await scene.tell(recipient, "embryo_transfer", on, donor_id=donor, sire_id=scene.ram)
    birth = await scene.tell(recipient, "parturition", LAMBED, offspring=[lamb("ET1")])
    young = await scene.animal(birth.details.offspring[0].animal_id)
    assert (young.dam_id, young.recipient_dam_id) == (donor, recipient)
    assert young.sire_id == scene.ram


async def test_a_lambing_told_twice_brings_no_lambs_twice(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    event_id = new_id()
    told = {"event_id": event_id, "offspring": [lamb("D1")]}
    first = await scene.tell(ewe, "parturition", LAMBED, **told)
    again = await scene.tell(ewe, "parturition", LAMBED, **told)
    assert again == first
    with pytest.raises(Conflict) as refusal:
        await scene.tell(ewe, "parturition", LAMBED, device="p2", offspring=[lamb("D1b")])
    assert refusal.value.code == "events.possible_duplicate"
    assert refusal.value.attributes["event_id"] == str(first.id)
    with pytest.raises(Conflict) as refusal:
        told["offspring"] = [lamb("D9")]
        await scene.tell(ewe, "parturition", LAMBED, **told)
    assert refusal.value.code == "events.id_taken"


async def test_the_last_lamb_came_next_morning(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    first = await scene.tell(ewe, "parturition", LAMBED, offspring=[lamb("N1")])
    late = await scene.tell(
        ewe, "parturition", LAMBED + timedelta(days=1), confirmed=True, offspring=[lamb("N2")]
    )
    young = [await scene.animal(one.details.offspring[0].animal_id) for one in (first, late)]
    assert [(one.birth_type, one.sire_id) for one in young] == [(2, scene.ram)] * 2
    assert [one.code for one in late.warnings] == ["events.same_birth"]
    async with scene.as_(scene.fiona) as tx:
        assert (await events.reproduction(tx, ewe, LAMBED + timedelta(days=9))).parity == 1


async def test_correcting_a_lambing_follows_to_the_lambs(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    birth = await scene.tell(
        ewe, "parturition", LAMBED, offspring=[lamb("C1", birth_weight_kg=4), lamb("C2")]
    )
    kept = birth.details.offspring[0].animal_id
    async with scene.as_(scene.fiona) as tx:
        await animals.update(tx, kept, animals.AnimalUpdate(name="Daisy"))
    later = LAMBED + timedelta(days=2)
    right = await scene.correct(
        birth, occurred_on=later,
        details={"kind": "parturition", "offspring": [
            lamb("C1b", sex="M", birth_weight_kg=4.25), lamb("C3")]},
    )  # fmt: skip
    assert right.revision == 2
    young = await scene.animal(kept)
    assert (young.tag, young.sex, young.birth_date, young.name) == ("C1b", "M", later, "Daisy")
    assert await scene.weights(kept) == [("birth_weight", 4.25, later)]
    assert right.details.offspring[1].animal_id == birth.details.offspring[1].animal_id


async def test_voiding_a_lambing_takes_its_lambs_away_unless_more_is_known(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    birth = await scene.tell(
        ewe, "parturition", LAMBED, offspring=[lamb("V1", birth_weight_kg=4), lamb("V2")]
    )
    one, two = (young.animal_id for young in birth.details.offspring)
    weight = RecordCreate(trait="weight", value=12, recorded_on=LAMBED + timedelta(days=30))
    async with scene.as_(scene.fiona) as tx:
        stored = await records.add(tx, two, weight)
    with pytest.raises(Conflict, match="More is known of V2"):
        await scene.void(birth)
    assert (await scene.animal(one)).tag == "V1"  # nothing happened
    async with scene.as_(scene.fiona) as tx:
        await records.remove(tx, stored.id, "test")
    gone = await scene.void(birth)
    assert gone.voided
    async with scene.as_(scene.fiona) as tx:
        assert await animals.get_many(tx, [one, two]) == {}
        assert (await events.history(tx, birth.id))[0].details.offspring[0].tag == "V1"


async def test_a_lamb_found_to_be_another_stays_when_its_birth_is_voided(scene: Scene) -> None:
    ewes = [await scene.mated(scene.ram) for _ in range(2)]
    births = [
        await scene.tell(ewe, "parturition", LAMBED, offspring=[lamb(f"M{place}")])
        for place, ewe in enumerate(ewes)
    ]
    kept, other = (one.details.offspring[0].animal_id for one in births)
    async with scene.as_(scene.fiona) as tx:
        await animals.merge(tx, kept, other)
    await scene.void(births[1])
    assert (await scene.animal(kept)).dam_id == ewes[0]


async def test_a_lamb_that_was_there_already_is_linked_and_stays(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    there = await scene.make.animal(scene.hill, "OLD1", sex="F")
    birth = await scene.tell(ewe, "parturition", LAMBED, offspring=[lamb("OLD1", animal_id=there)])
    young = await scene.animal(there)
    assert (young.dam_id, young.sire_id, young.birth_date) == (ewe, scene.ram, LAMBED)
    await scene.void(birth)
    assert (await scene.animal(there)).dam_id is None


# --- the rest of the year


async def test_status_follows_from_leaving_and_coming_back(scene: Scene) -> None:
    ewe = await scene.ewe()
    sold = await scene.tell(ewe, "disposal", date(2026, 1, 5), disposal="sold", reason="sale")
    assert (await scene.animal(ewe)).status == "sold"
    late = await scene.tell(ewe, "treatment", date(2026, 1, 4), product="Drench")
    assert late.warnings == ()
    with pytest.raises(Invalid, match="was sold on 2026-01-05"):
        await scene.tell(ewe, "treatment", date(2026, 1, 6), product="Drench")
    back = await scene.tell(ewe, "arrival", date(2026, 2, 1), reason="return")
    assert (await scene.animal(ewe)).status == "alive"
    await scene.void(back)
    assert (await scene.animal(ewe)).status == "sold"
    await scene.correct(sold, details={"kind": "disposal", "disposal": "died"})
    assert (await scene.animal(ewe)).status == "dead"
    await scene.void(sold)
    assert (await scene.animal(ewe)).status == "alive"


async def test_a_lamb_is_fostered_and_weaned(scene: Scene) -> None:
    ewe, nurse = await scene.mated(scene.ram), await scene.ewe()
    birth = await scene.tell(ewe, "parturition", LAMBED, offspring=[lamb("F1")])
    young = birth.details.offspring[0].animal_id
    fostered = await scene.tell(young, "fostering", LAMBED, foster_dam_id=nurse)
    assert (await scene.animal(young)).foster_dam_id == nurse
    weaned = await scene.tell(young, "weaning", LAMBED + timedelta(days=60), weight_kg=21.5)
    assert ("weaning_weight", 21.5, LAMBED + timedelta(days=60)) in await scene.weights(young)
    await scene.void(weaned)
    assert await scene.weights(young) == []
    await scene.void(fostered)
    assert (await scene.animal(young)).foster_dam_id is None


async def test_two_people_told_the_same_treatment(scene: Scene) -> None:
    ewe = await scene.ewe()
    first = await scene.tell(ewe, "treatment", MATED, product="Drench", device="phone 1")
    same = await scene.tell(ewe, "treatment", MATED, product="Drench", device="phone 2")
    assert same.possible_duplicate_of == first.id
    evening = await scene.tell(ewe, "treatment", MATED, product="Drench", device="phone 1")
    assert evening.possible_duplicate_of == first.id or evening.possible_duplicate_of == same.id


async def test_events_are_listed_newest_first(scene: Scene) -> None:
    ewe = await scene.mated(scene.ram)
    await scene.tell(ewe, "heat", MATED - timedelta(days=17))
    async with scene.as_(scene.fiona) as tx:
        page = await events.of_animal(tx, ewe, EventQuery())
        assert [one.kind for one in page.items] == ["mating", "heat"]
        query = EventQuery.model_validate({"farm": scene.hill, "kind": "heat", "to": MATED})
        assert [one.animal_id for one in (await events.search(tx, query)).items] == [ewe]
