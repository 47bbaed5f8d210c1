"""Evaluations with genotypes: right numbers, effects of markers, refusals, and who sees what."""

import subprocess
from io import BytesIO
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import pytest_asyncio

import agrigen as ag
from hub import datasets, evaluations, genotypes
from hub.actor import Actor
from hub.errors import Denied, HubError, Invalid, Missing
from hub.evaluations import EvaluationCreate, EvaluationRead, MarkerEffectsQuery
from hub.genotypes import GenotypeSetRead, Link, LinksPut
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.genotyping import Genotyping, plink
from tests.hub.evaluations.weighed import TRAIT, Weighed, genomic, weighed
from tests.workers import Evaluating


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farm(make: Make, fiona: Actor) -> UUID:
    return await make.farm("HILL", owner=fiona)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flock(make: Make, farm: UUID) -> Weighed:
    return await weighed(make, farm)


@pytest.fixture(scope="module")
def genotyping(as_: As, objects: FolderObjects) -> Genotyping:
    return Genotyping(as_, objects)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chip(
    genotyping: Genotyping, stella: Actor, farm: UUID, flock: Weighed,
    tmp_path_factory: pytest.TempPathFactory, worker: subprocess.Popen[bytes],
) -> GenotypeSetRead:  # fmt: skip
    files = plink(flock.genotyped, tmp_path_factory.mktemp("chip"))
    done = await genotyping.bring(stella, farm, files)
    assert done.state == "done", done.error
    return done


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(evaluating: Evaluating, stella: Actor, chip: GenotypeSetRead) -> EvaluationRead:
    run = await evaluating.run(stella, model=genomic(), genotypes=chip.id, publish=True)
    assert run.state == "done", run.error
    return run


def raw(flock: Weighed) -> tuple[pd.DataFrame, ag.Pedigree]:
    """The same data by hand, as files would have them."""
    names = flock.made.names
    data = pd.DataFrame(
        {
            "animal": list(flock.weights),
            TRAIT: list(flock.weights.values()),
            "sex": [flock.made.sex[name] for name in flock.weights],
        }
    )
    sires, dams = ([parents.get(name) for name in names] for parents in
                   (flock.made.sire, flock.made.dam))  # fmt: skip
    return data, ag.Pedigree(names, sires, dams)


@pytest.mark.parametrize("method", ["single_step", "gblup", "snp"])
async def test_values_are_those_of_agrigen_on_the_same_data(
    evaluating: Evaluating, stella: Actor, flock: Weighed, chip: GenotypeSetRead, method: str
) -> None:
    run = await evaluating.run(stella, model=genomic(method), genotypes=chip.id)
    assert run.state == "done", run.error
    data, pedigree = raw(flock)
    model = ag.load_model({**genomic(method)})
    expected = ag.evaluate(
        model.model, data, pedigree, model.variances, genotypes=flock.genotyped
    ).breeding_values
    known = dict(zip(expected["id"], expected["breeding_value"], strict=True))
    assert await evaluating.values(stella, run.id) == pytest.approx(known, abs=1e-8)
    assert len(known) == (64 if method == "single_step" else 44)


async def test_a_single_step_names_its_genotypes_and_gives_effects_of_markers(
    as_: As, objects: FolderObjects, stella: Actor, flock: Weighed, chip: GenotypeSetRead,
    done: EvaluationRead,
) -> None:  # fmt: skip
    assert done.genotype_set_id == chip.id
    assert done.provenance["genotypes"]["content_hash"] == chip.content_hash
    assert done.summary["genotypes"]["animals"] == 44
    async with as_(stella) as tx:
        dataset = await datasets.get(tx, done.dataset_id)
        first = await evaluations.marker_effects(
            tx, objects, done.id, MarkerEffectsQuery(order="-variance", limit=30)
        )
        content = await evaluations.marker_effects_csv(tx, objects, done.id)
    assert dataset.description["genotypes"]["content_hash"] == chip.content_hash
    assert "genotyped.parquet" in dataset.objects
    assert len(content.decode().splitlines()) == 1 + 1040
    shares = [one.variance for one in first.items]
    assert shares == sorted(shares, reverse=True)
    data, pedigree = raw(flock)
    model = ag.load_model(genomic())
    expected = ag.evaluate(model.model, data, pedigree, model.variances, genotypes=flock.genotyped)
    found = pd.read_csv(BytesIO(content))
    assert list(found["marker"]) == list(expected.marker_effects["marker"])
    assert np.abs(found["value"] - expected.marker_effects["value"]).max() < 1e-8


