"""What classes see of farms that agreed; and what people agree to."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from hub import privacy, sharing
from hub.actor import Actor
from hub.errors import Conflict, Denied, Missing
from hub.permissions import Role
from hub.privacy import (
    ClassAnimal,
    ClassAnimalsQuery,
    ConsentWrite,
    CountsQuery,
    Means,
    Purpose,
    TeachingGrantCreate,
    coarsened,
    pseudonym,
)
from hub.privacy.schemas import TERMS
from hub.sharing import ProjectCreate, ProjectKind, ProjectMemberAdd, ProjectRole
from tests.database import As, Make

SOON = datetime.now(UTC) + timedelta(days=30)
QUASI = ("species", "breed", "sex", "region")


class School:
    """An instructor, a student, two classes, and three farms of a region with secrets."""

    teacher: Actor
    student: Actor
    farmer: Actor
    classes: list[UUID]
    farms: list[UUID]


@pytest.fixture(scope="module")
async def school(make: Make, as_: As, owner_engine: Any) -> School:
    found = School()
    found.teacher = await make.person("ines", Role.INSTRUCTOR)
    found.student = await make.person("sam", Role.STUDENT)
    found.farmer = await make.person("fiona", Role.FARMER)
    found.classes, found.farms = [], []
    for code in ("SPRING", "AUTUMN"):
        new = ProjectCreate(
            kind=ProjectKind.CLASS, code=code, name=code, purpose="Learning to breed sheep"
        )
        async with as_(found.teacher) as tx:
            made = await sharing.create_project(tx, new)
            place = ProjectMemberAdd(person_id=found.student.person_id, role=ProjectRole.STUDENT)
            await sharing.add_project_member(tx, made.id, place)
        found.classes.append(made.id)
    for farm in range(4):
        farm_id = await make.farm(f"SECRETFARM{farm}", owner=found.farmer)
        found.farms.append(farm_id)
        secret = {"name": f"SECRETNAME{farm}", "note": "SECRETNOTE", "breed": "Texel"}
        sire = await make.animal(farm_id, f"SECRETTAG{farm}", sex="M", **secret)
        for number in range(6):
            await make.animal(
                farm_id, f"SECRETTAG{farm}-{number}", sex="F", sire_id=sire, birth_type=2,
                birth_date=date(2024, 3, 1 + number), **secret,
            )  # fmt: skip
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.farm SET region = CASE code WHEN 'SECRETFARM3' THEN 'SECRETVALLEY' "
                 "ELSE 'north' END WHERE code LIKE 'SECRETFARM%'")
        )  # fmt: skip
        await connection.execute(
            text("UPDATE app.animal SET breed = 'SECRETBREED' WHERE tag = 'SECRETTAG0-0'")
        )
    for farm_id in found.farms:
        for code in ("SPRING", "AUTUMN"):
            async with as_(found.farmer) as tx:
                new_grant = TeachingGrantCreate(code=code, valid_until=SOON)
                await privacy.give_to_class(tx, farm_id, new_grant)
    return found


async def seen(as_: As, means: Means, who: Actor, class_id: UUID) -> list[ClassAnimal]:
    found: list[ClassAnimal] = []
    cursor = None
    while True:
        async with as_(who) as tx:
            query = ClassAnimalsQuery(limit=10, cursor=cursor)
            page = await privacy.class_animals(tx, means.sealer, class_id, query)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


async def test_a_class_sees_animals_without_names_farms_and_days(
    school: School, as_: As, means: Means
) -> None:
    """Canaries of names, tags, farms, rare breeds and single regions are in no answer."""
    for who in (school.student, school.teacher):
        found = await seen(as_, means, who, school.classes[0])
        assert len(found) == 28
        said = json.dumps([one.model_dump(mode="json") for one in found])
        assert "SECRET" not in said
        assert not any(str(farm) in said for farm in school.farms)
        assert {one.birth_month for one in found} == {None, date(2024, 3, 1)}
        assert {one.region for one in found} <= {"north", ""}
        names = {one.id for one in found}
        assert {one.sire for one in found} - {None} <= names
        assert set(ClassAnimal.model_fields) == {
            "id", "sire", "dam", "species", "breed", "sex", "birth_month", "birth_type", "region",
        }  # fmt: skip


async def test_lists_of_two_classes_cannot_be_joined(school: School, as_: As, means: Means) -> None:
    spring, autumn = [await seen(as_, means, school.student, one) for one in school.classes]
    assert len(spring) == len(autumn)
    assert {one.id for one in spring} & {one.id for one in autumn} == set()
    again = await seen(as_, means, school.student, school.classes[0])
    assert [one.id for one in again] == [one.id for one in spring]


def test_a_pseudonym_says_nothing_without_the_key_of_the_class() -> None:
    animal, key, other = uuid4(), b"k" * 32, b"o" * 32
    assert pseudonym(key, animal) == pseudonym(key, animal)
    assert pseudonym(key, animal) != pseudonym(other, animal)
    assert animal.hex[:8] not in pseudonym(key, animal)


async def test_differences_of_counts_single_out_nobody(
    school: School, as_: As, means: Means
) -> None:
    """Attack: what is in one group and not in a part of it is nothing or at least five animals."""

    async def counted(**asked: str) -> dict[tuple[str, str | None], int]:
        async with as_(school.student) as tx:
            query = CountsQuery.model_validate(asked)
            cells = await privacy.class_counts(tx, means.sealer, school.classes[0], query)
        return {(cell.by, cell.within): cell.animals for cell in cells}

    for by, within in permutations(QUASI, 2):
        groups, parts = await counted(by=by), await counted(by=by, within=within)
        assert sum(groups.values()) == sum(parts.values()) == 28
        for (group, _), size in groups.items():
            sizes = [count for (one, _), count in parts.items() if one == group]
            assert sum(sizes) == size >= 5
            assert all(size - part == 0 or size - part >= 5 for part in sizes)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "species": st.sampled_from(["sheep", "cattle"]),
                "breed": st.sampled_from(["a", "b", "c", "d"]),
                "sex": st.sampled_from(["F", "M", "U"]),
                "region": st.sampled_from(["", "n", "s", "w"]),
            }
        ),
        max_size=80,
    )
)
def test_groups_of_fewer_than_five_are_described_more_coarsely(
    animals: list[dict[str, Any]],
) -> None:
    told = coarsened(animals)
    groups = Counter(tuple(one[name] for name in QUASI) for one in told)
    assert all(size >= 5 for size in groups.values())
    assert len(animals) - len(told) < 5 * 2


async def test_only_the_class_sees_it_and_only_while_farms_agree(
    school: School, make: Make, as_: As, means: Means
) -> None:
    for stranger in (school.farmer, await make.person("rita", Role.RESEARCHER)):
        with pytest.raises(Missing):
            await seen(as_, means, stranger, school.classes[0])
    async with as_(school.farmer) as tx:
        [grant, *_] = await privacy.teaching_grants(tx, school.farms[3])
        await privacy.end_for_class(tx, school.farms[3], grant.id)
    ended = school.classes.index(grant.project_id)
    assert len(await seen(as_, means, school.student, school.classes[ended])) < 28
    assert len(await seen(as_, means, school.student, school.classes[1 - ended])) == 28


async def test_only_owners_give_their_farm_to_a_class(school: School, make: Make, as_: As) -> None:
    new = TeachingGrantCreate(code="SPRING", valid_until=SOON)
    marc = await make.person("marc", Role.FARMER)
    own = await make.farm("LIND", owner=marc)
    with pytest.raises((Denied, Missing)):
        async with as_(marc) as tx:
            await privacy.give_to_class(tx, school.farms[0], new)
    async with as_(marc) as tx:
        await privacy.give_to_class(tx, own, new)
        with pytest.raises(Conflict):
            await privacy.give_to_class(tx, own, new)


# --- consents


async def test_consents_are_off_until_given_and_their_history_stays(make: Make, as_: As) -> None:
    """H2: each decision is an event with the wording that was read."""
    one = await make.person("careful", Role.FARMER)
    async with as_(one) as tx:
        assert not any(found.given for found in await privacy.consents(tx))
        yes, no = ConsentWrite(given=True, terms=TERMS), ConsentWrite(given=False, terms=TERMS)
        with pytest.raises(Conflict):
            await privacy.decide(tx, Purpose.NEWS, ConsentWrite(given=True, terms="2020-01"))
        assert (await privacy.decide(tx, Purpose.NEWS, yes)).given
        told = await privacy.decide(tx, Purpose.NEWS, no)
    assert (told.given, [one.given for one in told.history]) == (False, [False, True])
    with pytest.raises(Exception, match="permission denied"):
        async with as_(one) as tx:
            await tx.session.execute(text("UPDATE app.consent SET given = true"))
    async with as_(await make.person("other", Role.FARMER)) as tx:
        assert [found.history for found in await privacy.consents(tx)] == [[] for _ in Purpose]
