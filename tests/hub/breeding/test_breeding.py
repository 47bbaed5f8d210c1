"""Breeding advice: plans that keep their limits, a pair in words, genes, and who may see what."""

from datetime import date, timedelta
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, text

from hub import breeding, events
from hub.actor import Actor
from hub.breeding import GeneSet, PairQuery, PlanCreate, PlansQuery
from hub.breeding.words import TEXTS
from hub.datasets.models import DatasetVersion
from hub.errors import Denied, Invalid, Missing
from hub.evaluations.models import BreedingValue, Evaluation
from hub.events import EventCreate
from hub.permissions import Role
from hub.schemas import Language
from hub.storage.base import new_id
from tests.database import As, Make

BORN = date(2023, 3, 1)
EN, FR = Language.ENGLISH, Language.FRENCH
SD = 2.0


async def put(make: Make, table: Any, **values: Any) -> None:
    async with make._engine.begin() as connection:
        await connection.execute(insert(table).values(**values))


async def evaluation(make: Make, actor: Actor, farm: UUID, values: dict[UUID, float]) -> UUID:
    """A published evaluation of weaning weight: genetic sd 2 kg, reliability 0.5."""
    dataset, run = new_id(), new_id()
    await put(
        make, DatasetVersion, id=dataset, person_id=actor.person_id, name="x", farm_ids=[farm],
        content_hash=str(dataset), description={}, counts={}, objects={},
    )  # fmt: skip
    await put(
        make, Evaluation, id=run, person_id=actor.person_id, dataset_id=dataset, name="Lambs",
        model={}, traits=["weaning_weight"], farm_ids=[farm], state="done", summary={},
        genetic_effects=[{"name": "a", "role": "direct", "traits": ["weaning_weight"]}],
        provenance={}, objects={}, published_at=func.now(),
    )  # fmt: skip
    for animal, value in values.items():
        await put(
            make, BreedingValue, evaluation_id=run, trait_code="weaning_weight", effect="a",
            animal_id=animal, farm_id=farm, value=value, se=SD * 0.5**0.5, reliability=0.5,
            accuracy=0.5**0.5, inbreeding=0.0, records=1, percentile=50,
        )  # fmt: skip
    return run


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flock(make: Make) -> SimpleNamespace:
    """HILL of fiona: two rams, four ewes. GRAND, grandsire of many, is on a farm of marc's."""
    fiona, marc = await make.person("fiona", Role.FARMER), await make.person("marc", Role.FARMER)
    ann = await make.person("ann", Role.FARMER)
    hill = await make.farm("HILL", owner=fiona, adviser=ann)
    far = await make.farm("FAR", owner=marc)
    grand = await make.animal(far, "GRAND", sex="M", birth_date=BORN)

    async def animal(tag: str, sex: str, born: date = BORN, **parents: UUID) -> UUID:
        return await make.animal(hill, tag, sex=sex, birth_date=born, **parents)

    r1 = await animal("R1", "M", sire_id=grand)
    found = {
        "r1": r1,
        "r2": await animal("R2", "M"),
        "half": await animal("HALF", "F", sire_id=grand),
        "daughter": await animal("DAUGHTER", "F", sire_id=r1),
        "free": await animal("FREE", "F"),
        "other": await animal("OTHER", "F"),
        "lamb": await animal("LAMB", "F", date.today()),
    }
    values = {"r1": 4.0, "r2": 1.0, "half": 0.0, "daughter": 1.0, "free": 2.0, "other": -1.0}
    await evaluation(make, fiona, hill, {found[name]: value for name, value in values.items()})
    return SimpleNamespace(
        fiona=fiona, marc=marc, ann=ann, hill=hill, far=far, grand=grand, **found
    )


async def plan(as_: As, flock: SimpleNamespace, **settings: Any) -> breeding.PlanRead:
    async with as_(flock.fiona) as tx:
        new = PlanCreate(farm_id=flock.hill, name="Autumn", **settings)
        return await breeding.create(tx, new, EN)


def males(found: breeding.PlanRead) -> dict[str, str]:
    return {one.female_tag: one.male_tag for one in found.matings}


async def test_a_plan_takes_the_better_ram_where_no_rule_forbids_him(
    as_: As, flock: SimpleNamespace
) -> None:
    found = await plan(as_, flock, most_females=4)
    # HALF: (20 + 0) / 2 points less 12.5 x 0.5 for inbreeding is more than R2's 2.5.
    assert males(found) == {"DAUGHTER": "R2", "FREE": "R1", "HALF": "R1", "OTHER": "R1"}
    assert found.mated == found.females == 4  # the lamb is too young
    assert all(one.inbreeding <= 0.125 for one in found.matings)
    free = next(one for one in found.matings if one.female_tag == "FREE")
    # Ten points are a genetic standard deviation of 2 kg: (4 + 2) / 2 kg are 15 points.
    assert free.index == pytest.approx(15) and free.second is not None
    assert (free.second.male_tag, free.second.index) == ("R2", pytest.approx(7.5))
    assert {one.male_tag: one.females for one in found.males} == {"R1": 3, "R2": 1}


