"""Genome-wide studies: the tests of agrigen on frozen data, pictures, refusals, publishing."""

import subprocess
from collections.abc import Awaitable, Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import psycopg
import pytest
import pytest_asyncio

import agrigen as ag
from hub import associations, datasets, jobs
from hub.actor import Actor
from hub.associations import (
    AssociationCreate,
    AssociationRead,
    AssociationsQuery,
    MarkersQuery,
    WindowsQuery,
)
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.genotypes import GenotypeSetRead
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.genotyping import Genotyping, plink
from tests.hub.evaluations.weighed import EFFECT, GENE, TRAIT, Weighed, weighed
from tests.workers import until

Study = Callable[..., Awaitable[AssociationRead]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rita(make: Make) -> Actor:
    return await make.person("rita", Role.RESEARCHER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farm(make: Make, rita: Actor) -> UUID:
    return await make.farm("HILL", owner=rita)


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


@pytest.fixture(scope="module")
def ask(as_: As, objects: FolderObjects, chip: GenotypeSetRead) -> Study:
    async def asked(actor: Actor, **values: Any) -> AssociationRead:
        wanted = {"name": "study", "trait": TRAIT, "genotypes": chip.id, "formula": "sex"}
        new = AssociationCreate.model_validate({**wanted, **values})
        async with as_(actor) as tx:
            return await associations.create(tx, objects, new)

    return asked


@pytest.fixture(scope="module")
def study(as_: As, ask: Study) -> Study:
    async def over(actor: Actor, **values: Any) -> AssociationRead:
        asked = await ask(actor, **values)

        async def look() -> AssociationRead:
            async with as_(actor) as tx:
                return await associations.get(tx, asked.id)

        return await until(look, lambda found: found.state in jobs.FINAL, 120)

    return over


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(study: Study, rita: Actor) -> AssociationRead:
    found = await study(rita)
    assert found.state == "done", found.error
    return found


def raw(flock: Weighed) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "animal": list(flock.weights),
            TRAIT: list(flock.weights.values()),
            "sex": [flock.made.sex[name] for name in flock.weights],
        }
    )


async def table(
    as_: As, objects: FolderObjects, actor: Actor, found: AssociationRead
) -> pd.DataFrame:
    async with as_(actor) as tx:
        content = await associations.content(tx, objects, found.id)
    return pd.read_csv(BytesIO(content), dtype={"chromosome": str})


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, {}),
        ({"method": "approximate", "leave_one_chromosome_out": True},
         {"method": "approximate", "leave_one_chromosome_out": True}),
        ({"method": "linear"}, {"relationship": None}),
        ({"condition_on": [GENE], "test": "lrt"}, {"condition_on": [GENE], "test": "lrt"}),
    ],
)  # fmt: skip
async def test_tests_are_those_of_agrigen_on_the_same_data(
    as_: As, objects: FolderObjects, study: Study, rita: Actor, flock: Weighed,
    settings: dict[str, Any], options: dict[str, Any],
) -> None:  # fmt: skip
    found = await study(rita, **settings)
    assert found.state == "done", found.error
    expected = ag.gwas(f"{TRAIT} ~ sex + animal(animal)", raw(flock), flock.genotyped, **options)
    ours = await table(as_, objects, rita, found)
    assert list(ours["marker"]) == list(expected.table["marker"])
    assert np.abs(ours["minus_log10_p"] - expected.table["log10_p"]).max() < 1e-6
    assert found.summary["lambda"] == pytest.approx(expected.lambda_gc)
    assert found.summary["markers"] == len(expected.table)
    assert found.summary["animals"] == 40


async def test_the_gene_is_the_strongest_marker_and_its_window_the_most_probable(
    as_: As, objects: FolderObjects, rita: Actor, done: AssociationRead
) -> None:
    async with as_(rita) as tx:
        best = await associations.markers(tx, objects, done.id, MarkersQuery(limit=3))
        near = await associations.markers(
            tx, objects, done.id,
            MarkersQuery(chromosome="6", start=1, stop=60_000_000, order="position", limit=1000),
        )  # fmt: skip
        windows = await associations.windows(tx, objects, done.id, WindowsQuery(order="p", limit=1))
    assert best.items[0].marker == done.summary["best"]["marker"]
    assert best.items[0].chromosome == "6"
    assert abs(best.items[0].effect or 0) > EFFECT / 3
    positions = [one.position for one in near.items]
    assert positions == sorted(positions)
    assert max(positions) <= 60_000_000
    assert windows.items[0].best == best.items[0].marker


