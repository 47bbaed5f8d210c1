"""Names of animals in time: whoever bears what somebody reads is found, and tags are used again."""

from datetime import date
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from agrigen.phenotypes import read_electronic
from hub import animals
from hub.actor import Actor
from hub.animals import AnimalCreate, AnimalRead, IdentifierChange, OtherIdentifier, TagReason
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.permissions import Role
from hub.storage.base import new_id
from tests.database import As, Make

SHARED = HealthCheck.function_scoped_fixture
MAY = date(2026, 5, 4)
CHIP = "982000123456789"
SPELLINGS = [
    CHIP, "982 000123456789", "982 000 123 456 789", "LA 982 000123456789", "LA982000123456789",
    "LA 00000 0 982 000123456789", "0982000123456789", read_electronic(CHIP).hexadecimal,
    "0x" + read_electronic(CHIP).hexadecimal.lower(), str(read_electronic(CHIP).bits),
]  # fmt: skip


class Scene:
    fiona: Actor
    marc: Actor
    hill: UUID
    lots: UUID
    rams: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    scene.lots = await make.farm("LOTS", owner=scene.fiona)
    scene.rams = await make.farm("RAMS", shared=True)
    return scene


async def create(as_: As, scene: Scene, tag: str, **values: object) -> AnimalRead:
    async with as_(scene.fiona) as tx:
        return await animals.create(tx, AnimalCreate(farm_id=scene.hill, tag=tag, **values))


async def found(as_: As, scene: Scene, written: str) -> list[tuple[str, bool]]:
    async with as_(scene.fiona) as tx:
        matches = await animals.lookup(tx, scene.hill, written)
    return [(one.animal.tag, one.exact) for one in matches]


# --- lookup


async def test_a_transponder_is_found_in_every_spelling(scene: Scene, as_: As) -> None:
    await create(as_, scene, "CHIP", identifiers=[{"scheme": "rfid", "value": SPELLINGS[1]}])
    for spelling in SPELLINGS:
        assert await found(as_, scene, spelling) == [("CHIP", True)], spelling
    assert await found(as_, scene, "56789") == [("CHIP", False)]


async def test_an_official_tag_and_its_transponder_are_one(scene: Scene, as_: As) -> None:
    await create(as_, scene, "UK 0123456 00001")
    for spelling in ("uk0123456 00001", "826 012345600001", "UK0123456-00001", "600001"):
        assert [tag for tag, _ in await found(as_, scene, spelling)] == ["UK 0123456 00001"]


async def test_a_short_number_finds_what_it_is_before_what_ends_with_it(
    scene: Scene, as_: As
) -> None:
    for tag in ("7042", "A-042", "042", "42X"):
        await create(as_, scene, tag)
    assert await found(as_, scene, "042") == [("042", True), ("7042", False), ("A-042", False)]
    assert await found(as_, scene, "a042") == [("A-042", True)]
    assert await found(as_, scene, "no such tag") == []