async def test_limits_hold_and_who_is_left_without_a_male_is_told_why(
    as_: As, flock: SimpleNamespace
) -> None:
    found = await plan(as_, flock, male_ids=[flock.r1], most_females=1, most_inbreeding=0.1)
    assert found.mated == 1
    why = {one.female_tag: [note.code for note in one.notices] for one in found.unmated}
    assert why["HALF"] == why["DAUGHTER"] == ["breeding.inbreeding"]
    assert ["breeding.full"] in why.values()
    async with as_(flock.fiona) as tx:
        french = await breeding.get(tx, found.id, FR)
        table = (await breeding.csv(tx, found.id, EN)).decode("utf-8-sig")
    assert any("trop proches" in note.message for one in french.unmated for note in one.notices)
    assert table.splitlines()[0].startswith("female,male,index,inbreeding_percent")
    assert "HALF,,,,,,,1 of 1 males are too closely related." in table


async def test_a_hidden_ancestor_counts_and_is_not_shown(as_: As, flock: SimpleNamespace) -> None:
    async with as_(flock.fiona) as tx:
        found = await breeding.pair(tx, PairQuery(sire=flock.r1, dam=flock.half))
        rows = await tx.session.execute(
            text("SELECT animal FROM app.pedigree_above(:ids)"), {"ids": [flock.r1, flock.grand]}
        )
        seen = [row.animal for row in rows]
    assert (found.inbreeding, found.relation) == (0.125, "As between half siblings.")
    async with as_(flock.fiona) as tx:
        pairs = {(flock.r1, flock.half), (flock.r1, flock.daughter), (flock.grand, flock.half)}
        coefficients = await breeding.kinship(tx, pairs)
    assert coefficients == {(flock.r1, flock.half): 0.125, (flock.r1, flock.daughter): 0.25}
    assert str(flock.grand) not in found.model_dump_json()
    assert sorted(map(str, filter(None, seen))) == [str(flock.r1)] and len(seen) == 2
    async with as_(flock.marc) as tx:
        with pytest.raises(Missing):
            await breeding.pair(tx, PairQuery(sire=flock.r1, dam=flock.half))


async def test_a_pair_is_judged_in_words_and_numbers(as_: As, flock: SimpleNamespace) -> None:
    async with as_(flock.fiona) as tx:
        close = await breeding.pair(tx, PairQuery(sire=flock.r1, dam=flock.daughter))
        begin = perf_counter()
        good = await breeding.pair(tx, PairQuery(sire=flock.r1, dam=flock.free, language=FR))
        seconds = perf_counter() - begin
    assert (close.verdict, close.inbreeding) == ("avoid", 0.25)
    assert close.text == "Better not: Progeny would be 25 % inbred; the limit is 12.5 %."
    assert (good.verdict, good.text) == ("good", TEXTS["verdict.good"]["fr"])
    assert good.index is not None and good.index.mean == pytest.approx(15)
    # Half of the genetic variance, and a quarter of the error of each parent: 0.75 sd², 90 %.
    reach = 1.6449 * 10 * 0.75**0.5
    assert good.index.high - good.index.mean == pytest.approx(reach, rel=1e-4)
    assert good.traits[0].what == "weaning_weight" and good.traits[0].mean == 3.0
    assert seconds < 0.2


