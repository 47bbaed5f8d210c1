"""The demonstration comes through the doors that people use, once; planted errors show."""

import time

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts, associations, datasets, etl, evaluations, farms, genotypes
from hub.actor import Actor
from hub.associations import AssociationsQuery
from hub.datasets import DatasetsQuery
from hub.etl import ImportsQuery, ProblemsQuery, import_templates
from hub.etl.import_templates import TemplatesQuery
from hub.evaluations import BreedingValuesQuery, EvaluationsQuery
from hub.genotypes import GenotypeSetsQuery, ParentageQuery, SamplesQuery
from hub.local.demo import make_demonstration
from hub.local.people import PEOPLE
from hub.local.postgres import Urls
from hub.local.seed import seed
from hub.local.seed_data import DATASET, REFUSED
from hub.settings import Settings
from hub.storage.objects import open_objects
from hub.storage.transaction import begin
from tests.workers import Workers

PASSWORDS = {one.username: f"a password of {one.username}" for one in PEOPLE}


@pytest.mark.slow
async def test_the_demonstration_is_loaded_once_and_every_planted_error_is_refused(
    engine: AsyncEngine, urls: Urls, workers: Workers
) -> None:
    workers.start()
    settings = Settings(
        home=workers.folder,
        database_url=SecretStr(urls.app),
        migration_url=SecretStr(urls.owner),
        objects_url=str(workers.folder / "objects"),
    )
    said: list[str] = []
    started = time.monotonic()
    await seed(settings, engine, said.append, passwords=PASSWORDS)
    first = time.monotonic() - started
    with psycopg.connect(urls.owner) as connection:
        refused = connection.execute(
            "SELECT f.code, i.kind, r.row_number, p->>'column', r.raw->>'animal', r.raw->>'id' "
            "FROM app.import_row r "
            "JOIN app.import i ON i.id = r.import_id JOIN app.farm f ON f.id = i.farm_id, "
            "jsonb_array_elements(r.problems) p "
            "WHERE i.template_id IS NULL AND p->>'severity' = 'error'"
        ).fetchall()
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM app.animal), (SELECT count(*) FROM app.record)"
        ).fetchone()
    errors = make_demonstration().planted_errors
    without_animal = {row[5] for row in refused if row[5]}  # their animal's own row was refused
    found = {row[:3] for row in refused if row[4] not in without_animal}
    assert found == {(e.farm, e.file, e.row) for e in errors}
    assert {(e.farm, e.file, e.row, e.column) for e in errors} <= {row[:4] for row in refused}

    started = time.monotonic()
    await seed(settings, engine, said.append, passwords=PASSWORDS)
    again = time.monotonic() - started
    assert again < first / 20  # of what the first time took, on a machine however busy
    assert any(one.startswith("evaluated milk_yield") for one in said)
    assert counts is not None
    assert counts[0] > 3000
    assert first < 300

    with psycopg.connect(urls.owner) as connection:
        ids = dict(connection.execute("SELECT username, id FROM app.person").fetchall())
    await _genotypes_are_there(await accounts.actor_of(engine, ids["rita"]), settings, engine)
    fiona = await accounts.actor_of(engine, ids["fiona"])
    await _data_can_be_looked_at(fiona, await accounts.actor_of(engine, ids["rita"]), engine)
    async with begin(engine, fiona) as tx:
        assert {farm.code for farm in await farms.mine(tx)} == {"HILL", "BROOK"}
        latest = await evaluations.latest(tx, "weaning_weight")
        page = await evaluations.breeding_values(tx, latest.id, BreedingValuesQuery(limit=1000))
        [study] = (await associations.search(tx, AssociationsQuery())).items
        every = await evaluations.search(tx, EvaluationsQuery(trait="weaning_weight"))
    assert {item.farm for item in page.items} == {"HILL", "BROOK", "RAMS"}
    assert latest.genotype_set_id is None
    single_step = next(one for one in every.items if one.genotype_set_id)
    assert single_step.summary["genotypes"]["animals"] > 350
    assert single_step.published_at < latest.published_at
    assert study.summary["animals"] > 100
    assert study.published_at
    assert study.summary["hits"] > 0


async def _genotypes_are_there(rita: Actor, settings: Settings, engine: AsyncEngine) -> None:
    """Both versions of the set; what was planted is found and nothing else."""
    planted = make_demonstration().genotypes.planted
    objects = open_objects(settings)
    async with begin(engine, rita) as tx:
        second, first = (await genotypes.search(tx, GenotypeSetsQuery())).items
        out = await genotypes.samples(tx, second.id, SamplesQuery(state="excluded"))
        everything = ParentageQuery(status="excluded", limit=1000)
        wrong = (await genotypes.parentage(tx, objects, second.id, everything)).items
        quality = await genotypes.quality(tx, objects, first.id)
    assert (first.version, second.version) == (1, 2)
    assert first.counts["samples"] == 400
    assert first.counts["linked"] >= 390  # rows with planted errors are not in the hub
    assert {(one.a, one.b) for one in quality.duplicates} == {tuple(sorted(planted["duplicate"]))}
    bad = {one.name for one in out.items}
    assert bad >= set(planted["bad_samples"])
    assert bad & set(planted["duplicate"])
    assert len(bad) == len(planted["bad_samples"]) + 1
    lamb, recorded, true = planted["wrong_sire"]
    found = next(one for one in wrong if one.sample == lamb and one.role == "sire")
    assert (found.recorded, found.proposed[0].tag) == (recorded, true)
    assert {one.sample for one in wrong} <= {lamb, *planted["duplicate"]}
    assert second.counts["excluded_markers"] >= 40 + 80  # those on X, too


async def _data_can_be_looked_at(fiona: Actor, rita: Actor, engine: AsyncEngine) -> None:
    """Rows to mend, the template of their sender, two versions of the flock and an export."""
    async with begin(engine, fiona) as tx:
        [template] = (await import_templates.search(tx, TemplatesQuery())).items
        every = await etl.search(tx, ImportsQuery(kind="records"))
        scans = next(one for one in every.items if one.template_id == template.id)
        found = await etl.problems(tx, scans.id, ProblemsQuery())
    async with begin(engine, rita) as tx:
        second, first = (await datasets.search(tx, DatasetsQuery(name=DATASET))).items
        [tag] = await datasets.tags(tx, first.id)
    assert (scans.rows_rejected, scans.rows_loaded) == (REFUSED, scans.rows_read - REFUSED)
    rules = [problem.rule for row in found.items for problem in row.problems]
    assert sorted(rules) == ["bad_date", "out_of_range", "unknown_animal"]
    assert (first.number, second.number, tag.version_id) == (1, 2, first.id)
    assert second.counts["records"] > first.counts["records"]
