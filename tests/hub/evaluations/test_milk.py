"""Real records: 3,397 lactations of US Holsteins and a pedigree of 6,547, against gremlin's BLUP.

Recipe: gremlin 1.1.0 fitted milk ~ lactation + log(dim) with animal, permanent environment and
herd by REML; its solutions at those components stand beside the data (shared/reference/README.md).
"""

import json
import subprocess
from pathlib import Path

import pandas as pd

from hub.permissions import Role
from tests.database import Make
from tests.workers import Door, Evaluating

MAPPING = {
    "columns": {"animal": "id"},
    "traits": {"milk_305d": "milk"},
    "occasion": "lact",
    "attributes": ["lact", "herd", "dim"],
}
EFFECTS = [
    {"name": "lact", "type": "fixed"},
    {"name": "dim", "type": "covariate", "transform": "log"},
    {"name": "a", "type": "animal", "column": "animal"},
    {"name": "pe", "type": "random", "column": "animal"},
    {"name": "herd", "type": "random"},
]


async def test_breeding_values_equal_the_reference(
    make: Make, door: Door, evaluating: Evaluating, reference: Path,
    worker: subprocess.Popen[bytes],
) -> None:  # fmt: skip
    folder = reference / "milk"
    stella = await make.person("stella", Role.STEWARD)
    farm = await make.farm("USDA", species="cattle")
    pedigree = (folder / "pedCows.csv").read_bytes()
    brought = await door.bring(stella, farm, "animals", pedigree)
    assert (brought.state, brought.rows_loaded) == ("done", 6547), brought
    milk = (folder / "milk.csv").read_bytes()
    brought = await door.bring(stella, farm, "records", milk, mapping=MAPPING)
    assert (brought.state, brought.rows_loaded) == ("done", 3397), brought

    fitted = json.loads((folder / "M2_reml_gremlin.json").read_text())["M2"]["varcomp"]
    a, pe, herd, residual = (component["Estimate"] for component in fitted)
    variances = {"a": a, "pe": pe, "herd": herd, "residual": residual}
    model = {"traits": ["milk_305d"], "effects": EFFECTS, "variances": variances}
    done = await evaluating.run(stella, model=model, farms=[str(farm)])
    assert done.state == "done", done.error

    found = pd.Series(await evaluating.values(stella, done.id))
    wanted = pd.read_csv(folder / "milk_M2_ebv_pev_all6547.csv", dtype={"id": str})
    wanted = wanted.set_index("id")["ebv"]
    assert len(found) == 6547
    difference = (found - wanted).abs().max() / a**0.5
    print(f"largest difference {difference:.2e} genetic standard deviations")
    assert difference < 1e-5, f"{difference:.2e} genetic standard deviations"
