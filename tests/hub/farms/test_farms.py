"""Farms, their members, and a flock at one glance."""

from datetime import date

import pytest

from hub import farms
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.farms import FarmCreate, FarmQuery, MemberAdd, MemberRole, Species
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.paging import encode_cursor
from tests.database import As, Make


async def test_a_farmer_lists_own_and_shared_farms_with_their_place(make: Make, as_: As) -> None:
    fiona = await make.person("fiona", Role.FARMER)
    await make.farm("A-OWN", owner=fiona)
    await make.farm("B-ADVISED", adviser=fiona)
    await make.farm("C-HIDDEN")
    await make.farm("D-SHARED", shared=True)
    async with as_(fiona) as tx:
        seen = {farm.code: farm for farm in (await farms.search(tx, FarmQuery())).items}
        mine = [farm.code for farm in await farms.mine(tx)]
    assert mine == ["A-OWN", "B-ADVISED"]
    assert list(seen) == ["A-OWN", "B-ADVISED", "D-SHARED"]
    assert [farm.my_role for farm in seen.values()] == ["owner", "adviser", None]
    assert [farm.may_write for farm in seen.values()] == [True, False, False]


async def test_a_hidden_farm_and_no_farm_look_the_same(make: Make, as_: As) -> None:
    marc = await make.person("marc", Role.FARMER)
    hidden = await make.farm("HIDDEN")
    messages = []
    for farm_id in (hidden, new_id()):
        for call in (farms.get, farms.summary, farms.members, farms.require_write):
            with pytest.raises(Missing) as refusal:
                async with as_(marc) as tx:
                    await call(tx, farm_id)
            messages.append((refusal.value.code, refusal.value.message))
    assert len(set(messages)) == 1


async def test_farms_are_found_by_text_and_paged(make: Make, as_: As) -> None:
    stella = await make.person("stella", Role.STEWARD)
    for number in range(5):
        await make.farm(f"P{number}_x", species="cattle")
    async with as_(stella) as tx:
        query = FarmQuery(text="_X", species=Species.CATTLE, limit=2)
        pages = [await farms.search(tx, query)]
        while cursor := pages[-1].next_cursor:
            pages.append(await farms.search(tx, query.model_copy(update={"cursor": cursor})))
    assert [[farm.code for farm in page.items] for page in pages] == [
        ["P0_x", "P1_x"], ["P2_x", "P3_x"], ["P4_x"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cursor", ["x", "é", encode_cursor([1]), encode_cursor(["a", "b"]), encode_cursor(["\x00"])]
)
async def test_a_cursor_of_somebody_elses_making_is_refused(
    make: Make, as_: As, cursor: str
) -> None:
    person = await make.person(f"cursor{new_id()}", Role.STEWARD)
    with pytest.raises(Invalid) as refusal:
        async with as_(person) as tx:
            await farms.search(tx, FarmQuery(cursor=cursor))
    assert refusal.value.code == "paging.bad_cursor"


async def test_a_steward_makes_a_farm_and_gives_it_an_owner(make: Make, as_: As) -> None:
    stella, olga = (
        await make.person("stella2", Role.STEWARD),
        await make.person("olga", Role.FARMER),
    )
    async with as_(stella) as tx:
        farm = await farms.create(tx, FarmCreate(code="NEW", name="New", species=Species.SHEEP))
        await farms.add_member(tx, farm.id, MemberAdd(username="olga", role=MemberRole.READER))
    async with as_(olga) as tx:
        assert not (await farms.get(tx, farm.id)).may_write
    async with as_(stella) as tx:
        place = MemberAdd(person_id=olga.person_id, role=MemberRole.OWNER)
        assert (await farms.add_member(tx, farm.id, place)).role == "owner"
    async with as_(olga) as tx:
        assert (await farms.require_write(tx, farm.id)).code == "NEW"
    async with as_(stella) as tx:
        assert [member.role for member in await farms.members(tx, farm.id)] == ["owner"]
        await farms.remove_member(tx, farm.id, olga.person_id)
    with pytest.raises(Missing):
        async with as_(olga) as tx:
            await farms.get(tx, farm.id)


async def test_a_code_is_given_once(make: Make, as_: As) -> None:
    stella = await make.person("stella3", Role.STEWARD)
    await make.farm("TAKEN")
    with pytest.raises(Conflict) as refusal:
        async with as_(stella) as tx:
            new = FarmCreate(code="TAKEN", name="New", species=Species.SHEEP)
            await farms.create(tx, new)
    assert refusal.value.code == "farms.duplicate_code"


async def test_a_farmer_makes_no_farms(make: Make, as_: As) -> None:
    farmer = await make.person("eager", Role.FARMER)
    farm = await make.farm("EAGER", worker=farmer)
    with pytest.raises(Denied):
        async with as_(farmer) as tx:
            await farms.create(tx, FarmCreate(code="X", name="X", species=Species.SHEEP))
    with pytest.raises(Denied):
        async with as_(farmer) as tx:
            await farms.add_member(tx, farm, MemberAdd(username="x", role=MemberRole.OWNER))


async def test_who_only_looks_is_told_so(make: Make, as_: As) -> None:
    adviser = await make.person("adviser", Role.ADVISER)
    farm = await make.farm("ADVISED", adviser=adviser)
    with pytest.raises(Denied) as refusal:
        async with as_(adviser) as tx:
            await farms.require_write(tx, farm)
    assert refusal.value.code == "farms.read_only_member"


async def test_a_flock_at_one_glance(make: Make, as_: As) -> None:
    olga = await make.person("olga2", Role.FARMER)
    farm, other = await make.farm("FLOCK", owner=olga), await make.farm("OTHER", shared=True)
    ewes = [
        await make.animal(farm, f"E{n}", sex="F", breed="Texel", birth_date=date(2020 + n, 3, 1))
        for n in range(3)
    ]
    await make.animal(farm, "R", sex="M", status="dead")
    await make.animal(other, "X")
    await make.record(farm, ewes[0], "birth_weight", 4, on=date(2020, 3, 1))
    await make.record(farm, ewes[1], "birth_weight", 5, on=date(2021, 3, 1))
    async with as_(olga) as tx:
        summary = await farms.summary(tx, farm)
        empty = await farms.summary(
            tx, (await farms.search(tx, FarmQuery(text="OTHER"))).items[0].id
        )
    assert (summary.animals, summary.alive, summary.records) == (4, 3, 2)
    assert [(c.breed, c.sex, c.status, c.animals) for c in summary.counts] == [
        ("", "M", "dead", 1), ("Texel", "F", "alive", 3),
    ]  # fmt: skip
    assert [(y.year, y.animals) for y in summary.birth_years] == [
        (None, 1), (2020, 1), (2021, 1), (2022, 1),
    ]  # fmt: skip
    [weights] = summary.traits
    assert (weights.records, weights.animals, weights.first) == (2, 2, "2020-03-01")
    assert (empty.animals, empty.records) == (1, 0)