async def test_pages_of_markers_follow_each_other_without_gaps(
    as_: As, objects: FolderObjects, rita: Actor, done: AssociationRead
) -> None:
    async def pages(**query: Any) -> list[str]:
        names, cursor = [], None
        while True:
            async with as_(rita) as tx:
                page = await associations.markers(
                    tx, objects, done.id, MarkersQuery(limit=100, cursor=cursor, **query)
                )
            names += [one.marker for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return names

    everything = await table(as_, objects, rita, done)
    assert await pages(order="position") == list(everything["marker"])
    strong = everything[everything["p"] <= 0.05].sort_values("minus_log10_p", ascending=False)
    assert await pages(max_p=0.05) == list(strong["marker"])


async def test_points_hold_every_strong_marker_and_stand_side_by_side(
    as_: As, objects: FolderObjects, rita: Actor, done: AssociationRead
) -> None:
    async with as_(rita) as tx:
        points = await associations.points(tx, objects, done.id)
    assert points.tested == done.summary["markers"] == len(points.marker)
    assert points.place == sorted(points.place)
    assert [one.name for one in points.chromosomes] == [str(c) for c in range(1, 27)]
    assert points.thresholds.bonferroni == pytest.approx(0.05 / points.tested)
    assert points.qq.observed[0] == pytest.approx(max(points.minus_log10_p), abs=1e-4)
    assert all(low <= high for low, high in zip(points.qq.low, points.qq.high, strict=True))


async def test_a_study_names_what_it_rests_on_and_no_animal(
    as_: As, rita: Actor, flock: Weighed, chip: GenotypeSetRead, done: AssociationRead
) -> None:
    async with as_(rita) as tx:
        dataset = await datasets.get(tx, done.dataset_id)
    assert done.provenance["genotypes"]["content_hash"] == chip.content_hash
    assert done.provenance["dataset"]["content_hash"] == dataset.content_hash
    assert dataset.counts["records"] == 40
    told = done.model_dump_json()
    assert not any(str(animal) in told for animal in flock.ids.values())


async def test_the_same_study_gives_the_same_hash(
    study: Study, rita: Actor, done: AssociationRead
) -> None:
    assert (await study(rita)).result_hash == done.result_hash


async def test_several_records_are_refused_or_handled_as_asked(
    study: Study, ask: Study, as_: As, objects: FolderObjects, make: Make, rita: Actor,
    farm: UUID, flock: Weighed,
) -> None:  # fmt: skip
    again = dict(flock.weights)
    for name in ("L1", "L2"):
        await make.record(farm, flock.ids[name], "birth_weight", 4.0, date(2024, 3, 1))
        await make.record(farm, flock.ids[name], "birth_weight", 6.0, date(2024, 3, 2))
    for name in again.keys() - {"L1", "L2"}:
        await make.record(farm, flock.ids[name], "birth_weight", again[name] / 8, date(2024, 3, 1))
    wanted = {"trait": "birth_weight"}
    with pytest.raises(Invalid, match=r"2 animals have several records .*: L1, L2") as refused:
        await ask(rita, **wanted)
    assert "mean, first or last" in refused.value.errors[0].remedy
    for rule, value in (("mean", 5.0), ("first", 4.0), ("last", 6.0)):
        found = await study(rita, **wanted, records=rule)
        assert found.state == "done", found.error
        async with as_(rita) as tx:
            _, data = await datasets.load(tx, objects, found.dataset_id)
        chosen = data.set_index("tag")["birth_weight"]
        assert (chosen["L1"], len(data)) == (value, 40)
    with pytest.raises(Invalid, match="recorded_on differs between the records of 2 animals"):
        await ask(rita, **wanted, records="mean", formula="recorded_on")


async def test_what_cannot_be_tested_is_refused_in_words(
    ask: Study,
    genotyping: Genotyping,
    rita: Actor,
    stella: Actor,
    farm: UUID,
    flock: Weighed,
    tmp_path: Path,
) -> None:
    async def refused(**values: Any) -> str:
        with pytest.raises(Invalid) as found:
            await ask(rita, **values)
        return " ".join([found.value.message, *(e.message for e in found.value.errors)])

    assert "no column 'wool'" in await refused(formula="wool")
    assert "of type 'random'" in await refused(formula="sex + random(dam)")
    assert "linear has no leave one" in await refused(
        method="linear", leave_one_chromosome_out=True
    )
    assert "no records of milk_yield" in await refused(trait="milk_yield", formula=None)
    rams = flock.genotyped[[f"M{i}" for i in range(4)]]
    only = await genotyping.bring(stella, farm, plink(rams, tmp_path))
    assert "No animal with records" in await refused(genotypes=only.id)


async def test_a_marker_that_is_not_in_the_set_fails_the_study_with_its_name(
    study: Study, rita: Actor
) -> None:
    found = await study(rita, condition_on=["nowhere"])
    assert (found.state, "nowhere" in found.error) == ("failed", True)


async def test_publishing_shows_it_to_everybody_and_withdrawing_takes_it_back(
    as_: As, objects: FolderObjects, make: Make, ask: Study, rita: Actor, stella: Actor,
    done: AssociationRead,
) -> None:  # fmt: skip
    marc = await make.person("marc", Role.FARMER)
    with pytest.raises(Missing):
        async with as_(marc) as tx:
            await associations.get(tx, done.id)
    with pytest.raises(Denied):
        async with as_(rita) as tx:
            await associations.publish(tx, done.id)
    with pytest.raises(Denied):
        await ask(marc)
    async with as_(stella) as tx:
        assert (await associations.publish(tx, done.id)).published_at
    async with as_(marc) as tx:
        page = await associations.search(tx, AssociationsQuery(published=True))
        seen = await associations.markers(tx, objects, done.id, MarkersQuery())
        with pytest.raises(Missing):
            await datasets.find(tx, done.dataset_id)
    assert [one.id for one in page.items] == [done.id]
    assert seen.items
    async with as_(stella) as tx:
        await associations.withdraw(tx, done.id)
        with pytest.raises(Conflict):
            await associations.withdraw(tx, done.id)
    async with as_(marc) as tx:
        assert not (await associations.search(tx, AssociationsQuery())).items


async def test_a_study_of_few_animals_is_not_published(
    study: Study, as_: As, make: Make, stella: Actor, farm: UUID, flock: Weighed
) -> None:
    for place, name in enumerate(sorted(flock.weights)[:12]):
        await make.record(farm, flock.ids[name], "litter_size", 1.0 + place % 5)
    few = await study(stella, trait="litter_size", publish=True)
    assert (few.state, few.published_at) == ("done", None), few.error
    with pytest.raises(Conflict, match="fewer than 20 animals"):
        async with as_(stella) as tx:
            await associations.publish(tx, few.id)


async def test_a_waiting_study_is_cancelled_and_goes_on_when_asked(
    as_: As, ask: Study, rita: Actor
) -> None:
    asked = await ask(rita)
    async with as_(rita) as tx:
        state = (await associations.get(tx, asked.id)).state
        if state in jobs.FINAL:
            pytest.skip("the worker was faster than the test")
        await associations.cancel(tx, asked.id)

    async def look() -> AssociationRead:
        async with as_(rita) as tx:
            return await associations.get(tx, asked.id)

    over = await until(look, lambda found: found.state in jobs.FINAL, 60)
    if over.state == "done":
        pytest.skip("the worker was done before it heard")
    assert over.state == "cancelled"
    async with as_(rita) as tx:
        await associations.retry(tx, asked.id)
    assert (await until(look, lambda found: found.state == "done", 60)).summary["markers"]


async def test_the_database_itself_keeps_studies_to_their_people(
    as_: As, make: Make, rita: Actor, done: AssociationRead, urls: Urls
) -> None:
    sam = await make.person("sam", Role.RESEARCHER)
    async with as_(sam) as tx:
        with pytest.raises(Missing):
            await associations.get(tx, done.id)
    with psycopg.connect(urls.owner) as owner:
        names = owner.execute(
            "SELECT polname FROM pg_policy WHERE polrelid = 'app.association'::regclass"
        )
        assert {row[0] for row in names} == {
            "owner_everything", "association_read", "association_add", "association_change",
        }  # fmt: skip
