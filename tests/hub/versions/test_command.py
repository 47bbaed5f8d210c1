"""`python -m hub dataset`: versions from the command line, as an operator works with them."""

import asyncio
import subprocess

import pytest

from hub.cli import main
from hub.local.postgres import Urls
from hub.permissions import Role
from tests.database import Make
from tests.workers import Workers


async def test_a_farm_is_frozen_compared_tagged_cited_and_brought_back(
    make: Make, urls: Urls, workers: Workers, worker: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await make.person("stella", Role.STEWARD)
    farm = await make.farm("KEPT")
    ewe = await make.animal(farm, "A", sex="F")
    await make.record(farm, ewe, "weight", 61.0)
    for name, value in {**workers.environment, "AGRIGEN_MIGRATION_URL": urls.owner}.items():
        monkeypatch.setenv(name, value)

    async def dataset(*arguments: str) -> tuple[int, str]:
        """In this process: a dozen starts of Python would take a minute."""
        capsys.readouterr()
        code = await asyncio.to_thread(main, ["dataset", "--as", "stella", *arguments])
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    async def said(*arguments: str) -> str:
        code, shown = await dataset(*arguments)
        assert code == 0, shown
        return shown

    kinds = ("--kind", "animals", "--kind", "records")
    first = await said("freeze", "Kept ewes", "--farm", "KEPT", *kinds, "--why", "before lambing")
    assert "Kept ewes version 1" in first
    assert "1 animals, 1 records" in first
    await make.animal(farm, "B", sex="F")
    assert "Kept ewes version 2" in await said("again", "Kept ewes")
    assert "bears the tag official" in await said("tag", "Kept ewes@1", "official")
    listed = (await said("list", "--name", "Kept ewes")).splitlines()
    assert [line.split()[4] for line in listed] == ["2", "1"]
    assert listed[1].endswith("[official]")
    compared = await said("compare", "Kept ewes@official", "Kept ewes")
    assert "animals: 1 added, 0 removed, 0 changed, 1 the same" in compared
    assert "(version 1) [Data set]" in await said("cite", first.split()[0])
    assert (await said("cite", "Kept ewes", "--bibtex")).startswith("@misc{kept-ewes-v2-")
    tried = await said("restore", "Kept ewes@2")
    assert "Nothing was loaded" in tried
    assert "Nothing was loaded" not in await said("restore", "Kept ewes@2", "--no-dry-run")
    code, shown = await dataset("cite", "Kept ewes@9")
    assert (code != 0, "no version 'Kept ewes@9'" in shown) == (True, True)
    code, shown = await dataset("freeze", "Kept ewes", "--farm", "KEPT", "--kind", "animal")
    assert (code, "kind 'animal' is not known. Choose 'animals'," in shown) == (2, True)
