"""Evaluations: frozen input, right numbers, publishing, and who sees what."""

import subprocess
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from hub import datasets, evaluations
from hub.actor import Actor
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.evaluations import (
    BreedingValuesQuery,
    EvaluationCreate,
    EvaluationRead,
    EvaluationsQuery,
)
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import Door, Evaluating

# Mrode, Linear Models for the Prediction of Animal Breeding Values, example 3.1 (3rd edition):
# weaning gain of five calves; fixed effect of sex; h2 = 20 / 60.
CALVES = """\
id,sex,sire,dam
1,M,,
2,F,,
3,F,,
4,M,1,
5,F,3,2
6,F,1,2
7,M,4,5
8,M,3,6
"""
# Calf 3 is the sire of two calves in the book; its sex is left open here.
CALVES = CALVES.replace("3,F,,", "3,U,,")
GAINS = """\
animal,trait,value,sex_class
4,pre_weaning_gain,4.5,male
5,pre_weaning_gain,2.9,female
6,pre_weaning_gain,3.9,female
7,pre_weaning_gain,3.5,male
8,pre_weaning_gain,5.0,male
"""
PUBLISHED = {
    "1": 0.098, "2": -0.019, "3": -0.041, "4": -0.009, "5": -0.186, "6": 0.177, "7": -0.249,
    "8": 0.183,
}  # fmt: skip
MODEL: dict[str, Any] = {
    "traits": ["pre_weaning_gain"],
    "effects": [
        {"name": "sex", "type": "fixed", "column": "sex_class"},
        {"name": "a", "type": "animal", "column": "animal"},
    ],
    "variances": {"a": 20, "residual": 40},
}


X = {"name": "x", "type": "random", "column": "dam"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def marc(make: Make) -> Actor:
    return await make.person("marc", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calves(
    make: Make, stella: Actor, marc: Actor, door: Door, worker: subprocess.Popen[bytes]
) -> UUID:
    """Mrode's calves on marc's farm."""
    farm = await make.farm("MRODE", species="cattle", owner=marc)
    for kind, content in (("animals", CALVES), ("records", GAINS)):
        done = await door.bring(stella, farm, kind, content)
        assert (done.state, done.rows_rejected) == ("done", 0), done
    return farm


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(evaluating: Evaluating, stella: Actor, calves: UUID) -> EvaluationRead:
    done = await evaluating.run(stella, model=MODEL, farms=[str(calves)], publish=True)
    assert done.state == "done", done.error
    return done


async def test_mrode_3_1_comes_out_of_import_and_evaluation(
    evaluating: Evaluating, stella: Actor, done: EvaluationRead
) -> None:
    found = await evaluating.values(stella, done.id)
    assert found == pytest.approx(PUBLISHED, abs=0.0006)  # three digits are printed
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert await evaluating.values(stella, done.id, limit=3) == found


async def test_a_result_names_its_data_and_how_it_was_made(
    as_: As, objects: FolderObjects, stella: Actor, done: EvaluationRead
) -> None:
    async with as_(stella) as tx:
        dataset = await datasets.get(tx, done.dataset_id)
        solutions = await evaluations.content(tx, objects, done.id, "solutions.csv")
    assert done.provenance["dataset"]["content_hash"] == dataset.content_hash
    assert dataset.counts == {"animals": 8, "records": 5, "farms": 1}
    assert solutions.decode().startswith("effect,trait,level")
    assert done.summary["records"]["used"] == 5
    assert done.summary["dependent"] == 0  # their number; the names can be those of hidden farms
    assert done.published_at is not None


async def test_the_same_data_give_the_same_dataset_and_result(
    evaluating: Evaluating, as_: As, stella: Actor, calves: UUID, done: EvaluationRead
) -> None:
    again = await evaluating.run(stella, model=MODEL, farms=[str(calves)], name="test")
    async with as_(stella) as tx:
        first = await datasets.get(tx, done.dataset_id)
        second = await datasets.get(tx, again.dataset_id)
    assert first.objects == second.objects
    assert first.content_hash == second.content_hash
    assert again.result_hash == done.result_hash


async def test_a_published_evaluation_shows_each_farmer_their_own_animals(
    evaluating: Evaluating, as_: As, make: Make, marc: Actor, done: EvaluationRead
) -> None:
    stranger = await make.person("stranger", Role.FARMER)
    assert len(await evaluating.values(marc, done.id)) == 8
    assert await evaluating.values(stranger, done.id) == {}
    async with as_(marc) as tx:
        latest = await evaluations.latest(tx, "pre_weaning_gain")
        page = await evaluations.breeding_values(tx, done.id, BreedingValuesQuery(limit=1))
        of_best = await evaluations.of_animal(tx, page.items[0].animal_id)
        found = await evaluations.search(tx, EvaluationsQuery(trait="pre_weaning_gain"))
    assert latest.id == done.id
    assert [item.value for item in of_best] == [page.items[0].value]
    assert [item.id for item in found.items] == [done.id]
    assert page.items[0].percentile > 90


async def test_farmers_neither_run_nor_publish(
    evaluating: Evaluating, as_: As, make: Make, marc: Actor, calves: UUID, done: EvaluationRead
) -> None:
    with pytest.raises(Denied):
        await evaluating.ask(marc, model=MODEL)
    with pytest.raises(Denied):
        async with as_(marc) as tx:
            await evaluations.withdraw(tx, done.id)
    rita = await make.person("rita", Role.RESEARCHER)
    await make.member(calves, rita, "reader")
    with pytest.raises(Denied):
        await evaluating.ask(rita, model=MODEL, publish=True)
    hers = await evaluating.run(rita, model=MODEL)
    assert hers.state == "done"
    with pytest.raises(Missing):
        async with as_(marc) as tx:
            await evaluations.get(tx, hers.id)


async def test_a_withdrawn_evaluation_is_no_longer_the_latest(
    evaluating: Evaluating, as_: As, stella: Actor, marc: Actor, calves: UUID
) -> None:
    newer = await evaluating.run(stella, model=MODEL, farms=[str(calves)], name="newer")
    async with as_(stella) as tx:
        assert (await evaluations.publish(tx, newer.id)).published_at
    with pytest.raises(Missing, match=r"Published traits are .*pre_weaning_gain"):
        async with as_(marc) as tx:
            await evaluations.latest(tx, "pre_weening_gain")
    async with as_(marc) as tx:
        assert (await evaluations.latest(tx, "pre_weaning_gain")).id == newer.id
    async with as_(stella) as tx:
        await evaluations.withdraw(tx, newer.id)
    async with as_(marc) as tx:
        assert (await evaluations.latest(tx, "pre_weaning_gain")).id != newer.id
    with pytest.raises(Conflict):
        async with as_(stella) as tx:
            await evaluations.withdraw(tx, newer.id)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"variances": {"a": 20}}, "residual"),
        ({"traits": ["milk_305d"]}, "no records"),
        ({"effects": [X], "variances": {"x": 1, "residual": 1}}, "type animal"),
        (
            {"effects": [{"name": "a", "type": "animal"}, {"name": "wool", "type": "fixed"}]},
            "wool",
        ),
        ({"effects": [{"name": "a", "type": "magic"}]}, "magic"),
    ],
)
async def test_a_model_that_cannot_be_run_is_refused_before_anything_is_kept(
    evaluating: Evaluating, stella: Actor, calves: UUID, urls: Urls,
    change: dict[str, Any], sentence: str,
) -> None:  # fmt: skip
    def kept() -> Any:
        with psycopg.connect(urls.owner) as connection:
            return connection.execute("SELECT count(*) FROM app.dataset_version").fetchone()

    before = kept()
    with pytest.raises(Invalid) as refused:
        await evaluating.ask(stella, model={**MODEL, **change})
    told = " ".join([refused.value.message, *(e.message for e in refused.value.errors)])
    assert sentence in told
    assert kept() == before