async def test_carriers_and_prnp_are_kept_apart(as_: As, flock: SimpleNamespace) -> None:
    async with as_(flock.fiona) as tx:
        for animal, gene, written in (
            (flock.r1, "spider", "carrier"), (flock.free, "spider", "Carrier"),
            (flock.r2, "spider", "free"), (flock.r2, "prp", "arr/vrq"),
            (flock.other, "PRNP", "ARQARQ"), (flock.half, "PRNP", "ARR ARR"),
        ):  # fmt: skip
            await breeding.set_gene(tx, animal, gene, GeneSet(genotype=written))
        [prnp, _] = await breeding.genes(tx, flock.r2)
        pair = await breeding.pair(tx, PairQuery(sire=flock.r2, dam=flock.other))
        risk = await breeding.pair(tx, PairQuery(sire=flock.r1, dam=flock.free))
    assert (prnp.gene, prnp.genotype, prnp.prnp_type) == ("PRNP", "ARR/VRQ", 4)
    assert [(one.genotype, one.type) for one in pair.prnp] == [("ARR/ARQ", 2), ("ARQ/VRQ", 5)]
    assert pair.verdict == "avoid" and "50 % of progeny would be of PrP type 5" in pair.text
    assert risk.genes[0].affected == pytest.approx(0.25, abs=1e-4) and risk.verdict == "avoid"
    # FREE must not go to R1 (spider), OTHER not to R2 (PrP), DAUGHTER not to R1 (her sire). HALF
    # has the sire of the carrier R1: a carrier with 1/4, so 1/16 of their progeny is at risk.
    found = await plan(as_, flock, most_females=4, worst_prnp=4)
    assert males(found) == {"DAUGHTER": "R2", "FREE": "R2", "HALF": "R2", "OTHER": "R1"}
    async with as_(flock.fiona) as tx:
        with pytest.raises(Invalid, match="ABC/ARR") as refused:
            await breeding.set_gene(tx, flock.r1, "PRNP", GeneSet(genotype="ABC/ARR"))
        assert "ARR, AHQ, ARH, ARQ, VRQ" in refused.value.errors[0].remedy
        await breeding.remove_gene(tx, flock.free, "spider")
        with pytest.raises(Missing):
            await breeding.remove_gene(tx, flock.free, "spider")


async def test_who_looks_cannot_plan_and_strangers_see_no_plan(
    as_: As, flock: SimpleNamespace
) -> None:
    found = await plan(as_, flock)
    async with as_(flock.ann) as tx:
        assert (await breeding.get(tx, found.id, EN)).name == "Autumn"
        with pytest.raises(Denied):
            await breeding.delete(tx, found.id)
        with pytest.raises(Denied):
            await breeding.set_gene(tx, flock.r1, "PRNP", GeneSet(genotype="ARR/ARR"))
    async with as_(flock.marc) as tx:
        with pytest.raises(Missing):
            await breeding.get(tx, found.id, EN)
        assert (await breeding.search(tx, PlansQuery())).items == []
    async with as_(flock.fiona) as tx:
        await breeding.delete(tx, found.id)
        with pytest.raises(Missing):
            await breeding.get(tx, found.id, EN)


async def test_the_index_explains_itself_and_ranks_candidates(
    as_: As, flock: SimpleNamespace
) -> None:
    async with as_(flock.fiona) as tx:
        index = await breeding.index(tx, flock.hill, EN)
        ranked = await breeding.candidates(tx, flock.hill)
    async with as_(flock.marc) as tx:
        nothing = await breeding.index(tx, flock.far, FR)
    assert [(one.trait, one.weight) for one in index.traits] == [
        ("weaning_weight", pytest.approx(5.0))
    ]
    assert "weaning_weight 1" in index.explanation and nothing.traits == []
    assert nothing.explanation == TEXTS["index.none"]["fr"]
    assert {one.tag: one.rank for one in ranked if one.sex == "M"} == {"R1": 1, "R2": 2}
    assert "LAMB" not in {one.tag for one in ranked}


async def test_a_ewe_that_carries_lambs_waits(as_: As, flock: SimpleNamespace) -> None:
    today = date.today()
    scan = {"kind": "pregnancy_check", "method": "ultrasound", "result": "pregnant"}
    mated = {"kind": "mating", "method": "natural", "sire_ids": [flock.r2]}
    async with as_(flock.fiona) as tx:
        for days, details in ((60, mated), (1, scan)):
            new = {"animal_id": flock.other, "details": details}
            on = today - timedelta(days=days)
            await events.record(tx, EventCreate.model_validate({**new, "occurred_on": on}))
        now = await breeding.candidates(tx, flock.hill, today)
        later = await breeding.candidates(tx, flock.hill, today + timedelta(days=200))
    assert "OTHER" not in {one.tag for one in now}
    assert "OTHER" in {one.tag for one in later}


async def test_bad_input_is_refused_by_name(as_: As, flock: SimpleNamespace) -> None:
    for settings, code, words in (
        ({"male_ids": [flock.free]}, "breeding.unfit", "FREE is a female"),
        ({"male_ids": [flock.grand]}, "breeding.unfit", "not an animal that you may see"),
        ({"weights": {"fleece": 1}}, "breeding.no_evaluation", "There are weaning_weight"),
    ):
        with pytest.raises(Invalid) as refused:
            await plan(as_, flock, **settings)
        error = refused.value
        assert error.code == code
        assert words in f"{error.errors[0].message} {error.errors[0].remedy}"


def test_every_text_is_there_in_both_languages() -> None:
    for code, words in TEXTS.items():
        assert words.keys() == {"en", "fr"}, code
        fields = [{part.split("}")[0] for part in one.split("{")[1:]} for one in words.values()]
        assert fields[0] == fields[1], code
