"""Animals: listed, added and changed by those who may, with every reason when refused."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import select

from hub import animals
from hub.actor import Actor
from hub.animals import AnimalCreate, AnimalQuery, AnimalRead, AnimalUpdate, Sex, Status
from hub.audit.models import AuditEvent
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.permissions import Permission, Role, granted
from hub.storage.base import new_id
from tests.database import As, Make


class Scene:
    fiona: Actor
    ada: Actor
    stella: Actor
    ann: Actor
    hill: UUID
    rams: UUID
    lind: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    """Fiona owns HILL, Ann advises it; RAMS is shared; LIND is hidden from both."""
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.ann = await make.person("ann", Role.ADVISER, Role.FARMER)
    scene.stella = await make.person("stella", Role.STEWARD)
    scene.ada = await make.person("ada", Role.ADMIN)
    scene.hill = await make.farm("HILL", owner=scene.fiona, adviser=scene.ann)
    scene.rams = await make.farm("RAMS", shared=True)
    scene.lind = await make.farm("LIND")
    return scene


async def create(as_: As, actor: Actor, farm: UUID, tag: str, **values: object) -> AnimalRead:
    async with as_(actor) as tx:
        return await animals.create(tx, AnimalCreate(farm_id=farm, tag=tag, **values))


async def change(as_: As, actor: Actor, animal: UUID, **values: object) -> AnimalRead:
    async with as_(actor) as tx:
        return await animals.update(tx, animal, AnimalUpdate(**values))


# --- adding


async def test_an_animal_is_added_with_its_names_and_parents(
    scene: Scene, make: Make, as_: As
) -> None:
    ram = await make.animal(scene.rams, "R1", sex="M", birth_date=date(2020, 1, 1), name="Hector")
    ewe = await make.animal(scene.hill, "E1", sex="F", birth_date=date(2020, 1, 1))
    lamb = await create(
        as_, scene.fiona, scene.hill, " L1 ", birth_date=date(2023, 3, 1), sire_id=ram, dam_id=ewe,
        identifiers=[{"scheme": "rfid", "value": "982000123"}],
    )  # fmt: skip
    assert (lamb.tag, lamb.species, lamb.sex, lamb.status) == ("L1", "sheep", "U", "alive")
    assert lamb.sire
    assert lamb.dam
    assert (lamb.sire.name, lamb.dam.tag) == ("Hector", "E1")
    assert {(one.scheme, one.value) for one in lamb.identifiers} == {
        ("tag", "L1"), ("rfid", "982000123"),
    }  # fmt: skip
    async with as_(scene.fiona) as tx:
        assert await animals.get(tx, lamb.id) == lamb
        assert (await animals.find(tx, lamb.id)).tag == "L1"


async def test_a_taken_tag_or_identifier_is_a_conflict(scene: Scene, as_: As) -> None:
    await create(as_, scene.fiona, scene.hill, "T1", identifiers=[{"scheme": "a", "value": "7"}])
    with pytest.raises(Conflict) as refusal:
        await create(as_, scene.fiona, scene.hill, "T1")
    assert refusal.value.code == "animals.duplicate_tag"
    with pytest.raises(Conflict) as refusal:
        await create(
            as_, scene.fiona, scene.hill, "T2", identifiers=[{"scheme": "a", "value": "7"}]
        )
    assert refusal.value.code == "animals.duplicate_identifier"
    await create(as_, scene.stella, scene.rams, "T1")  # another farm may use the tag


async def test_every_problem_is_told_at_once(scene: Scene, make: Make, as_: As) -> None:
    young_ewe = await make.animal(scene.hill, "YE", sex="F", birth_date=date(2023, 1, 1))
    with pytest.raises(Invalid) as refusal:
        await create(
            as_, scene.fiona, scene.hill, "X", birth_date=date(2023, 3, 1),
            sire_id=young_ewe, dam_id=new_id(),
        )  # fmt: skip
    wheres = [error.where for error in refusal.value.errors]
    assert sorted(wheres) == ["dam_id", "sire_id", "sire_id"]
    assert all(error.remedy for error in refusal.value.errors)
    with pytest.raises(Invalid, match="in the future"):
        soon = datetime.now(UTC).date() + timedelta(days=3)
        await create(as_, scene.fiona, scene.hill, "X", birth_date=soon)


async def test_a_hidden_parent_is_an_unknown_parent(scene: Scene, make: Make, as_: As) -> None:
    hidden = await make.animal(scene.lind, "H", sex="M")
    refusals = []
    for sire in (hidden, new_id()):
        with pytest.raises(Invalid) as refusal:
            await create(as_, scene.fiona, scene.hill, "X", sire_id=sire)
        refusals.append((refusal.value.message, refusal.value.errors))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize(
    ("person", "farm", "kind"),
    [
        ("fiona", "rams", Denied), ("fiona", "lind", Missing), ("ann", "hill", Denied),
        ("ann", "lind", Missing),
    ],
)  # fmt: skip
async def test_adding_where_one_does_not_work_is_refused(
    scene: Scene, as_: As, person: str, farm: str, kind: type[HubError]
) -> None:
    with pytest.raises(kind):
        await create(as_, getattr(scene, person), getattr(scene, farm), "X")


async def test_a_narrowed_token_adds_nothing(scene: Scene, make: Make, as_: As) -> None:
    looking = granted({Role.FARMER}) - {Permission.ANIMALS_WRITE}
    reader = await make.person("reader", Role.FARMER, permissions=looking)
    await make.member(scene.hill, reader, "owner")
    with pytest.raises(Denied, match="animals:write"):
        await create(as_, reader, scene.hill, "X")


@pytest.mark.parametrize(
    "wrong", [{"tag": ""}, {"tag": "a\x00b"}, {"sex": "X"}, {"birth_type": 0}, {"extra": 1},
              {"tag": "x" * 65}, {"species": "unicorn"}],
)  # fmt: skip
def test_nonsense_does_not_reach_the_database(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnimalCreate(**{"farm_id": new_id(), "tag": "X", **wrong})


# --- changing


async def test_given_fields_change_and_the_log_keeps_before_and_after(
    scene: Scene, make: Make, as_: As
) -> None:
    ewe = await create(as_, scene.fiona, scene.hill, "C1", sex="F", birth_type=2)
    changed = await change(as_, scene.fiona, ewe.id, tag="C2", status="sold", birth_type=None)
    assert (changed.tag, changed.status, changed.birth_type, changed.sex) == (
        "C2", Status.SOLD, None, Sex.FEMALE,
    )  # fmt: skip
    assert [one.value for one in changed.identifiers] == ["C2"]
    assert changed.updated_at > ewe.updated_at
    async with as_(scene.ada) as tx:
        log = select(AuditEvent).where(AuditEvent.subject_id == ewe.id).order_by(AuditEvent.id)
        events = (await tx.session.scalars(log)).all()
    assert [event.action for event in events] == ["animals:create", "animals:update"]
    assert events[1].details == {
        "before": {"tag": "C1", "status": "alive", "birth_type": 2},
        "after": {"tag": "C2", "status": "sold", "birth_type": None},
    }
    assert events[1].person_id == scene.fiona.person_id
    assert events[1].request_id == "test-fiona"


async def test_a_loop_is_refused_also_through_a_hidden_farm(
    scene: Scene, make: Make, as_: As
) -> None:
    top = await make.animal(scene.hill, "TOP", sex="M")
    hidden = await make.animal(scene.lind, "MID", sex="M", sire_id=top)
    bottom = await make.animal(scene.hill, "BOT", sex="M", sire_id=hidden)
    for sire in (bottom, top):
        with pytest.raises(Invalid, match=r"a loop|its own sire"):
            await change(as_, scene.fiona, top, sire_id=sire)
    async with as_(scene.fiona) as tx:
        assert (await animals.get(tx, top)).sire_id is None
        assert (await animals.get(tx, bottom)).sire_id is None  # hidden, so shown as unknown


async def test_two_who_tie_a_loop_at_once_cannot_both_succeed(
    scene: Scene, make: Make, as_: As
) -> None:
    for round_ in range(5):
        first = await make.animal(scene.hill, f"LA{round_}", sex="M")
        second = await make.animal(scene.hill, f"LB{round_}", sex="M")
        outcomes = await asyncio.gather(
            change(as_, scene.fiona, first, sire_id=second),
            change(as_, scene.fiona, second, sire_id=first),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AnimalRead", "Invalid"]


async def test_a_hidden_parent_stays_when_something_else_changes(
    scene: Scene, make: Make, as_: As
) -> None:
    hidden = await make.animal(scene.lind, "KEPT", sex="M")
    child = await make.animal(scene.hill, "CHILD", sire_id=hidden)
    await change(as_, scene.fiona, child, name="Kid", birth_date=date(2023, 1, 1))
    async with as_(scene.stella) as tx:
        assert (await animals.get(tx, child)).sire_id == hidden


async def test_sex_and_birth_date_follow_from_offspring_on_other_farms_too(
    scene: Scene, make: Make, as_: As
) -> None:
    ram = await make.animal(scene.hill, "SIRE", sex="M", birth_date=date(2019, 1, 1))
    await make.animal(scene.lind, "FAR", sire_id=ram, birth_date=date(2021, 1, 1))
    with pytest.raises(Invalid) as refusal:
        await change(as_, scene.fiona, ram, sex="F", birth_date=date(2020, 12, 1))
    assert [error.where for error in refusal.value.errors] == ["sex", "birth_date"]


async def test_changing_where_one_does_not_work_is_refused(
    scene: Scene, make: Make, as_: As
) -> None:
    shared, hidden = await make.animal(scene.rams, "SH"), await make.animal(scene.lind, "HI")
    with pytest.raises(Denied):
        await change(as_, scene.fiona, shared, name="x")
    with pytest.raises(Missing):
        await change(as_, scene.fiona, hidden, name="x")
    with pytest.raises(ValidationError, match="cannot be null"):
        AnimalUpdate(tag=None)


# --- finding


async def test_animals_are_found_by_every_filter_and_paged(make: Make, as_: As) -> None:
    person = await make.person("searcher", Role.FARMER)
    farm = await make.farm("SEARCH", owner=person)
    for n in range(7):
        await make.animal(
            farm, f"S{n}", sex="FM"[n % 2], breed="Texel" if n < 5 else "Suffolk",
            birth_date=date(2020, 1, 1 + n), name="100%_sure" if n == 3 else "",
            status="dead" if n == 6 else "alive",
        )  # fmt: skip

    async def found(**filters: object) -> str:
        async with as_(person) as tx:
            page = await animals.search(tx, AnimalQuery(farm=farm, **filters))
        return "".join(animal.tag[1:] for animal in page.items)

    assert await found() == "0123456"
    assert await found(sex="F") == "0246"
    assert await found(breed="Suffolk") == "56"
    assert await found(status="dead") == "6"
    assert await found(species="cattle") == ""
    assert await found(born_from="2020-01-03", born_to="2020-01-05") == "234"
    assert await found(text="s5") == "5"
    assert await found(text="0%_S") == "3"
    assert await found(text="%") == "3"
    async with as_(person) as tx:
        query, tags = AnimalQuery(farm=farm, limit=3), []
        while True:
            page = await animals.search(tx, query)
            tags.append([animal.tag for animal in page.items])
            if not page.next_cursor:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
        counts = await animals.counts(tx, AnimalQuery(farm=farm, sex="F"))
    assert tags == [["S0", "S1", "S2"], ["S3", "S4", "S5"], ["S6"]]
    assert [(one.breed, one.status, one.animals) for one in counts] == [
        ("Suffolk", "dead", 1), ("Texel", "alive", 3),
    ]  # fmt: skip


async def test_a_hidden_farm_cannot_be_searched(scene: Scene, as_: As) -> None:
    with pytest.raises(Missing):
        async with as_(scene.fiona) as tx:
            await animals.search(tx, AnimalQuery(farm=scene.lind))


async def test_many_are_read_at_once_without_the_hidden(scene: Scene, make: Make, as_: As) -> None:
    mine, hidden = await make.animal(scene.hill, "M1"), await make.animal(scene.lind, "M2")
    async with as_(scene.fiona) as tx:
        found = await animals.get_many(tx, [mine, hidden, new_id(), mine])
        assert await animals.get_many(tx, []) == {}
    assert {id_: animal.tag for id_, animal in found.items()} == {mine: "M1"}


async def test_identifiers_resolve_to_animals_here_before_elsewhere(
    scene: Scene, make: Make, as_: As
) -> None:
    here = await make.animal(scene.hill, "SAME")
    there = await make.animal(scene.rams, "SAME")
    stud = await make.animal(scene.rams, "STUD")
    await make.animal(scene.lind, "SECRET")
    async with as_(scene.fiona) as tx:
        values = ["SAME", "STUD", "SECRET", "NONE"]
        found = await animals.resolve(tx, values, scene.hill)
        assert found == {"SAME": (here,), "STUD": (stud,)}
        everywhere = await animals.resolve(tx, values)
    assert set(everywhere["SAME"]) == {here, there}


# --- pedigree


async def test_a_pedigree_lists_each_visible_ancestor_once(
    scene: Scene, make: Make, as_: As
) -> None:
    great = await make.animal(scene.rams, "GREAT", sex="M")
    hidden = await make.animal(scene.lind, "HID", sex="F", sire_id=great)
    sire = await make.animal(scene.hill, "PSIRE", sex="M", sire_id=great, dam_id=hidden)
    dam = await make.animal(scene.hill, "PDAM", sex="F", sire_id=great)
    child = await make.animal(scene.hill, "PCHILD", sire_id=sire, dam_id=dam)
    async with as_(scene.fiona) as tx:
        nodes = await animals.pedigree(tx, child, 10)
        near = await animals.pedigree(tx, child, 1)
    assert [(node.tag, node.generation) for node in nodes] == [
        ("PCHILD", 0), ("PDAM", 1), ("PSIRE", 1), ("GREAT", 2),
    ]  # fmt: skip
    by_tag = {node.tag: node for node in nodes}
    assert by_tag["PSIRE"].sire_id == great
    assert by_tag["PSIRE"].dam_id is None
    assert [node.tag for node in near] == ["PCHILD", "PDAM", "PSIRE"]
    assert near[2].sire_id == great  # known, though not shown
    async with as_(scene.stella) as tx:
        assert len(await animals.pedigree(tx, child, 3)) == 5


@pytest.mark.parametrize("generations", [0, -1, 11])
async def test_a_pedigree_has_one_to_ten_generations(
    scene: Scene, as_: As, generations: int
) -> None:
    with pytest.raises(Invalid, match="1 to 10"):
        async with as_(scene.fiona) as tx:
            await animals.pedigree(tx, new_id(), generations)


async def test_offspring_come_youngest_first_and_in_pages(
    scene: Scene, make: Make, as_: As
) -> None:
    sire = await make.animal(scene.rams, "POP", sex="M")
    for n in range(5):
        born = date(2020 + n, 1, 1) if n else None
        await make.animal(scene.hill, f"K{n}", sire_id=sire, birth_date=born)
    await make.animal(scene.lind, "KH", sire_id=sire)
    async with as_(scene.fiona) as tx:
        query, tags = AnimalQuery(limit=2), []
        while True:
            page = await animals.offspring(tx, sire, query)
            tags += [animal.tag for animal in page.items]
            if not page.next_cursor:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
    assert tags == ["K4", "K3", "K2", "K1", "K0"]


async def test_a_hidden_animal_has_no_pedigree_and_no_offspring(
    scene: Scene, make: Make, as_: As
) -> None:
    hidden = await make.animal(scene.lind, "NOPE")
    for call in (
        lambda tx: animals.get(tx, hidden),
        lambda tx: animals.pedigree(tx, hidden),
        lambda tx: animals.offspring(tx, hidden, AnimalQuery()),
    ):
        with pytest.raises(Missing):
            async with as_(scene.fiona) as tx:
                await call(tx)
