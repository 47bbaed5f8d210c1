"""Weights at standard ages, gains and ratios, from records."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from hub import performance
from hub.actor import Actor
from hub.errors import Missing
from hub.performance import AnimalWeights, FarmWeightQuery, WeightQuery
from hub.permissions import Role
from tests.database import As, Make

BORN = date(2024, 3, 1)


class Scene:
    fiona: Actor
    marc: Actor
    hill: UUID
    lind: UUID
    lamb: UUID
    bull: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    scene.lind = await make.farm("LIND", species="cattle", owner=scene.marc)
    scene.lamb = await make.animal(scene.hill, "L1", birth_date=BORN, sex="M")
    await weigh(make, scene.hill, scene.lamb, "birth_weight", 4, 0)
    await weigh(make, scene.hill, scene.lamb, "weight", 16, 40)
    await weigh(make, scene.hill, scene.lamb, "weaning_weight", 32.5, 95)
    dam = await make.animal(
        scene.lind, "DAM", species="cattle", sex="F", birth_date=date(2022, 2, 1)
    )
    scene.bull = await make.animal(
        scene.lind, "BULL", species="cattle", sex="M", birth_date=BORN, dam_id=dam
    )
    pound = 0.45359237
    await weigh(make, scene.lind, scene.bull, "birth_weight", 85 * pound, 0)
    await weigh(make, scene.lind, scene.bull, "weaning_weight", 520 * pound, 210)
    return scene


async def weigh(make: Make, farm: UUID, animal: UUID, trait: str, kg: float, age: int) -> UUID:
    return await make.record(farm, animal, trait, kg, on=BORN + timedelta(days=age))


async def weights(
    as_: As, actor: Actor, animal: UUID, query: WeightQuery | None = None
) -> AnimalWeights:
    async with as_(actor) as tx:
        return await performance.weights_of_animal(tx, animal, query)


async def test_the_example_of_bif_comes_out(scene: Scene, as_: As) -> None:
    """520 lb at 210 days, 85 lb at birth, a bull calf of a 2-year-old: 569.6 lb."""
    found = await weights(as_, scene.marc, scene.bull)
    [adjusted, yearling] = found.adjusted
    assert adjusted.weight_kg == pytest.approx(569.6 * 0.45359237, abs=0.03)
    assert (adjusted.name, adjusted.age_days) == ("205-day", 210)
    assert yearling.weight_kg is None
    assert yearling.reason == "No weighing is from 320 to 440 days of age."


async def test_a_lamb_weighed_twice_has_50_and_100_day_weights(scene: Scene, as_: As) -> None:
    found = await weights(as_, scene.fiona, scene.lamb)
    fifty, hundred = found.adjusted
    assert fifty.weight_kg == pytest.approx((16 - 4) / 40 * 50 + 4)
    assert hundred.weight_kg == pytest.approx((32.5 - 16) / 55 * 50 + 19)
    assert [one.daily_gain_kg for one in found.weighings] == [0.3, 0.3]
    assert found.daily_gain_kg == pytest.approx(0.3)
    [not_used] = fifty.not_used
    assert not_used.reason == "At 95 days of age: outside 30 to 70 days."


async def test_of_two_weighings_the_nearer_one_counts(make: Make, scene: Scene, as_: As) -> None:
    lamb = await make.animal(scene.hill, "L2", birth_date=BORN, sex="F")
    for trait, kg, age in (("birth_weight", 4, 0), ("weight", 15, 35), ("weight", 19, 51)):
        await weigh(make, scene.hill, lamb, trait, kg, age)
    fifty, hundred = (await weights(as_, scene.fiona, lamb)).adjusted
    assert fifty.age_days == 51
    assert fifty.not_used[0].reason == "At 35 days of age: another weighing is nearer to day 50."
    assert hundred.weight_kg is None


async def test_without_a_birth_weight_one_can_be_assumed(make: Make, scene: Scene, as_: As) -> None:
    lamb = await make.animal(scene.hill, "L3", birth_date=BORN)
    await weigh(make, scene.hill, lamb, "weight", 19, 50)
    found = await weights(as_, scene.fiona, lamb)
    assert found.adjusted[0].reason == "The birth weight is not recorded."
    assert found.daily_gain_kg is None
    found = await weights(as_, scene.fiona, lamb, WeightQuery(assumed_birth_weight=4))
    assert found.birth_weight_assumed
    assert found.adjusted[0].weight_kg == pytest.approx(19)


async def test_a_weighing_before_birth_is_told_and_not_used(
    make: Make, scene: Scene, as_: As
) -> None:
    """The birth date was corrected after the weighing."""
    lamb = await make.animal(scene.hill, "L4", birth_date=BORN)
    await weigh(make, scene.hill, lamb, "weight", 19, -3)
    unborn = await make.animal(scene.hill, "L5")
    await weigh(make, scene.hill, unborn, "weight", 19, 50)
    found = await weights(as_, scene.fiona, lamb)
    assert "3 days before birth" in found.adjusted[0].not_used[0].reason
    found = await weights(as_, scene.fiona, unborn)
    assert found.adjusted[0].reason == "The birth date is not recorded."


async def test_the_ratio_is_among_contemporaries_on_the_card_and_in_the_list(
    make: Make, scene: Scene, as_: As
) -> None:
    farm = await make.farm("GROUP", owner=scene.fiona)
    lambs = {}
    for tag, kg, sex in (("A", 18, "F"), ("B", 20, "F"), ("C", 22, "F"), ("D", 30, "M")):
        lambs[tag] = await make.animal(farm, tag, birth_date=BORN, sex=sex)
        await weigh(make, farm, lambs[tag], "birth_weight", 4, 0)
        await weigh(make, farm, lambs[tag], "weight", kg, 50)
    async with as_(scene.fiona) as tx:
        first = await performance.weights_of_farm(tx, farm, FarmWeightQuery(limit=3))
        query = FarmWeightQuery(limit=3, cursor=first.next_cursor)
        last = await performance.weights_of_farm(tx, farm, query)
    assert [one.tag for one in (*first.items, *last.items)] == list("ABCD")
    assert last.next_cursor is None
    ratios = [one.adjusted[0].ratio for one in (*first.items, *last.items)]
    assert ratios == [90, 100, 110, None]
    card = await weights(as_, scene.fiona, lambs["C"])
    assert (card.adjusted[0].ratio, card.adjusted[0].contemporaries) == (110, 3)


async def test_weights_of_another_farm_are_missing(scene: Scene, as_: As) -> None:
    with pytest.raises(Missing):
        await weights(as_, scene.marc, scene.lamb)
    with pytest.raises(Missing):
        async with as_(scene.marc) as tx:
            await performance.weights_of_farm(tx, scene.hill, FarmWeightQuery())


async def test_a_farm_without_weights_has_an_empty_answer(
    make: Make, scene: Scene, as_: As
) -> None:
    farm = await make.farm("EMPTY", owner=scene.fiona)
    async with as_(scene.fiona) as tx:
        assert (await performance.weights_of_farm(tx, farm, FarmWeightQuery())).items == []
    await make.animal(farm, "X")
    async with as_(scene.fiona) as tx:
        [found] = (await performance.weights_of_farm(tx, farm, FarmWeightQuery())).items
    assert found.weighings == []
    assert found.adjusted[0].reason == "The birth date is not recorded."


async def test_the_dam_s_age_is_that_of_the_cow_that_gave_milk(
    make: Make, scene: Scene, as_: As
) -> None:
    donor, recipient = [
        await make.animal(
            scene.lind, tag, species="cattle", sex="F", birth_date=BORN - timedelta(days=366 * age)
        )
        for tag, age in (("DONOR", 2), ("RECIPIENT", 6))
    ]
    calf = await make.animal(
        scene.lind, "ET", species="cattle", sex="M", birth_date=BORN, dam_id=donor,
        recipient_dam_id=recipient,
    )  # fmt: skip
    await weigh(make, scene.lind, calf, "birth_weight", 40, 0)
    await weigh(make, scene.lind, calf, "weaning_weight", 250, 205)
    [adjusted] = [
        one for one in (await weights(as_, scene.marc, calf)).adjusted if one.target_days == 205
    ]
    assert adjusted.weight_kg == pytest.approx(250)  # of a six-year-old nothing is added