async def test_who_lost_a_farm_since_asking_hears_that_it_failed(
    evaluating: Evaluating, as_: As, make: Make, urls: Urls, calves: UUID,
    worker: subprocess.Popen[bytes],
) -> None:  # fmt: skip
    ruth = await make.person("ruth", Role.RESEARCHER)
    await make.member(calves, ruth, "reader")
    done = await evaluating.run(ruth, model=MODEL)
    async with as_(ruth) as tx:
        values = await evaluations.breeding_values(tx, done.id, BreedingValuesQuery())
        assert len(values.items) == 8
        asked = await evaluations.create(
            tx, evaluating.objects, EvaluationCreate(name="late", model=MODEL)
        )
        with psycopg.connect(urls.owner) as owner:  # before the worker can see the job
            owner.execute("DELETE FROM app.farm_member WHERE person_id = %s", [ruth.person_id])
    over = await evaluating.over(ruth, asked.id, 20)
    assert (over.state, "dataset" in over.error) == ("failed", True)
    async with as_(ruth) as tx:
        assert not (await evaluations.breeding_values(tx, done.id, BreedingValuesQuery())).items
        with pytest.raises(Missing):
            await evaluations.content(tx, evaluating.objects, done.id, "solutions.csv")


async def test_publishing_other_peoples_animals_does_not_take_ones_own_values_away(
    evaluating: Evaluating,
    as_: As,
    make: Make,
    door: Door,
    stella: Actor,
    marc: Actor,
    done: EvaluationRead,
) -> None:
    elsewhere = await make.farm("ELSE", species="cattle")
    for kind, content in (("animals", CALVES), ("records", GAINS)):
        await door.bring(stella, elsewhere, kind, content)
    other = await evaluating.run(stella, model=MODEL, farms=[str(elsewhere)], publish=True)
    async with as_(marc) as tx:
        assert (await evaluations.latest(tx, "pre_weaning_gain")).id == done.id
    async with as_(stella) as tx:
        assert (await evaluations.latest(tx, "pre_weaning_gain")).id == other.id
