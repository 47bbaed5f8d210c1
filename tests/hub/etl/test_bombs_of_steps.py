"""What people ask to be done to files ends soon, and does not make them larger than memory."""

import asyncio
import time
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from hub.errors import Invalid, Limited
from hub.etl import cleaning, sources
from hub.etl.preview import turns
from hub.etl.quarantine.schemas import MendByRule
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.etl.watching import rules
from hub.exports.writers import open_writer
from hub.storage.base import new_id
from hub.tables import Column

ROWS = 2_000


def table() -> Table:
    numbers = pl.arange(2, ROWS + 2, dtype=pl.Int32, eager=True)
    cells = {ROW: numbers, "a": ["x" * 10] * ROWS, "b": ["y" * 10] * ROWS}
    return Table("w.csv", pl.DataFrame(cells), {}, {})


def test_steps_that_double_texts_are_stopped() -> None:
    joined = [{"step": "join", "columns": ["a", "b"], "into": "ab"[n % 2]} for n in range(30)]
    replaced = [{"step": "replace", "columns": ["a"], "find": "x", "with": "x" * 8}] * 10
    for steps in (joined, replaced):
        with pytest.raises(Invalid, match=r"8 times as long|too long"):
            cleaning.apply(table(), cleaning.load(steps))


@pytest.mark.parametrize("pattern", [r"(?:\w{1,40}\d{1,40}){1,3}z", r"(a{0,100}){0,100}", "a{101}"])
def test_a_pattern_that_is_large_inside_is_refused(pattern: str) -> None:
    """20 kB took the first one a second and a half: 100 MB would take two hours."""
    step = {"step": "replace", "find": pattern, "with": "", "regex": True}
    with pytest.raises(ValidationError, match="too often"):
        cleaning.load([step])
    action = {"do": "replace", "find": pattern, "with": "", "regex": True}
    with pytest.raises(ValidationError, match="too often"):
        MendByRule.model_validate({"action": action})


def test_usual_patterns_are_taken() -> None:
    for pattern in (r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$", r"^[A-Z]{2}0*(\d{3,12})$"):
        cleaning.load([{"step": "replace", "find": pattern, "with": "$1", "regex": True}])


def test_a_pattern_of_many_depths_is_matched_at_once() -> None:
    start = time.monotonic()
    assert not rules.fits("**/" * 60 + "x.csv", "a/b/c/d/e/f/g/h/y.csv")
    assert rules.fits("**/" * 60 + "x.csv", "a/b/x.csv")
    assert time.monotonic() - start < 5


async def test_people_look_at_one_file_each_and_at_few_in_all() -> None:
    """Each look holds a connection and a thread that everybody else needs, too."""
    people = [new_id() for _ in range(turns.AT_ONCE + 1)]
    go_on = asyncio.Event()

    async def look(person: object) -> None:
        async with turns.turn(person):  # type: ignore[arg-type]
            await go_on.wait()

    tasks = [asyncio.create_task(look(one)) for one in people[:-1]]
    await asyncio.sleep(0)
    for person, why in ((people[0], "of yours"), (people[-1], "as many as go at once")):
        with pytest.raises(Limited, match=why):
            async with turns.turn(person):
                pass
    go_on.set()
    await asyncio.gather(*tasks)
    async with turns.turn(people[0]):
        assert await turns.in_thread(len, "four") == 4


def test_a_name_of_a_column_is_no_formula_in_csv_and_comes_back(tmp_path: Path) -> None:
    """Names of attributes are whatever the header of a file once was."""
    names = ["animal", "=HYPERLINK(1)", "@a", "'t Hooft", "'=b"]
    writer = open_writer("csv", tmp_path, "records", [Column(one, "text", "") for one in names])
    writer.write(pl.DataFrame({one: ["x"] for one in names}))
    writer.close()
    path = next(iter(writer.files))
    assert not [one for one in path.read_text().splitlines()[0].split(",") if one[0] in "=+-@"]
    assert sources.open(path, "r.csv", "records", Mapping()).columns == names
