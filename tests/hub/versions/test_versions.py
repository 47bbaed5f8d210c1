"""Versions: what was frozen stays, is shared, compared, evaluated again and brought back."""

import subprocess
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import polars as pl
import psycopg
import pytest
import pytest_asyncio

from hub import datasets, files, jobs, versions
from hub.actor import Actor
from hub.datasets import DatasetRead, DifferenceQuery, RowsQuery
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.evaluations import EvaluationRead
from hub.evaluations import frozen as frozen_tables
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from hub.versions import Freeze, NextVersion, Restore
from tests.database import As, Make
from tests.hub.evaluations.test_evaluations import CALVES, GAINS, MODEL
from tests.workers import Door, Evaluating

Frozen = Callable[..., Awaitable[DatasetRead]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farm(make: Make, stella: Actor, door: Door, worker: subprocess.Popen[bytes]) -> UUID:
    """Mrode's calves."""
    farm = await make.farm("MRODE", species="cattle")
    for kind, content in (("animals", CALVES), ("records", GAINS)):
        done = await door.bring(stella, farm, kind, content)
        assert (done.state, done.rows_rejected) == ("done", 0), done
    return farm


@pytest.fixture(scope="module")
def frozen(as_: As, door: Door) -> Frozen:
    """Ask for a version and wait for it."""

    async def freeze(actor: Actor, ask: Any) -> DatasetRead:
        async with as_(actor) as tx:
            asked = await ask(tx)
        job = await door.job_over(actor, asked.job_id)
        assert job.state == "done", job.error
        async with as_(actor) as tx:
            return await datasets.get(tx, asked.dataset_id)

    return freeze


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def first(frozen: Frozen, stella: Actor, farm: UUID) -> DatasetRead:
    new = Freeze(name="Calves", why="Before the scales were mended", farms=[farm])
    return await frozen(stella, lambda tx: versions.freeze(tx, new))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def before(
    evaluating: Evaluating, stella: Actor, farm: UUID, first: DatasetRead
) -> EvaluationRead:
    """An evaluation of the farm while it is as in the first version."""
    done = await evaluating.run(stella, model=MODEL, farms=[str(farm)])
    assert done.state == "done", done.error
    return done


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def second(
    frozen: Frozen, door: Door, stella: Actor, farm: UUID, first: DatasetRead,
    before: EvaluationRead,
) -> DatasetRead:  # fmt: skip
    """The next version: one weight corrected, a calf and its weight added."""
    added = "id,sex,sire,dam\n9,F,3,6\n"
    done = await door.bring(stella, farm, "animals", added)
    assert done.rows_loaded == 1
    changed = GAINS.replace("7,pre_weaning_gain,3.5", "7,pre_weaning_gain,3.9")
    done = await door.bring(stella, farm, "records", changed + "9,pre_weaning_gain,4.1,female\n")
    assert (done.rows_loaded, done.rows_unchanged) == (2, 4)
    again = NextVersion(why="The scales were mended")
    return await frozen(stella, lambda tx: versions.freeze_again(tx, first.id, again))


async def test_a_version_says_what_it_is(first: DatasetRead, farm: UUID) -> None:
    assert (first.number, first.series_id, first.parent_ids) == (1, first.id, [])
    assert first.counts == {"animals": 8, "records": 5, "events": 0, "farms": 1}
    assert (first.creator, first.why) == ("Stella", "Before the scales were mended")
    records = datasets.require_table(first, "records")
    assert records.key == ["farm", "animal", "trait", "date", "occasion"]
    assert {one.name for one in records.columns} >= {"animal", "value", "sex_class"}
    assert first.description["units"]["pre_weaning_gain"] == "kg"
    assert sum(first.description["imports"].values()) >= 5
    assert first.description["farms"] == [{"id": str(farm), "code": "MRODE"}]
    assert "datapackage.json" in first.objects


async def test_the_next_version_is_numbered_and_knows_its_parent(
    as_: As, stella: Actor, first: DatasetRead, second: DatasetRead
) -> None:
    assert (second.number, second.series_id) == (2, first.id)
    assert second.parent_ids == [first.id]
    assert second.content_hash != first.content_hash
    async with as_(stella) as tx:
        page = await datasets.versions(tx, first.id, RowsQuery())
    assert [one.number for one in page.items] == [2, 1]


async def test_a_comparison_finds_exactly_what_was_changed(
    as_: As, objects: FolderObjects, stella: Actor, first: DatasetRead, second: DatasetRead
) -> None:
    async with as_(stella) as tx:
        found = await datasets.diff(
            tx, objects, first.id, DifferenceQuery(to=second.id, kind="records")
        )
        again = await datasets.diff(
            tx, objects, first.id, DifferenceQuery(to=second.id, kind="records")
        )
    assert found == again
    counts = {one.kind: (one.added, one.removed, one.changed) for one in found.tables}
    assert counts["animals"] == (1, 0, 0)
    assert counts["records"] == (1, 0, 1)
    assert not found.equal
    by_change = {one.change: one for one in found.items}
    assert len(found.items) == 2
    assert by_change["changed"].key["animal"] == "7"
    assert by_change["changed"].before == {"value": 3.5}
    assert by_change["changed"].after == {"value": 3.9}
    assert by_change["added"].key["animal"] == "9"


async def test_an_evaluation_of_an_old_version_gives_the_old_numbers(
    evaluating: Evaluating, stella: Actor, farm: UUID, before: EvaluationRead,
    first: DatasetRead, second: DatasetRead,
) -> None:  # fmt: skip
    now = await evaluating.run(stella, model=MODEL, farms=[str(farm)])
    old = await evaluating.run(stella, model=MODEL, dataset_id=str(first.id))
    same_input = await evaluating.run(stella, model=MODEL, dataset_id=str(before.dataset_id))
    assert now.result_hash != before.result_hash
    assert (old.state, old.result_hash) == ("done", before.result_hash), old.error
    assert same_input.result_hash == before.result_hash
    assert same_input.dataset_id == before.dataset_id
    assert await evaluating.values(stella, old.id) == await evaluating.values(stella, before.id)


async def test_the_frozen_input_of_an_evaluation_is_taken_as_it_is(
    evaluating: Evaluating, stella: Actor, farm: UUID, before: EvaluationRead
) -> None:
    with pytest.raises(Invalid) as refused:
        await evaluating.ask(
            stella, model=MODEL, dataset_id=str(before.dataset_id), farms=[str(farm)]
        )
    assert refused.value.errors[0].where == "farms"


async def test_an_old_version_becomes_the_newest_without_a_byte_more(
    as_: As, stella: Actor, first: DatasetRead, second: DatasetRead
) -> None:
    async with as_(stella) as tx:
        third = await versions.bring_back(tx, first.id, NextVersion(why="Scales were right"))
    assert (third.number, third.content_hash) == (3, first.content_hash)
    assert third.objects == first.objects
    assert third.parent_ids == [first.id, second.id]


async def test_what_is_frozen_and_brought_into_another_farm_freezes_to_the_same_rows(
    as_: As, make: Make, door: Door, objects: FolderObjects, stella: Actor, frozen: Frozen,
    first: DatasetRead,
) -> None:  # fmt: skip
    copy = await make.farm("COPY", species="cattle")
    async with as_(stella) as tx:
        dry = await versions.restore(tx, objects, first.id, Restore(into=copy, kinds=["animals"]))
    over = await door.over(stella, dry.imports[0].id)
    assert (over.state, over.rows_read, over.dry_run) == ("done", 8, True), over
    async with as_(stella) as tx:
        started = await versions.restore(tx, objects, first.id, Restore(into=copy, dry_run=False))
    for one in started.imports:
        over = await door.over(stella, one.id)
        assert (over.state, over.rows_rejected) == ("done", 0), over
    new = Freeze(name="Copy", farms=[copy], kinds=["animals", "records"])
    again = await frozen(stella, lambda tx: versions.freeze(tx, new))
    async with as_(stella) as tx:
        for kind in ("animals", "records"):
            pages = [
                await datasets.rows(tx, objects, one.id, kind, RowsQuery())
                for one in (first, again)
            ]
            there, here = (
                [{k: v for k, v in row.items() if k != "farm"} for row in page.items]
                for page in pages
            )
            assert there == here


async def test_tables_that_are_longer_than_one_upload_are_brought_back(
    as_: As, door: Door, objects: FolderObjects, stella: Actor, first: DatasetRead,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(files.service, "MAX_BYTES", 100)
    async with as_(stella) as tx:
        dry = await versions.restore(tx, objects, first.id, Restore())
    for one in dry.imports:
        over = await door.over(stella, one.id)
        assert (over.state, over.rows_rejected, over.error) == ("done", 0, ""), over


def test_that_a_record_has_no_day_is_no_attribute_of_it() -> None:
    """The data that a model sees are those that it would have seen in the farm's own tables."""
    row = {"farm": "HILL", "animal": "A1", "date": None, "trait": "t", "value": 1.0}
    records = pl.DataFrame([{**row, "occasion": None, "undated": "yes", "pen": "north"}])
    assert frozen_tables._attributes(records) == ['{"pen": "north"}']


async def test_a_version_is_read_by_who_reads_every_farm_in_it(
    as_: As, make: Make, objects: FolderObjects, farm: UUID, first: DatasetRead,
    second: DatasetRead,
) -> None:  # fmt: skip
    rita = await make.person("rita", Role.RESEARCHER)
    with pytest.raises(Missing):
        async with as_(rita) as tx:
            await datasets.get(tx, first.id)
    await make.member(farm, rita, "reader")
    async with as_(rita) as tx:
        assert (await datasets.get(tx, first.id)).content_hash == first.content_hash
    with pytest.raises(Denied, match="somebody else's"):
        async with as_(rita) as tx:
            await versions.freeze_again(tx, first.id, NextVersion())
    with pytest.raises(Denied):
        async with as_(rita) as tx:
            await versions.restore(tx, objects, first.id, Restore())
    await make.leave(farm, rita)
    query = DifferenceQuery(to=second.id, kind="records")
    with pytest.raises(Missing):
        async with as_(rita) as tx:
            await datasets.diff(tx, objects, first.id, query)


async def test_freezing_a_farm_that_one_may_not_see_is_refused(
    as_: As, make: Make, first: DatasetRead, farm: UUID
) -> None:
    ruth = await make.person("ruth", Role.RESEARCHER)
    with pytest.raises(Missing):
        async with as_(ruth) as tx:
            await versions.freeze(tx, Freeze(name="theirs", farms=[farm]))
    with pytest.raises(Invalid, match="no farm"):
        async with as_(ruth) as tx:
            await versions.freeze(tx, Freeze(name="nothing"))


async def test_nobody_changes_a_version_not_even_the_owner_of_the_tables(
    urls: Urls, first: DatasetRead
) -> None:
    with psycopg.connect(urls.owner) as connection:
        for statement in (
            "UPDATE app.dataset_version SET why = 'other'",
            "UPDATE app.dataset_version SET objects = '{}'",
            "DELETE FROM app.dataset_version",
        ):
            with pytest.raises(psycopg.Error, match="never changes"), connection.transaction():
                connection.execute(statement)


async def test_the_input_of_an_evaluation_has_no_next_version(
    as_: As, stella: Actor, before: EvaluationRead
) -> None:
    with pytest.raises(Invalid, match="input of an evaluation"):
        async with as_(stella) as tx:
            await versions.freeze_again(tx, before.dataset_id, NextVersion())


async def test_what_is_not_there_cannot_be_restored(
    as_: As, objects: FolderObjects, stella: Actor, first: DatasetRead
) -> None:
    with pytest.raises(Invalid) as refused:
        async with as_(stella) as tx:
            await versions.restore(tx, objects, first.id, Restore(farm="HILL"))
    assert refused.value.errors[0].remedy == "It has MRODE."


async def test_a_freeze_that_was_cancelled_leaves_no_version(
    as_: As, stella: Actor, farm: UUID
) -> None:
    async with as_(stella) as tx:
        asked = await versions.freeze(tx, Freeze(name="never", farms=[farm]))
        await jobs.cancel(tx, asked.job_id)
    with pytest.raises(Missing):
        async with as_(stella) as tx:
            await datasets.get(tx, asked.dataset_id)
    with pytest.raises(Conflict):
        async with as_(stella) as tx:
            await jobs.cancel(tx, asked.job_id)
