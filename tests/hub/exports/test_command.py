"""`python -m hub export`: an archive from the command line."""

import asyncio
import subprocess
import sys
import zipfile
from pathlib import Path

from hub.local.postgres import Urls
from hub.permissions import Role
from tests.database import Make
from tests.workers import CHECKOUT, Workers


async def test_a_farm_is_exported_from_the_command_line(
    make: Make, urls: Urls, workers: Workers, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    await make.person("stella", Role.STEWARD)
    await make.animal(await make.farm("HILL"), "A", sex="F")
    environment = {**workers.environment, "AGRIGEN_MIGRATION_URL": urls.owner}

    async def export(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hub", "export", "--as", "stella", *arguments]
        return await asyncio.to_thread(
            subprocess.run, command, cwd=CHECKOUT, env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    saved = tmp_path / "hill.zip"
    done = await export(str(saved), "--farm", "HILL", "--kind", "animals", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    assert str(saved) in done.stdout
    assert b'"id":"A"' in zipfile.ZipFile(saved).read("HILL/animals.jsonl")
    wrong = await export(str(tmp_path), "--farm", "HILL", "--format", "plink")
    assert (wrong.returncode, "name a set in genotype_set_id" in wrong.stderr) == (2, True)
    unknown = await export(str(tmp_path), "--farm", "HILL", "--format", "doc")
    assert unknown.returncode == 2
    assert "format 'doc' is not known. Choose 'csv'," in unknown.stderr
