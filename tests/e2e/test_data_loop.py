"""The same number: from a laboratory's file to breeding values, versions, and back to its rows.

Mrode's calves (example 3.1 of the third edition) as a laboratory could send them: packed, with
semicolons, decimal commas and a slip of the pen. The breeding values are the book's.
"""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

import agrigen as ag
from tests.hub.evaluations.test_evaluations import CALVES, MODEL, PUBLISHED
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

GAINS = (
    "Calf;sex_class;ADG (kg/d)\n4;male;4,5\n5;female;2,9\n6;female;3,9\n7;male;3,S\n8;male;5,0\n"
)


@pytest.fixture(scope="module")
def stella(hub: RunningHub) -> ag.client.Hub:
    return hub.client("stella")


def farm_of(stella: ag.client.Hub, code: str) -> str:
    return str(stella.farms.create(code=code, name=f"Calves, {code}", species="cattle").id)


def evaluated(stella: ag.client.Hub, farm: str, name: str) -> Any:
    return stella.evaluations.create(MODEL, name=name, farms=[farm]).wait(timeout_seconds=120)


def numbers(run: Any) -> dict[str, float]:
    frame = run.frame()
    return dict(zip(frame["tag"], frame["breeding_value"], strict=True))


def test_a_restored_version_gives_the_same_number_and_leads_to_its_rows(
    hub: RunningHub, stella: ag.client.Hub, tmp_path: Path
) -> None:
    farm = farm_of(stella, "LOOP")
    pedigree = stella.imports.upload(CALVES.encode(), farm=farm, kind="animals")
    assert stella.imports.wait(pedigree["id"]).rows_loaded == 8

    # A file as it came: looked at, kept as a template, taken in, mended.
    path = tmp_path / "gains.csv.gz"
    path.write_bytes(gzip.compress(GAINS.encode(), mtime=0))
    file = stella.files.upload(path)
    seen = stella.imports.preview(file_id=file["id"], farm=farm)
    assert (seen["kind"], seen["notes"]["packed"]) == ("records", "gzip")
    assert seen["mapping"]["columns"] == {"animal": "Calf"}
    assert seen["mapping"]["traits"] == {"pre_weaning_gain": "ADG (kg/d)"}
    template = stella.templates.keep("Gains", seen, kind="records", farm=farm, sender="Laboratory")
    asked = stella.imports.create(
        file_id=file["id"], farm=farm, kind="records", template=template["id"]
    )
    done = stella.imports.wait(asked["id"])
    assert (done.rows_loaded, done.rows_rejected) == (4, 1)
    rows = stella.imports.quarantine(done["id"])
    assert list(rows.findings()["rule"]) == ["bad_number"]
    mended = rows.mend_by_rule("replace", find="S", with_="5", rule="bad_number")
    assert (mended["rows_loaded"], mended["rows_rejected"]) == (1, 0)

    # The first version, and the book's numbers.
    first = stella.datasets.freeze("Calves of the loop", farms=[farm], why="As the book has them")
    stella.datasets.tag(first["id"], "book", fixed=True)
    before = evaluated(stella, farm, "Loop, first")
    values = numbers(before)
    assert values == pytest.approx(PUBLISHED, abs=5e-4)

    # Another value, another version, other numbers.
    changed = b"animal,trait,value,sex_class\n7,pre_weaning_gain,3.9,male\n"
    done = stella.imports.wait(stella.imports.upload(changed, farm=farm, kind="records")["id"])
    assert done.rows_loaded == 1
    second = stella.datasets.freeze_again(first["id"], why="Weighed again")
    assert second["content_hash"] != first["content_hash"]
    told = stella.datasets.changes(first["id"], second["id"], kind="records")
    assert list(told["value.before"].astype(float)) == [3.5]
    assert list(told["value.after"].astype(float)) == [3.9]
    assert numbers(evaluated(stella, farm, "Loop, second")) != pytest.approx(values, abs=1e-3)

    # The first version brought back on another farm: the same numbers, to the last digit printed.
    other = farm_of(stella, "LOOP-AGAIN")
    tagged = stella.datasets.tagged("Calves of the loop", "book")
    for one in stella.datasets.restore(tagged["id"], dry_run=False, into=other):
        assert stella.imports.wait(one["id"]).rows_rejected == 0
    again = evaluated(stella, other, "Loop, again")
    assert numbers(again) == pytest.approx(values, abs=1e-9)

    # From one number to the rows of the file, known by its bytes.
    lineage = _lineage(hub, before.id, "8", before)
    [own] = [row for row in lineage["rows"] if row["tag"] == "8" and row["trait"]]
    assert (own["file"], own["row"], own["value"]) == ("gains.csv.gz", 6, 5.0)
    assert own["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    types = {node["type"] for node in lineage["graph"]["nodes"]}
    assert {"file", "template", "import", "evaluation", "breeding_value"} <= types
    lineage = _lineage(hub, again.id, "8", again)
    assert any(row["file"].endswith("records.parquet") for row in lineage["rows"])


def _lineage(hub: RunningHub, evaluation: str, tag: str, run: Any) -> Any:
    """Asked over REST, as any program can."""
    frame = run.frame()
    animal = frame.loc[frame["tag"] == tag, "animal_id"].iloc[0]
    headers = {"Authorization": f"Bearer {hub.token('stella')}"}
    path = f"{hub.api}/evaluations/{evaluation}/values/{animal}/lineage"
    answer = httpx.get(path, headers=headers, timeout=60)
    assert answer.is_success, answer.text
    return answer.json()
