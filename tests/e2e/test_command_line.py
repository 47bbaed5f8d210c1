"""The operator's commands beside a running hub."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import CHECKOUT, RunningHub

pytestmark = pytest.mark.e2e


def command(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AGRIGEN_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        input=typed,
        check=False,
    )


def test_a_file_is_imported_and_every_refused_cell_is_named(
    hub: RunningHub, tmp_path: Path
) -> None:
    file = tmp_path / "flock.csv"
    file.write_text("id,sex,breed,birth_date\nCLI 1,F,Texel,2025-03-01\nCLI 2,X,Texel,2025-13-01\n")
    given = ["import", "--as", "stella", "--farm", "HILL", "--kind", "animals", str(file)]
    result = command(hub.home, *given)
    assert result.returncode == 2, result.stderr
    assert "1 rows loaded" in result.stdout
    assert "flock.csv:3:sex bad_sex" in result.stdout
    assert "flock.csv:3:birth_date bad_date" in result.stdout


def test_without_a_running_hub_the_command_says_what_to_do(tmp_path: Path) -> None:
    given = ["import", "--as", "stella", "--farm", "HILL", "--kind", "animals", "none.csv"]
    (tmp_path / "none.csv").write_text("id\n1\n")
    result = command(tmp_path / "nowhere", *given)
    assert result.returncode == 7
    assert "Start the hub first" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_an_operator_adds_a_person_who_signs_in_until_kept_out(hub: RunningHub) -> None:
    given = ["person", "add", "olga", "--role", "farmer", "--name", "Olga Operator"]
    added = command(hub.home, *given, "--password-stdin", typed="a long enough password\n")
    assert added.returncode == 0, added.stderr
    with closing(hub.browser("olga", "a long enough password")) as session:
        assert "My farms" in session.get("/hub/home").text
    again = command(hub.home, *given, "--password-stdin", typed="another password\n")
    assert (again.returncode, "already" in again.stderr) == (5, True)
    short = command(
        hub.home, "person", "add", "p", "--role", "farmer", "--password-stdin", typed="x\n"
    )
    assert short.returncode == 2
    assert command(hub.home, "person", "disable", "olga", "--as", "ada").returncode == 0
    with pytest.raises(AssertionError):
        hub.browser("olga", "a long enough password")
