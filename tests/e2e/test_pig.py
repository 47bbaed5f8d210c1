"""Real pigs, from raw files to published genomic breeding values and a genome scan.

251 of the 253 pigs of the MSU resource population are genotyped at 20,597 markers, 176 have drip
loss (reference/README.md, "msuprp_pig"). Everything is done by the Python client on a running hub;
breeding values, tests and counts are those of agrigen on the files themselves.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.running import RunningHub, xsrf

pytestmark = pytest.mark.e2e

TRAIT = "drip_loss"
EFFECTS: list[dict[str, Any]] = [
    {"name": "sex", "type": "fixed", "column": "record_sex"},
    {"name": "age_slg", "type": "covariate"},
    {"name": "slgdt_cd", "type": "random"},
]
VARIANCES = {"slgdt_cd": 0.05, "g": 0.2, "residual": 0.35}


@pytest.fixture(scope="module")
def pig(reference: Path) -> Path:
    folder = reference / "data" / "msuprp_pig"
    if not folder.is_dir():
        pytest.skip(f"the pigs are not at {folder}")
    return folder


@pytest.fixture(scope="module")
def steward(hub: RunningHub) -> ag.client.Hub:
    return hub.client("stella")


@pytest.fixture(scope="module")
def farm(hub: RunningHub, steward: ag.client.Hub, pig: Path) -> str:
    """The resource population as a farm of its own, pedigree and records imported."""
    farm = str(steward.farms.create(code="MSUPRP", name="Resource population", species="pig").id)
    member = {"username": "marc", "role": "owner"}
    with closing(hub.browser("stella")) as browser:  # a token confirms nobody
        browser.get("/services/api/docs")
        header = {"X-XSRFToken": xsrf(browser, "/services/api/")}
        members = f"/services/api/api/v1/farms/{farm}/members"
        answer = browser.post(members, json=member, headers=header)
        assert answer.is_success, answer.text
    files = (
        ("animals", "pedigree.csv", {"ignore": ["generation", "sex"]}, 253),
        (
            "records",
            "pheno.csv",
            {
                "columns": {"animal": "id"},
                "traits": {TRAIT: "driploss"},
                "attributes": ["sex", "slgdt_cd", "age_slg"],
                "ignore": ["litter", "car_wt"],
            },
            176,
        ),
    )
    for kind, name, mapping, rows in files:
        asked = steward.imports.upload(pig / name, farm=farm, kind=kind, mapping=mapping)
        done = steward.imports.wait(asked["id"])
        assert (done.rows_loaded, done.rows_rejected) == (rows, 0)
    return farm


@pytest.fixture(scope="module")
def chip(steward: ag.client.Hub, farm: str, pig: Path) -> ag.client.GenotypeSet:
    return steward.genotypes.upload(pig / "pig.bed", farm=farm, name="Pigs, raw")


@pytest.fixture(scope="module")
def raw(pig: Path) -> tuple[pd.DataFrame, ag.Pedigree, ag.Genotypes]:
    """The files read directly, under the names that the hub gives to columns."""
    data = pd.read_csv(pig / "pheno.csv", dtype={"id": str, "slgdt_cd": str})
    names = {"id": "animal", "sex": "record_sex", "driploss": TRAIT}
    pedigree = pd.read_csv(pig / "pedigree.csv", dtype=str)
    return (
        data.rename(columns=names),
        ag.Pedigree.from_frame(pedigree),
        ag.Genotypes.read(pig / "pig.bed"),
    )


def model(method: str) -> dict[str, Any]:
    genomic = {"name": "g", "type": "genomic", "method": method, "column": "animal"}
    return {"traits": [TRAIT], "effects": [*EFFECTS, genomic], "variances": VARIANCES}


def test_the_report_counts_what_is_in_the_files(
    chip: ag.client.GenotypeSet, raw: tuple[pd.DataFrame, ag.Pedigree, ag.Genotypes]
) -> None:
    genotypes = raw[2]
    counts = chip.counts
    assert (counts["samples"], counts["markers"], counts["linked"]) == (251, 20_597, 251)
    report = chip.quality()
    assert not report.applied
    assert {one["what"] for one in report.dropped} <= {"samples", "markers"}
    first = chip.markers("1", limit=50)
    known = genotypes[:, first["name"].to_numpy()].frequencies()
    assert np.abs(first["frequency"] - known).max() < 1e-9


def test_recorded_parents_are_what_the_genotypes_say(chip: ag.client.GenotypeSet) -> None:
    pairs = chip.parentage()
    told = pairs["status"].value_counts()
    assert len(pairs) > 400
    assert told["accepted"] > 0.95 * (len(pairs) - told.get("not genotyped", 0))


@pytest.mark.parametrize(("method", "animals"), [("gblup", 251), ("single_step", 253)])
def test_breeding_values_are_those_of_the_files(
    steward: ag.client.Hub, farm: str, chip: ag.client.GenotypeSet,
    raw: tuple[pd.DataFrame, ag.Pedigree, ag.Genotypes], method: str, animals: int,
) -> None:  # fmt: skip
    run = steward.evaluations.create(
        model(method), name=f"Drip loss, {method}", farms=[farm], genotypes=chip
    ).wait(timeout_seconds=300)
    ours = run.frame().set_index("tag")
    data, pedigree, genotypes = raw
    declared = ag.load_model(model(method))
    direct = ag.evaluate(declared.model, data, pedigree, declared.variances, genotypes=genotypes)
    expected = direct.breeding_values.set_index("id").loc[ours.index]
    assert len(ours) == animals
    for column in ("breeding_value", "se", "reliability"):
        assert np.abs(ours[column] - expected[column]).max() < 1e-8
    assert ours["reliability"].between(0, 1).all()
    effects = run.marker_effects()
    assert list(effects["marker"]) == list(genotypes.markers.names)
    assert np.abs(effects["value"] - direct.marker_effects["value"]).max() < 1e-8


def test_heritability_is_estimated_from_the_markers(
    steward: ag.client.Hub, farm: str, chip: ag.client.GenotypeSet,
    raw: tuple[pd.DataFrame, ag.Pedigree, ag.Genotypes],
) -> None:  # fmt: skip
    run = steward.evaluations.create(
        model("gblup"), estimate="reml", name="Drip loss, REML", farms=[farm], genotypes=chip
    ).wait(timeout_seconds=300)
    assert run.components is not None
    [ours] = run.components.heritability.query("effect_1 == 'g'").to_dict("records")
    data, _, genotypes = raw
    direct = ag.dense_reml(
        f"{TRAIT} ~ record_sex + linear(age_slg) + random(slgdt_cd) + animal(animal, name=g)",
        data, ag.grm(genotypes),
    )  # fmt: skip
    [expected] = direct.heritability["value"]
    assert ours["value"] == pytest.approx(expected, abs=1e-3)
    assert ours["se"] > 0


def test_the_scan_is_that_of_the_files_and_is_drawn(
    steward: ag.client.Hub, chip: ag.client.GenotypeSet, tmp_path: Path,
    raw: tuple[pd.DataFrame, ag.Pedigree, ag.Genotypes],
) -> None:  # fmt: skip
    study = steward.associations.create(
        TRAIT, chip, effects="record_sex + linear(age_slg)", name="Drip loss, scan"
    ).wait(timeout_seconds=300)
    data, _, genotypes = raw
    direct = ag.gwas(f"{TRAIT} ~ record_sex + linear(age_slg) + animal(animal)", data, genotypes)
    ours = study.frame()
    assert list(ours["marker"]) == list(direct.table["marker"])
    assert np.abs(ours["minus_log10_p"] - direct.table["log10_p"]).max() < 1e-5
    assert study.summary["animals"] == 176
    assert study.summary["h2"] == pytest.approx(direct.null["heritability"].iloc[0])
    points = study.points()
    assert len(points["marker"]) <= 20_000
    strong = set(ours.loc[ours["p"] < 1e-3, "marker"])
    assert strong <= set(points["marker"])
    best = study.frame(limit=1)
    assert best["marker"][0] == direct.top(1)["marker"][0]
    study.plot(label=3).savefig(tmp_path / "scan.svg")
    study.plot("qq").savefig(tmp_path / "qq.svg")
    assert (tmp_path / "scan.svg").stat().st_size > 10_000
    assert len(study.windows()) > 1_000


def test_published_values_are_read_by_who_belongs_to_the_farm(
    hub: RunningHub, steward: ag.client.Hub, farm: str, chip: ag.client.GenotypeSet
) -> None:
    run = steward.evaluations.create(
        model("single_step"), name="Drip loss, official", farms=[farm], genotypes=chip
    ).wait(timeout_seconds=300)
    run.publish()
    try:
        marc = hub.client("marc")
        official = marc.evaluations.latest(TRAIT)
        assert official.id == run.id
        assert len(official.frame()) == 253
        assert official.provenance["genotypes"]["content_hash"] == chip.content_hash
        assert len(hub.client("fiona").evaluations.get(run.id).frame()) == 0
    finally:
        run.withdraw()
