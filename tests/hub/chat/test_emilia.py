"""What Emilia says, against counts and rankings computed apart from the hub's services."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.actor import Actor
from hub.chat import assistant, service
from hub.chat.schemas import Ask, ConversationCreate, ConversationUpdate, Format, Reply, Transcript
from hub.datasets.models import DatasetVersion
from hub.errors import Denied, Missing, Unavailable
from hub.evaluations.models import BreedingValue, Evaluation
from hub.permissions import Permission, Role
from hub.storage.base import new_id
from hub.storage.dynamodb import Store
from tests.database import As, Make

TRAIT = "weaning_weight"


class Seeded:
    """Two farmers, a shared stud, and what is on their farms."""

    fiona: Actor
    marc: Actor
    hill: UUID
    moor: UUID
    dairy: UUID
    stud: UUID
    evaluation: UUID
    star: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seeded(make: Make, owner_engine: AsyncEngine) -> Seeded:
    it, draw = Seeded(), random.Random(7)
    it.fiona, it.marc = [await make.person(name, Role.FARMER) for name in ("fiona", "marc")]
    it.hill = await make.farm("HILL", owner=it.fiona)
    it.moor = await make.farm("MOOR", owner=it.fiona)
    it.dairy = await make.farm("DAIRY", species="cattle", owner=it.marc)
    it.stud = await make.farm("STUD", shared=True)
    counter = itertools.count(1)
    animals: list[tuple[UUID, UUID]] = []
    for farm, breeds, species, number in (
        (it.hill, ["Texel", "Scottish Blackface"], "sheep", 30),
        (it.moor, ["Texel", ""], "sheep", 20),
        (it.dairy, ["Holstein", "Texel"], "cattle", 25),
        (it.stud, ["Texel"], "sheep", 3),
    ):
        for _ in range(number):
            id_ = await make.animal(
                farm, f"T-{next(counter):04d}", species=species, breed=draw.choice(breeds),
                sex=draw.choice("FMU"), status=draw.choice(["alive", "alive", "dead", "sold"]),
            )  # fmt: skip
            animals.append((farm, id_))
    await _family(make, it)
    old = await _evaluation(owner_engine, it, "old", days=10)
    it.evaluation = await _evaluation(owner_engine, it, "spring run", days=1)
    hidden = await _evaluation(owner_engine, it, "unpublished", days=None)
    for evaluation, shift in ((old, 50.0), (it.evaluation, 0.0), (hidden, -50.0)):
        rows = [_value(draw, evaluation, shift, *one) for one in [*animals, (it.hill, it.star)]]
        async with owner_engine.begin() as connection:
            await connection.execute(insert(BreedingValue), rows)
    return it


async def _family(make: Make, it: Seeded) -> None:
    it.star = await make.animal(
        it.hill, "HILL-STAR*1", name="Old <b>Bess</b>", breed="Texel", sex="M",
        status="alive", birth_date=date(2020, 3, 4),
        sire_id=await make.animal(it.stud, "STUD-7", sex="M", breed="Texel", status="dead"),
        dam_id=await make.animal(it.hill, "HILL-DAM", sex="F", breed="Texel", status="dead"),
    )  # fmt: skip
    for farm, tag in ((it.hill, "KID-1"), (it.moor, "KID-2"), (it.dairy, "KID-HIDDEN")):
        await make.animal(farm, tag, sire_id=it.star, status="dead")
    for value, on in ((20.5, date(2020, 7, 1)), (30.5, date(2020, 8, 1))):
        await make.record(it.hill, it.star, TRAIT, value, on)


async def _evaluation(engine: AsyncEngine, it: Seeded, name: str, days: int | None) -> UUID:
    dataset, evaluation = new_id(), new_id()
    published = datetime.now(UTC) - timedelta(days=days) if days else None
    farm_ids = [it.hill, it.moor, it.dairy, it.stud]
    async with engine.begin() as connection:
        await connection.execute(insert(DatasetVersion).values(
            id=dataset, person_id=it.fiona.person_id, name=name, farm_ids=farm_ids,
            content_hash=name, objects={}, counts={}, description={},
        ))  # fmt: skip
        await connection.execute(insert(Evaluation).values(
            id=evaluation, person_id=it.marc.person_id, dataset_id=dataset, name=name,
            model={}, traits=[TRAIT], farm_ids=farm_ids, state="done",
            published_at=published, finished_at=published,
        ))  # fmt: skip
    return evaluation


def _value(draw: random.Random, evaluation: UUID, shift: float, farm: UUID, animal: UUID) -> Any:
    return {
        "evaluation_id": evaluation, "trait_code": TRAIT, "animal_id": animal, "farm_id": farm,
        "value": draw.gauss(shift, 3), "se": 1.0, "reliability": 0.49, "accuracy": 0.7,
        "inbreeding": 0.0625, "records": 2, "percentile": 50.0,
    }  # fmt: skip


async def ask(as_: As, actor: Actor, question: str) -> Reply:
    async with as_(actor) as tx:
        return await assistant.answer(tx, question)


async def counted(engine: AsyncEngine, where: str) -> dict[tuple[str, str, str], list[int]]:
    """Living and all animals by kind, in plain SQL as the owner of the tables."""
    sql = (
        "SELECT a.species, coalesce(nullif(breed, ''), 'not recorded'), "
        "CASE sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE 'unknown' END, "
        "count(*) FILTER (WHERE status = 'alive'), count(*) "
        "FROM app.animal a JOIN app.farm f ON f.id = a.farm_id "
        f"WHERE {where} GROUP BY 1, 2, 3"
    )
    async with engine.connect() as connection:
        return {(r[0], r[1], r[2]): [r[3], r[4]] for r in await connection.execute(text(sql))}


@pytest.mark.parametrize(
    ("who", "question", "where"),
    [
        ("fiona", "How many animals do I have by breed and sex?", "f.code IN ('HILL', 'MOOR')"),
        ("fiona", "How many animals are there?", "f.code IN ('HILL', 'MOOR', 'STUD')"),
        ("fiona", "How many Texel ewes on Hill farm?",
         "f.code = 'HILL' AND breed = 'Texel' AND sex = 'F'"),
        ("fiona", "number of rams on the farm MOOR", "f.code = 'MOOR' AND sex = 'M'"),
        ("marc", "How many texels have we?", "f.code = 'DAIRY' AND breed = 'Texel'"),
        ("marc", "count my cattle", "f.code = 'DAIRY' AND a.species = 'cattle'"),
    ],
)  # fmt: skip
async def test_counts_equal_those_of_plain_sql(
    as_: As, seeded: Seeded, owner_engine: AsyncEngine, who: str, question: str, where: str
):
    reply = await ask(as_, getattr(seeded, who), question)
    expected = await counted(owner_engine, where)
    *rows, total = reply.tables[0].rows
    assert {(r[0], r[1], r[2]): [r[3], r[4]] for r in rows} == expected
    assert total[3:] == [sum(n[i] for n in expected.values()) for i in (0, 1)]
    assert reply.sources[0].rows == total[4]


async def test_another_farms_name_means_nothing_to_a_farmer(as_: As, seeded: Seeded):
    reply = await ask(as_, seeded.fiona, "How many cows are on Dairy farm?")
    made_up = await ask(as_, seeded.fiona, "How many cows are on Dreamland farm?")
    assert reply.text == made_up.text.replace("dreamland", "dairy") or "no" in reply.text
    assert reply.tables == []


@pytest.mark.parametrize(
    ("who", "question", "where", "number"),
    [
        ("fiona", "Which are my best 5 animals for weaning weight?",
         "f.code IN ('HILL', 'MOOR')", 5),
        ("fiona", "top 3 Texel rams for weaning weight",
         "f.code IN ('HILL', 'MOOR', 'STUD') AND breed = 'Texel' AND sex = 'M'", 3),
        ("fiona", "best ewes on MOOR for weaning", "f.code = 'MOOR' AND sex = 'F'", 10),
        ("marc", "best 50 animals for weaning weight", "f.code IN ('DAIRY', 'STUD')", 50),
        ("marc", "best cows for weaning weight",
         "f.code = 'DAIRY' AND a.species = 'cattle' AND sex = 'F'", 10),
    ],
)  # fmt: skip
async def test_the_best_equal_those_of_plain_sql(
    as_: As, seeded: Seeded, owner_engine: AsyncEngine,
    who: str, question: str, where: str, number: int,
):  # fmt: skip
    reply = await ask(as_, getattr(seeded, who), question)
    sql = (
        "SELECT a.tag FROM app.breeding_value v JOIN app.animal a ON a.id = v.animal_id "
        "JOIN app.farm f ON f.id = a.farm_id WHERE v.evaluation_id = :evaluation "
        f"AND a.status = 'alive' AND {where} ORDER BY v.value DESC LIMIT :number"
    )
    async with owner_engine.connect() as connection:
        values = {"evaluation": seeded.evaluation, "number": number}
        expected = [row.tag for row in await connection.execute(text(sql), values)]
    assert [row[1] for row in reply.tables[0].rows] == expected
    assert reply.sources[0].evaluation_id == seeded.evaluation  # the newest that is published


async def test_a_trait_without_evaluation_is_said_to_have_none(as_: As, seeded: Seeded):
    reply = await ask(as_, seeded.fiona, "best ewes for litter size")
    assert "no published evaluation of Litter size born" in reply.text
    assert "breeding values for: Weaning weight" in reply.text


async def test_without_a_trait_emilia_asks_back(as_: As, seeded: Seeded):
    assert "For which trait?" in (await ask(as_, seeded.fiona, "Which are my best rams?")).text


async def test_an_animal_on_one_page(as_: As, seeded: Seeded):
    reply = await ask(as_, seeded.fiona, "Tell me about HILL-STAR*1")
    assert r"**HILL-STAR\*1** (Old \<b\>Bess\</b\>) is a living male Texel sheep" in reply.text
    assert "Sire: STUD-7; dam: HILL-DAM." in reply.text
    assert "Offspring that you may see: 2." in reply.text  # the third is on another's farm
    assert "Inbreeding: 6.2 %." in reply.text
    tables = {one.title: one.rows for one in reply.tables}
    assert tables["Records"] == [["Weaning weight", "kg", 2, 25.5, 30.5, "2020-08-01"]]
    [[trait, unit, _, accuracy, percentile, records]] = tables["Breeding values"]
    assert (trait, unit, accuracy, percentile, records) == ("Weaning weight", "kg", 0.7, 50, 2)


async def test_another_farms_animal_is_not_found_as_one_that_does_not_exist(
    as_: As, seeded: Seeded
):
    hidden = await ask(as_, seeded.marc, "Tell me about animal HILL-DAM")
    missing = await ask(as_, seeded.marc, "Tell me about animal HILL-XXX")
    assert hidden.text == missing.text.replace("HILL-XXX", "HILL-DAM")


async def test_part_of_a_tag_gives_a_choice(as_: As, seeded: Seeded):
    reply = await ask(as_, seeded.fiona, "tell me about animal KID")
    assert [row[0] for row in reply.tables[0].rows] == ["KID-1", "KID-2"]


async def test_emilia_says_what_she_does_not_know(as_: As, seeded: Seeded):
    assert (
        "I do not know what “died”" in (await ask(as_, seeded.fiona, "How many animals died?")).text
    )
    assert "three kinds of question" in (await ask(as_, seeded.fiona, "Will it rain?")).text


async def test_a_narrowed_token_is_told_that_it_may_not(as_: As, make: Make, seeded: Seeded):
    narrow = await make.person("narrow", permissions=frozenset({Permission.CHAT_USE}))
    assert "may not look that up" in (await ask(as_, narrow, "How many animals?")).text


@pytest.mark.parametrize(
    "question",
    [
        "'; DROP TABLE app.animal; --",
        "%",
        "_",
        "x" * 4000,
        "1" * 4000,
        "1 " * 1999,
        "\\",
        "🐑" * 999,
    ],
)
async def test_odd_questions_get_an_answer(as_: As, seeded: Seeded, question: str):
    assert (await ask(as_, seeded.fiona, question)).text


async def test_a_conversation_from_start_to_deletion(as_: As, seeded: Seeded, store: Store):
    async with as_(seeded.fiona) as tx:
        new = await service.start(tx, store, ConversationCreate())
        turn = await service.ask(tx, store, new.id, Ask(text="How many ewes do I have?"))
        assert (turn.question.sequence, turn.answer.sequence) == (1, 2)
        assert turn.answer.answers == turn.question.id
        renamed = await service.rename(tx, store, new.id, ConversationUpdate(title="Ewes"))
        listed = await service.list_own(tx, store)
        assert [(one.id, one.title, one.messages) for one in listed.items] == [(new.id, "Ewes", 2)]
        read = await service.read(tx, store, new.id)
        assert list(read.items) == [turn.answer, turn.question]
        exported = await service.export(tx, store, new.id, Format.JSON)
        whole = Transcript.model_validate_json(exported.content)
        assert whole.messages == [turn.question, turn.answer]
        assert whole.conversation.title == renamed.title
        markdown = (await service.export(tx, store, new.id, Format.MARKDOWN)).content.decode()
        assert "> How many ewes do I have?" in markdown
        await service.delete(tx, store, new.id)
        with pytest.raises(Missing):
            await service.read(tx, store, new.id)


async def test_another_person_cannot_reach_a_conversation(as_: As, seeded: Seeded, store: Store):
    async with as_(seeded.fiona) as tx:
        new = await service.start(tx, store, ConversationCreate(title="private"))
    async with as_(seeded.marc) as tx:
        for attempt in (
            service.get(tx, store, new.id),
            service.read(tx, store, new.id),
            service.ask(tx, store, new.id, Ask(text="hello")),
            service.rename(tx, store, new.id, ConversationUpdate(title="mine")),
            service.export(tx, store, new.id, Format.JSON),
            service.delete(tx, store, new.id),
        ):
            with pytest.raises(Missing):
                await attempt
        assert new.id not in {one.id for one in (await service.list_own(tx, store)).items}


async def test_a_question_whose_answer_failed_stays_and_is_answered_later(
    as_: As, seeded: Seeded, store: Store, monkeypatch: pytest.MonkeyPatch
):
    question = Ask(text="How many ewes do I have?", id=uuid4())

    async def away(*_: object) -> Reply:
        raise Unavailable("test.away", "The database is away.")

    async with as_(seeded.fiona) as tx:
        new = await service.start(tx, store, ConversationCreate())
        with monkeypatch.context() as patched:
            patched.setattr(assistant, "answer", away)
            with pytest.raises(Unavailable):
                await service.ask(tx, store, new.id, question)
        [left] = (await service.read(tx, store, new.id)).items
        assert left.id == question.id
        first = await service.ask(tx, store, new.id, question)
        again = await service.ask(tx, store, new.id, question)
        assert first == again
        assert len((await service.read(tx, store, new.id)).items) == 2


async def test_without_the_permission_there_is_no_chat(as_: As, make: Make, store: Store):
    student = await make.person("sam", Role.STUDENT)
    async with as_(student) as tx:
        with pytest.raises(Denied, match="chat:use"):
            await service.list_own(tx, store)
