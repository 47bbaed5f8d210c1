"""3,397 real Holstein lactations through the API: imported, evaluated, equal to published values.

The reference solutions were made with gremlin 1.1.0 and dense linear algebra at the same variance
components (reference/README.md, "milk"). Tolerance: 1e-5 genetic standard deviations.
"""

import json
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

TRAITS = {"milk_305d": "milk", "fat_305d": "fat", "protein_305d": "prot"}


@pytest.fixture(scope="module")
def components(reference: Path) -> dict[str, float]:
    found = json.loads((reference / "milk" / "M2_reml_gremlin.json").read_text())["M2"]["varcomp"]
    estimate = {row["component"]: row["Estimate"] for row in found}
    return {
        "a": estimate["G.id2"],
        "pe": estimate["G.pe2"],
        "herd": estimate["G.herd"],
        "residual": estimate["ResVar1"],
    }


@pytest.fixture(scope="module")
def farm(hub: RunningHub) -> str:
    """A herd book of its own, made by the steward over REST."""
    answer = httpx.post(
        f"{hub.api}/farms",
        json={"code": "HOLSTEIN-US", "name": "US Holstein sample", "species": "cattle"},
        headers={"Authorization": f"Bearer {hub.token('stella')}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_real_lactations_give_the_published_breeding_values(
    hub: RunningHub, farm: str, reference: Path, components: dict[str, float]
) -> None:
    milk = reference / "milk"
    steward = hub.client("stella")
    pedigree = steward.imports.upload(milk / "pedCows.csv", farm=farm, kind="animals")
    pedigree = steward.imports.wait(pedigree["id"])
    assert (pedigree.rows_loaded, pedigree.rows_rejected) == (6547, 0)
    records = steward.imports.upload(
        milk / "milk.csv",
        farm=farm,
        kind="records",
        mapping={
            "columns": {"animal": "id"},
            "traits": TRAITS,
            "occasion": "lact",
            "attributes": ["lact", "herd", "dim"],
            "ignore": ["sire", "scs"],
        },
    )
    records = steward.imports.wait(records["id"])
    assert (records.rows_read, records.rows_rejected) == (3397, 0)

    evaluation = steward.evaluations.create(
        name="Milk of Holsteins, repeatability model",
        farms=[farm],
        model={
            "traits": ["milk_305d"],
            "effects": [
                {"name": "lact", "type": "fixed", "column": "lact"},
                {"name": "dim", "type": "covariate", "column": "dim", "transform": "log"},
                {"name": "a", "type": "animal", "column": "animal"},
                {"name": "pe", "type": "random", "column": "animal"},
                {"name": "herd", "type": "random", "column": "herd"},
            ],
            "variances": components,
        },
    ).wait()
    assert evaluation.state == "done", evaluation.error

    ours = evaluation.frame().set_index("tag")
    published = pd.read_csv(milk / "milk_M2_ebv_pev_all6547.csv", dtype={"id": str}).set_index("id")
    assert len(ours) == len(published) == 6547
    published = published.loc[ours.index]
    sigma = np.sqrt(components["a"])
    assert np.abs(ours["breeding_value"] - published["ebv"]).max() / sigma < 1e-5
    assert np.abs(ours["reliability"] - published["rel_F"]).max() < 1e-6
    assert np.abs(ours["inbreeding"] - published["F"]).max() < 1e-8


def test_the_researcher_cannot_see_a_herd_book_nobody_shared(hub: RunningHub, farm: str) -> None:
    researcher = hub.client("rita")
    assert farm not in {one["id"] for one in researcher.farms.list()}
    with pytest.raises(ag.client.Missing):
        researcher.animals.list(farm=farm)