async def test_effects_of_markers_come_page_by_page_along_a_chromosome(
    as_: As, objects: FolderObjects, stella: Actor, done: EvaluationRead
) -> None:
    names, cursor = [], None
    while True:
        query = MarkerEffectsQuery(chromosome="6", limit=15, cursor=cursor)
        async with as_(stella) as tx:
            page = await evaluations.marker_effects(tx, objects, done.id, query)
        names += [one.marker for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == [f"OAR6_{i}" for i in range(40)]
    with pytest.raises(Invalid, match="not one that this hub handed out"):
        async with as_(stella) as tx:
            made_up = MarkerEffectsQuery(cursor="WyItMSJd")
            await evaluations.marker_effects(tx, objects, done.id, made_up)


async def test_a_farmer_reads_marker_effects_of_what_is_published_and_no_contrasts(
    evaluating: Evaluating, as_: As, objects: FolderObjects, make: Make, stella: Actor,
    flock: Weighed, chip: GenotypeSetRead,
) -> None:  # fmt: skip
    marc = await make.person("marc", Role.FARMER)
    two = {str(flock.ids["M0"]): 1, str(flock.ids["M1"]): -1}
    model = genomic(contrasts=[{"name": "rams", "effect": "g", "weights": two}])
    run = await evaluating.run(stella, model=model, genotypes=chip.id, publish=True)
    assert run.state == "done", run.error
    async with as_(stella) as tx:
        [found] = await evaluations.contrasts(tx, objects, run.id)
    values = await evaluating.values(stella, run.id)
    assert found.value == pytest.approx(values["M0"] - values["M1"])
    assert found.se is not None
    async with as_(marc) as tx:
        shown = await evaluations.get(tx, run.id)
        page = await evaluations.marker_effects(tx, objects, run.id, MarkerEffectsQuery())
    assert page.items
    assert "contrasts" not in shown.model
    assert "name" not in {**shown.summary["genotypes"], **shown.provenance["genotypes"]}
    assert run.summary["genotypes"]["name"] == chip.name
    with pytest.raises(Missing):
        async with as_(marc) as tx:
            await evaluations.contrasts(tx, objects, run.id)


async def test_sampled_effects_of_markers_are_kept_with_their_spread(
    evaluating: Evaluating, as_: As, objects: FolderObjects, stella: Actor, chip: GenotypeSetRead
) -> None:
    options = {"iterations": 300, "burn_in": 100}
    model = genomic("bayes_c", options=options, variances=None)
    run = await evaluating.run(stella, model=model, genotypes=chip.id)
    assert run.state == "done", run.error
    async with as_(stella) as tx:
        page = await evaluations.marker_effects(tx, objects, run.id, MarkerEffectsQuery())
        told = await evaluations.diagnostics(tx, objects, run.id)
    assert told.estimate == "bayes"
    assert all((one.sd or 0) > 0 for one in page.items)
    assert all(0 <= (one.inclusion or 0) <= 1 for one in page.items)


async def test_records_of_animals_without_genotypes_are_left_out_and_counted(
    evaluating: Evaluating, make: Make, stella: Actor, farm: UUID, flock: Weighed,
    chip: GenotypeSetRead,
) -> None:  # fmt: skip
    await make.record(farm, flock.ids["F0"], TRAIT, 33.0)
    run = await evaluating.run(stella, model=genomic("gblup"), genotypes=chip.id)
    assert (run.state, run.summary["genotypes"]["left_out"]) == ("done", 1)
    with_all = await evaluating.run(stella, model=genomic(), genotypes=chip.id)
    assert with_all.summary["genotypes"]["left_out"] == 0
    assert with_all.summary["records"]["used"] == run.summary["records"]["used"] + 1


async def test_what_does_not_fit_is_refused_in_words(
    evaluating: Evaluating, genotyping: Genotyping, make: Make, stella: Actor, farm: UUID,
    flock: Weighed, chip: GenotypeSetRead, tmp_path: Path,
) -> None:  # fmt: skip
    async def refused(**values: object) -> str:
        with pytest.raises(HubError) as found:
            await evaluating.ask(stella, **{"model": genomic(), "genotypes": chip.id, **values})
        return " ".join([found.value.message, *(e.remedy for e in found.value.errors)])

    assert "needs genotypes" in await refused(genotypes=None)
    plain = {**genomic(), "effects": [{"name": "g", "type": "animal"}]}
    assert "takes no genotypes" in await refused(model=plain)
    waiting = await genotyping.ask(stella, farm, plink(flock.genotyped, tmp_path))
    assert "when it is done" in await refused(genotypes=waiting.id)
    strangers = await make.farm("ELSE")
    alone = await make.animal(strangers, "X1", birth_date=None)
    await make.record(strangers, alone, TRAIT, 20.0)
    told = await refused(farms=[str(strangers)])
    assert "44 genotyped animals are not in the pedigree: M0, M1" in told
    rams = flock.genotyped[[f"M{i}" for i in range(4)]]
    only = await genotyping.bring(stella, farm, plink(rams, tmp_path, "rams"))
    assert "No animal with records" in await refused(model=genomic("gblup"), genotypes=only.id)
    nobody = await genotyping.bring(stella, farm, plink(rams, tmp_path, "nobody"), match="none")
    assert "linked to an animal" in await refused(genotypes=nobody.id)
    run = await evaluating.run(stella, model=genomic(), genotypes=only.id)
    assert run.state == "done", run.error


async def test_who_does_not_read_a_farm_of_the_set_cannot_use_it(
    evaluating: Evaluating, make: Make, chip: GenotypeSetRead
) -> None:
    rita = await make.person("rita", Role.RESEARCHER)
    with pytest.raises((Missing, Denied)):
        await evaluating.ask(rita, model=genomic(), genotypes=chip.id)


async def test_links_that_changed_since_the_data_were_frozen_stop_the_run(
    evaluating: Evaluating, genotyping: Genotyping, as_: As, stella: Actor, farm: UUID,
    flock: Weighed, tmp_path: Path,
) -> None:  # fmt: skip
    chip = await genotyping.bring(stella, farm, plink(flock.genotyped, tmp_path))
    first = await evaluating.run(stella, model=genomic(), genotypes=chip.id)
    assert first.state == "done", first.error
    async with as_(stella) as tx:
        new = EvaluationCreate(name="late", model=genomic(), genotypes=chip.id)
        asked = (await evaluations.create(tx, evaluating.objects, new)).id
        links = [Link(sample="L0", animal_id=None)]
        await genotypes.link(tx, chip.id, LinksPut(links=links))
    over = await evaluating.over(stella, asked, 60)
    assert (over.state, "linked to other animals" in over.error) == ("failed", True)


async def test_unknown_parents_are_in_groups_of_their_offspring(
    as_: As, objects: FolderObjects, evaluating: Evaluating, stella: Actor, farm: UUID,
    flock: Weighed,
) -> None:  # fmt: skip
    model = {
        **genomic(groups="breed", gamma=[[0.5]]),
        "effects": [{"name": "sex", "type": "fixed"}, {"name": "g", "type": "animal"}],
    }
    with_gamma = await evaluating.run(stella, model=model, farms=[str(farm)])
    assert with_gamma.state == "done", with_gamma.error
    found = await evaluating.values(stella, with_gamma.id)
    data, _ = raw(flock)
    names = flock.made.names
    parents = [
        [one.get(name, "all") for name in names] for one in (flock.made.sire, flock.made.dam)
    ]
    pedigree = ag.Pedigree(names, *parents, groups=["all"], gamma=[[0.5]])
    checked = ag.load_model({k: v for k, v in model.items() if k not in ("groups", "gamma")})
    data.loc[len(data)] = ["F0", 33.0, "F"]  # weighed in a test above
    expected = ag.evaluate(checked.model, data, pedigree, checked.variances).breeding_values
    known = dict(zip(expected["id"], expected["breeding_value"], strict=True))
    assert {name: found[name] for name in known} == pytest.approx(known, abs=1e-8)
    async with as_(stella) as tx:  # nobody's genotypes stand behind it
        none = await evaluations.marker_effects(tx, objects, with_gamma.id, MarkerEffectsQuery())
        head = await evaluations.marker_effects_csv(tx, objects, with_gamma.id)
    assert none.items == []
    assert len(head.decode().splitlines()) == 1
    with pytest.raises(Invalid) as refused:
        await evaluating.ask(stella, model={**model, "gamma": [[1, 0], [0, 1]]})
    assert "breed unknown" in refused.value.errors[0].remedy
    with pytest.raises(Invalid, match="gamma needs groups"):
        await evaluating.ask(stella, model={**model, "groups": None})


def test_shares_of_variance_add_up_to_one() -> None:
    table = pd.DataFrame(
        {
            "effect": "g", "trait": TRAIT, "marker": ["a", "b"], "chromosome": "1",
            "position": [1, 2], "allele": "A", "frequency": [0.5, 0.25], "value": [1.0, -2.0],
        }
    )  # fmt: skip
    found = evaluations.tables.marker_effects(table)
    assert np.allclose(found["variance"], [0.5, 1.5])
    assert found["share"].sum() == pytest.approx(1.0)


async def test_outsiders_read_no_marker_effects_of_few_genotyped_animals(
    evaluating: Evaluating, genotyping: Genotyping, as_: As, objects: FolderObjects, make: Make,
    stella: Actor, flock: Weighed, chip: GenotypeSetRead,
) -> None:  # fmt: skip
    stranger = await make.person("stranger", Role.FARMER)
    few = await genotyping.derive(stella, chip.id, keep=list(flock.genotyped.ids[:19]))
    run = await evaluating.run(stella, model=genomic(), genotypes=few.id, publish=True)
    assert (run.state, run.summary["genotypes"]["animals"]) == ("done", 19), run.error
    async with as_(stella) as tx:
        page = await evaluations.marker_effects(tx, objects, run.id, MarkerEffectsQuery())
    assert page.items
    async with as_(stranger) as tx:
        for read in (
            evaluations.marker_effects(tx, objects, run.id, MarkerEffectsQuery()),
            evaluations.marker_effects_csv(tx, objects, run.id),
        ):
            with pytest.raises(Missing, match="Fewer than 20 animals are genotyped"):
                await read
