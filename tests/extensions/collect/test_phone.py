"""The phone page without a browser: its TypeScript, its size, and its words to the hub."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel

from hub import events, records
from hub.animals import AnimalRead, Retag
from hub.collect import schemas
from hub.local import node, web

TESTS = web.SOURCE / "tests"
LARGEST_START = 120_000
SHAPES: dict[str, type[BaseModel]] = {
    "Push": schemas.Push,
    "Operation": schemas.Operation,
    "PushReply": schemas.PushReply,
    "OperationResult": schemas.OperationResult,
    "Problem": schemas.Problem,
    "FieldConflict": schemas.FieldConflict,
    "Pull": schemas.Pull,
    "Change": schemas.Change,
    "FarmShown": schemas.FarmShown,
    "ReviewRead": schemas.ReviewRead,
    "Animal": AnimalRead,
    "FarmEvent": events.EventRead,
    "Measurement": records.RecordRead,
}


@pytest.fixture(scope="module", autouse=True)
def built() -> Path:
    web.build()
    return web.BUILT


def run(*command: str) -> subprocess.CompletedProcess[str]:
    node.install(web.SOURCE, web.SOURCE)
    return subprocess.run(
        [str(node.node()), *command],
        cwd=web.SOURCE,
        env=node.environment(),
        capture_output=True,
        text=True,
    )


def test_store_synchronization_and_forms_pass_their_own_tests() -> None:
    files = [str(path) for path in sorted(TESTS.glob("*.test.ts"))]
    result = run("--test", "--test-reporter=spec", *files)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]


def test_every_type_is_right() -> None:
    result = run("node_modules/typescript/bin/tsc", "-p", ".")
    assert result.returncode == 0, result.stdout


def interfaces() -> dict[str, set[str]]:
    """Names of the fields of each interface of protocol.ts."""
    text = (web.SOURCE / "src" / "protocol.ts").read_text()
    found = re.findall(r"export interface (\w+) \{\n(.*?)\n\}", text, re.DOTALL)
    return {name: set(re.findall(r"^  (\w+)\??:", body, re.MULTILINE)) for name, body in found}


@pytest.mark.parametrize("name", SHAPES)
def test_the_page_and_the_hub_mean_the_same_by(name: str) -> None:
    fields = interfaces()[name]
    theirs = {one.alias or key for key, one in SHAPES[name].model_fields.items()}
    assert fields <= theirs
    if name in ("Push", "Operation"):
        assert fields == theirs


def test_the_page_speaks_a_version_that_the_hub_understands() -> None:
    text = (web.SOURCE / "src" / "protocol.ts").read_text()
    found = re.search(r"SCHEMA_VERSION = (\d+)", text)
    assert found
    assert schemas.OLDEST_VERSION <= int(found[1]) <= schemas.SCHEMA_VERSION


def test_what_every_form_makes_is_accepted_by_the_hubs_models() -> None:
    result = run(str(TESTS / "operations.ts"))
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    kinds = set()
    for one in told["made"]:
        if one["entity"] == "event":
            kinds.add(events.EventCreate.model_validate({**one["values"], "id": one["id"]}).kind)
        elif one["entity"] == "record":
            values = {k: v for k, v in one["values"].items() if k != "animal_id"}
            records.RecordCreate.model_validate({**values, "id": one["id"]})
        elif one["entity"] == "animal":
            Retag.model_validate(one["values"])
    assert len(kinds) >= 13
    for one in told["corrections"]:
        assert one["kind"] == "correct"
        if one["entity"] == "event":
            changed = events.EventCorrect.model_validate(one["values"]).changes()
            assert set(changed) == {"occurred_on", "remark"}  # the details are as they were
        else:
            assert records.RecordCorrect.model_validate(one["values"]).changes() == {"value": 16.5}


def test_the_page_starts_small(built: Path) -> None:
    files = [*built.glob("files/*.js"), *built.glob("files/*.css")]
    assert len(files) == 2
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < LARGEST_START


def test_building_again_does_nothing(built: Path) -> None:
    before = (built / "index.html").stat().st_mtime_ns
    web.build()
    assert (built / "index.html").stat().st_mtime_ns == before


def test_no_script_makes_html_of_data() -> None:
    code = "".join(path.read_text() for path in (web.SOURCE / "src").rglob("*.ts"))
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in code


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (web.SOURCE / "package-lock.json").read_text()
