"""Two traits, direct and maternal effects, REML: from files of farms to what each may read."""

import json
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
import pytest_asyncio

import agrigen as ag
from hub import datasets, evaluations, jobs
from hub.actor import Actor
from hub.errors import Invalid, Missing
from hub.evaluations import BreedingValuesQuery, EvaluationRead, EvaluationsQuery, ResultQuery
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.hub.evaluations import lambs
from tests.workers import Door, Evaluating, until

TRAITS = ["birth_weight", "weaning_weight"]
FORMULA = (
    "birth_weight, weaning_weight ~ sex + farm:birth_year + animal(animal) "
    "+ maternal(dam)[weaning_weight]"
)
BY_FARM: dict[str, Any] = {
    "formula": "weaning_weight ~ sex + birth_year + animal(animal)",
    "residual_by": "farm",
    "variances": {"a": 4.0, "residual": {"EAST": 7.0, "WEST": 9.0}},
}

Read = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def eve(make: Make) -> Actor:
    """Farmer on EAST: an outsider to WEST."""
    return await make.person("eve", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farms(
    make: Make, stella: Actor, eve: Actor, door: Door, worker: subprocess.Popen[bytes]
) -> list[UUID]:
    owners = {lambs.STUD: {}, "EAST": {"owner": eve}, "WEST": {}}
    found = []
    for code, files in lambs.make().items():
        farm = await make.farm(code, shared=code == lambs.STUD, **owners[code])
        for kind, content in (("animals", files.animals), ("records", files.records)):
            if content.count("\n") > 1:
                done = await door.bring(stella, farm, kind, content)
                assert (done.state, done.rows_rejected) == ("done", 0), done
        found.append(farm)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(evaluating: Evaluating, stella: Actor, farms: list[UUID]) -> EvaluationRead:
    model = {"formula": FORMULA, "estimate": "reml"}
    done = await evaluating.run(stella, name="Lambs", model=model, publish=True)
    assert done.state == "done", done.error
    assert done.published_at
    return done


@pytest.fixture
def read(as_: As, objects: FolderObjects) -> Read:
    async def ask(actor: Actor, what: Any, evaluation_id: UUID, *query: Any) -> Any:
        async with as_(actor) as tx:
            return await what(tx, objects, evaluation_id, *query)

    return ask


async def test_a_formula_is_kept_as_the_effects_that_it_stands_for(done: EvaluationRead) -> None:
    assert done.traits == TRAITS
    assert [effect["name"] for effect in done.model["effects"]] == [
        "sex", "farm:birth_year", "a", "m",
    ]  # fmt: skip
    assert [(one.name, one.role, one.traits) for one in done.genetic_effects] == [
        ("a", "direct", TRAITS),
        ("m", "maternal", ["weaning_weight"]),
    ]
    assert done.summary["records"]["used"] == 400
    assert (done.summary["estimate"], done.summary["converged"]) == ("reml", True)


async def test_the_numbers_are_those_of_the_library_on_the_frozen_data(
    evaluating: Evaluating, as_: As, objects: FolderObjects, stella: Actor, done: EvaluationRead
) -> None:
    async with as_(stella) as tx:
        pedigree, data = await datasets.load(tx, objects, done.dataset_id)
    spec = ag.load_model(done.model)
    mine = ag.evaluate(
        spec.model, data, ag.Pedigree.from_frame(pedigree), spec.variances, estimate=spec.estimate
    )
    tags = pedigree.set_index("id")["tag"]
    for (effect, trait), values in mine.breeding_values.groupby(["effect", "trait"]):
        wanted = pd.Series(values["breeding_value"].to_numpy(), tags[values["id"]])
        found = await evaluating.values(stella, done.id, trait=trait, effect=effect)
        assert found == pytest.approx(wanted.to_dict(), abs=1e-9), (effect, trait)


async def test_the_direct_effect_of_the_first_trait_is_shown_unless_asked_otherwise(
    evaluating: Evaluating, as_: As, stella: Actor, done: EvaluationRead
) -> None:
    plain = await evaluating.values(stella, done.id)
    assert plain == await evaluating.values(stella, done.id, trait="birth_weight", effect="a")
    weaning = await evaluating.values(stella, done.id, trait="weaning_weight")
    maternal = await evaluating.values(stella, done.id, trait="weaning_weight", effect="m")
    assert len(plain) == len(weaning) == len(maternal) == 12 + 80 + 400
    assert weaning != maternal
    for query, sentence in (
        ({"trait": "milk_305d"}, "trait 'milk_305d'"),
        ({"trait": "birth_weight", "effect": "m"}, "effect 'm' for birth_weight"),
    ):
        with pytest.raises(Invalid, match=sentence):
            async with as_(stella) as tx:
                await evaluations.breeding_values(tx, done.id, BreedingValuesQuery(**query))


async def test_variances_have_standard_errors_and_ratios_intervals(
    read: Read, stella: Actor, done: EvaluationRead
) -> None:
    found = await read(stella, evaluations.variances, done.id, ResultQuery())
    # 3 direct and maternal components with their covariances, 2 residual ones
    assert len(found) == 6 + 3
    assert all(one.se is None or one.se > 0 for one in found)
    direct = {(one.effect, one.trait_1, one.trait_2): one for one in found}
    weaning = direct["a", "weaning_weight", "weaning_weight"]
    assert weaning.se is not None
    assert abs(weaning.value - 4.0) < 3 * weaning.se
    maternal = await read(stella, evaluations.variances, done.id, ResultQuery(effect="m"))
    assert {one.effect for one in maternal} == {"a:m", "m"}

    shares = await read(stella, evaluations.ratios, done.id, ResultQuery(trait="birth_weight"))
    [heritability] = [one for one in shares if one.kind == "heritability"]
    assert heritability.effect_1 == "a"
    assert heritability.lower < heritability.value < heritability.upper
    assert any(one.kind == "correlation" and one.effect_1 == one.effect_2 == "a" for one in shares)


async def test_samples_of_the_posterior_are_kept_like_estimates(
    read: Read, evaluating: Evaluating, stella: Actor, farms: list[UUID]
) -> None:
    options = {"iterations": 600, "burn_in": 200, "thin": 2, "chains": 2, "seed": 3}
    formula = "weaning_weight ~ sex + birth_year + animal(animal) + maternal(dam)"
    model = {"formula": formula, "estimate": "gibbs", "options": options}
    done = await evaluating.run(stella, name="Sampled", model=model)
    assert done.state == "done", done.error
    shares = await read(stella, evaluations.ratios, done.id, ResultQuery())
    inherited = [one for one in shares if one.kind == "heritability"]
    assert [one.effect_1 for one in inherited] == ["a", "m", "total"]
    assert all(one.lower < one.value < one.upper for one in inherited)
    told = await read(stella, evaluations.diagnostics, done.id)
    assert told.estimate == "gibbs"
    assert {step["chain"] for step in told.history} == {1, 2}
    assert "heritability m" in told.history[0]


async def test_trends_and_diagnostics_say_how_far_the_numbers_can_be_trusted(
    read: Read, stella: Actor, done: EvaluationRead
) -> None:
    trends = await read(stella, evaluations.trends, done.id, ResultQuery(effect="m"))
    assert {one.trait for one in trends} == {"weaning_weight"}
    assert [(one.birth_year, one.animals) for one in trends] == [
        (2016, 92), *((year, 80) for year in lambs.YEARS),
    ]  # fmt: skip
    found = await read(stella, evaluations.diagnostics, done.id)
    likelihood = [step["log_likelihood"] for step in found.history]
    assert likelihood == sorted(likelihood)
    assert (found.converged, found.estimate) == (True, "reml")
    assert [(one.effect, one.trait, sum(one.counts)) for one in found.reliability] == [
        ("a", "birth_weight", 492), ("a", "weaning_weight", 492), ("m", "weaning_weight", 492),
    ]  # fmt: skip


async def test_a_farmer_sees_own_animals_with_what_they_give_as_mothers(
    as_: As, evaluating: Evaluating, eve: Actor, done: EvaluationRead
) -> None:
    assert len(await evaluating.values(eve, done.id)) == 12 + 40 + 200
    async with as_(eve) as tx:
        page = await evaluations.breeding_values(tx, done.id, BreedingValuesQuery(limit=1))
        found = await evaluations.of_animal(tx, page.items[0].animal_id)
    assert [(one.trait, one.effect, one.role) for one in found] == [
        ("birth_weight", "a", "direct"),
        ("weaning_weight", "a", "direct"),
        ("weaning_weight", "m", "maternal"),
    ]
    assert {one.evaluation for one in found} == {"Lambs"}


async def test_an_outsider_reads_numbers_of_the_population_but_no_names_of_farms(
    as_: As, read: Read, objects: FolderObjects, stella: Actor, eve: Actor,
    evaluating: Evaluating, farms: list[UUID],
) -> None:  # fmt: skip
    done = await evaluating.run(stella, name="By farm", model=BY_FARM, publish=True)
    assert done.state == "done", done.error
    assert done.summary["residual_groups"] == ["EAST", "WEST"]
    told = []
    async with as_(eve) as tx:
        told.append(await evaluations.get(tx, done.id))
        told += (await evaluations.search(tx, EvaluationsQuery())).items
        told.append(await evaluations.latest(tx, "weaning_weight"))
    for what in (evaluations.variances, evaluations.ratios, evaluations.trends):
        rows = await read(eve, what, done.id, ResultQuery())
        assert rows
        told += rows
    told.append(await read(eve, evaluations.diagnostics, done.id))
    words = " ".join(one.model_dump_json() for one in told)
    assert "group 2" in words
    assert "WEST" not in words
    with pytest.raises(Missing):
        await read(eve, evaluations.content, done.id, "variances.csv")
    groups = {
        one.group for one in await read(stella, evaluations.variances, done.id, ResultQuery())
    }
    assert groups == {None, "EAST", "WEST"}


async def test_an_interrupted_estimation_goes_on_where_it_was(
    as_: As, evaluating: Evaluating, objects: FolderObjects, stella: Actor, farms: list[UUID]
) -> None:
    """Thousands of EM steps, so that there is time to stop it twice."""
    options = {"em_iterations": 100_000, "max_iterations": 100_000, "tolerance": 1e-300}
    model = {"formula": FORMULA, "estimate": "reml", "options": options}
    asked = await evaluating.ask(stella, name="Slow", model=model)
    assert asked.job_id is not None

    async def likelihood() -> float | None:
        async with as_(stella) as tx:
            message = (await jobs.get(tx, asked.job_id)).message
        return float(message.split()[-1]) if "log-likelihood" in message else None

    reached = []
    for _ in range(2):
        await until(likelihood, lambda value: value is not None)
        reached.append(await likelihood())
        async with as_(stella) as tx:
            await evaluations.cancel(tx, asked.id)
        over = await evaluating.over(stella, asked.id, 30)
        assert (over.state, over.error) == ("cancelled", "")
        start = json.loads(objects.get(over.objects["start.json"]))
        assert list(start) == ["a", "residual"]
        assert len(start["a"]) == 3
        async with as_(stella) as tx:
            await evaluations.retry(tx, asked.id)
    async with as_(stella) as tx:
        await evaluations.cancel(tx, asked.id)
    await evaluating.over(stella, asked.id, 30)
    assert reached[1] >= reached[0]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ({"formula": "weaning_weight ~ sex ++ animal(animal)"}, "Expected a term"),
        ({"formula": FORMULA.replace("farm:", "flock:"), "estimate": "reml"}, "'flock'"),
        ({"formula": FORMULA}, "variance"),
        ({"formula": FORMULA, "traits": TRAITS, "estimate": "reml"}, "formula"),
        ({"estimate": "reml"}, "effects"),
        (
            {"formula": FORMULA, "estimate": "reml", "options": {"max_iteration": 3}},
            "max_iteration",
        ),
    ],
)
async def test_a_declaration_that_cannot_be_understood_is_refused_with_what_to_do(
    evaluating: Evaluating, stella: Actor, farms: list[UUID], model: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await evaluating.ask(stella, model=model)
    told = [refused.value.message, *(f"{e.message} {e.remedy}" for e in refused.value.errors)]
    assert sentence in " ".join(told)
