"""`python -m hub import`: the report of an import on the command line."""

import asyncio
import subprocess
import sys
from pathlib import Path

from hub.local.postgres import Urls
from hub.permissions import Role
from tests.database import Make
from tests.workers import CHECKOUT, Workers


async def test_a_file_is_imported_from_the_command_line(
    make: Make, urls: Urls, workers: Workers, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    await make.person("stella", Role.STEWARD)
    await make.farm("HILL")
    file = tmp_path / "flock.csv"
    file.write_text("ear,sex\nA,F\nB,X\n")
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"columns": {"id": "ear"}}')
    command = [
        sys.executable, "-m", "hub", "import", "--as", "stella", "--farm", "HILL",
        "--kind", "animals", "--mapping", str(mapping), str(file),
    ]  # fmt: skip
    environment = {**workers.environment, "AGRIGEN_MIGRATION_URL": urls.owner}

    async def run(words: list[str]) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run, words, cwd=CHECKOUT, env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    done = await run(command)
    assert done.returncode == 2, done.stderr
    assert "1 rows loaded, 0 unchanged, 1 refused" in done.stdout
    assert "flock.csv:3:sex bad_sex: 'X' is no sex the hub knows. -> Write F, M or U" in done.stdout
    mapping.write_text("{columns")
    done = await run(command)
    assert done.stderr.startswith(f"\n{mapping} is no JSON: ")
    suggested = [one for one in command if one not in ("--mapping", str(mapping))]
    done = await run([*suggested[:-1], "--suggested", str(file)])
    assert done.stdout.startswith('mapping: {"columns": {"sex": "sex"')