@pytest.mark.parametrize(
    ("written", "why"),
    [("9.82E+14", "lost its digits"), ("LR 0000 0 982 000123456780", "no animal"),
     ("UK 123456 700003", "check digit")],
)  # fmt: skip
async def test_what_cannot_be_a_mark_is_told_instead_of_an_empty_list(
    scene: Scene, as_: As, written: str, why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        await found(as_, scene, written)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(code=st.integers(900, 998), number=st.integers(0, 274877906943), pick=st.integers(0, 4))
async def test_any_transponder_is_found_however_it_was_typed(
    scene: Scene, make: Make, as_: As, code: int, number: int, pick: int
) -> None:
    digits = f"{code:03d}{number:012d}"
    bits = read_electronic(digits)
    forms = [digits, f"{digits[:3]} {digits[3:]}", f"LA {digits[:3]} {digits[3:]}",
             bits.hexadecimal, str(bits.bits)]  # fmt: skip
    tag = f"{new_id().hex}H"
    animal = await make.animal(scene.lots, tag)
    async with as_(scene.fiona) as tx:
        named = OtherIdentifier(scheme="rfid", value=forms[pick])
        try:
            await animals.identifiers.add(tx, animal, named)
        except Conflict:
            return  # drawn before
        for form in forms:
            first, *_ = await animals.lookup(tx, scene.lots, form)
            assert (first.animal.tag, first.exact) == (tag, True)


async def test_lookup_uses_the_index_behind_the_row_policies(scene: Scene, as_: As) -> None:
    async with as_(scene.fiona) as tx:
        await tx.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await tx.session.execute(
            text("EXPLAIN SELECT animal_id FROM app.animal_identifier WHERE farm_id = :farm "
                 "AND backwards ~>=~ '987' AND backwards ~<~ '988'"), {"farm": scene.hill},
        )  # fmt: skip
        lines = "\n".join(row[0] for row in plan)
    [condition] = [line for line in lines.splitlines() if "Index Cond" in line]
    assert "ix_animal_identifier_farm_id_backwards" in lines
    assert "~>=~" in condition


async def test_animals_of_other_farms_are_found_on_shared_farms_only(
    scene: Scene, make: Make, as_: As
) -> None:
    await make.animal(scene.rams, "STUD-77")
    await create(as_, scene, "EWE-77")
    async with as_(scene.marc) as tx:
        assert [one.animal.tag for one in await animals.lookup(tx, None, "77")] == ["STUD-77"]
        with pytest.raises(Missing):
            await animals.lookup(tx, scene.hill, "77")


# --- new tags


async def test_a_lost_tag_ends_and_still_finds_the_animal(scene: Scene, as_: As) -> None:
    ewe = await create(as_, scene, "OLD1", birth_date=date(2024, 3, 1))
    async with as_(scene.fiona) as tx:
        after = await animals.retag(tx, ewe.id, "tag", "NEW1", MAY, TagReason.LOST)
    assert after.tag == "NEW1"
    states = {one.value: (one.state, one.valid_from, one.valid_to) for one in after.identifiers}
    assert states == {"OLD1": ("lost", None, MAY), "NEW1": ("active", MAY, None)}
    assert await found(as_, scene, "old1") == [("NEW1", True)]
    async with as_(scene.fiona) as tx:
        assert await animals.resolve(tx, ["OLD1"], scene.hill) == {"OLD1": (ewe.id,)}


async def test_the_tag_of_an_animal_that_left_is_used_again(scene: Scene, as_: As) -> None:
    born = {"birth_date": date(2019, 3, 1)}
    old = await create(as_, scene, "900", status="dead", **born)
    young = await create(as_, scene, "young", birth_date=date(2025, 3, 1))
    here = await create(as_, scene, "901")
    async with as_(scene.fiona) as tx:
        assert (await animals.retag(tx, young.id, "tag", "900", MAY)).tag == "900"
        was = await animals.get(tx, old.id)
        assert (was.tag, was.identifiers[0].state) == ("900 (2019)", "reused")
        assert await animals.resolve(tx, ["900"], scene.hill) == {"900": (young.id,)}
    assert await found(as_, scene, "900") == [("900", True), ("900 (2019)", True)]
    with pytest.raises(Conflict, match="900 of this farm bears 900") as refusal:
        async with as_(scene.fiona) as tx:
            await animals.retag(tx, here.id, "tag", "900", MAY)
    assert "merge" in refusal.value.errors[0].remedy


async def test_a_mark_that_another_animal_bears_is_refused_in_every_spelling(
    scene: Scene, as_: As
) -> None:
    await create(as_, scene, "B1", identifiers=[{"scheme": "rfid", "value": "982000999999999"}])
    other = await create(as_, scene, "B2")
    again = OtherIdentifier(scheme="official", value="LA 982 000999999999")
    with pytest.raises(Conflict, match="B1 of this farm bears"):
        async with as_(scene.fiona) as tx:
            await animals.identifiers.add(tx, other.id, again)
    for values in ({"tag": "982 000999999999"}, {"tag": "B3", "identifiers": [again]}):
        with pytest.raises(Conflict, match="B1 of this farm bears"):
            await create(as_, scene, **values)
    with pytest.raises(Conflict, match="B1 of this farm bears b1"):
        await create(as_, scene, "b1")


@pytest.mark.parametrize(
    ("on", "why"), [(date(2020, 1, 1), "born on"), (date(2999, 1, 1), "in the future")]
)
async def test_a_tag_is_not_given_before_birth_nor_in_the_future(
    scene: Scene, make: Make, as_: As, on: date, why: str
) -> None:
    animal = await make.animal(scene.hill, new_id().hex, birth_date=date(2024, 1, 1))
    with pytest.raises(Invalid, match=why):
        async with as_(scene.fiona) as tx:
            await animals.retag(tx, animal, "tag", "T", on)


async def test_how_a_name_ended_is_corrected_but_not_of_the_tag_itself(
    scene: Scene, as_: As
) -> None:
    ewe = await create(as_, scene, "C1", identifiers=[{"scheme": "x", "value": "C-X"}])
    by_value = {one.value: one.id for one in ewe.identifiers}
    lost = IdentifierChange(state="lost", valid_from=date(2025, 1, 1), valid_to=MAY)
    async with as_(scene.fiona) as tx:
        after = await animals.identifiers.change(tx, ewe.id, by_value["C-X"], lost)
        assert {one.value: one.state for one in after.identifiers} == {
            "C1": "active",
            "C-X": "lost",
        }
    for identifier, change, why in (
        (by_value["C1"], IdentifierChange(state="lost"), "by which the animal is known"),
        (by_value["C-X"], IdentifierChange(valid_to=date(2024, 1, 1)), "would end"),
    ):
        with pytest.raises(Invalid, match=why):
            async with as_(scene.fiona) as tx:
                await animals.identifiers.change(tx, ewe.id, identifier, change)
    with pytest.raises(Missing, match="no such identifier"):
        async with as_(scene.fiona) as tx:
            await animals.identifiers.change(tx, ewe.id, new_id(), lost)
    with pytest.raises((Denied, Missing)):
        async with as_(scene.marc) as tx:
            await animals.retag(tx, ewe.id, "tag", "mine", MAY)


# --- duplicates


async def test_entries_that_may_be_one_animal_are_found(make: Make, as_: As) -> None:
    owner = await make.person(f"o{new_id().hex}", Role.FARMER)
    farm = await make.farm("DUPL", owner=owner)
    dam = await make.animal(farm, "DAM", sex="F", birth_date=date(2018, 1, 1))
    alike = {"sex": "F", "birth_date": date(2024, 3, 1), "dam_id": dam}
    one = await make.animal(farm, "UK1234567 00101", **alike)
    two = await make.animal(farm, "0101", **alike)
    await make.animal(farm, "0102", **alike)  # the twin sister
    three = await make.animal(farm, "982 000555555555")
    four = await make.animal(farm, "982000555555555")
    async with as_(owner) as tx:
        pairs = await animals.duplicates(tx, farm)
    assert {frozenset((pair.keep.id, pair.other.id)) for pair in pairs} == {
        frozenset((one, two)), frozenset((three, four)),
    }  # fmt: skip
    assert [pair.keep.id for pair in pairs] == [three, one]
    assert all(pair.because for pair in pairs)
