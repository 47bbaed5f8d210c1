"""Equal tables are the equal dataset, whoever freezes them and whenever."""

from pathlib import Path

import pandas as pd
import pytest

from hub import datasets
from hub.datasets import DatasetsQuery, parquet
from hub.errors import Denied, Missing
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make

PEDIGREE = pd.DataFrame({"id": ["a", "b"], "sire": [None, "a"], "dam": [None, None]})
DATA = pd.DataFrame({"animal": ["b"], "weight": [31.25], "herd": ["x"]})


def test_the_same_table_gives_the_same_bytes_and_reads_back() -> None:
    content = parquet.to_bytes(DATA)
    assert content == parquet.to_bytes(DATA.copy())
    assert content != parquet.to_bytes(DATA.assign(weight=31.26))
    pd.testing.assert_frame_equal(parquet.from_bytes(content), DATA)


async def test_versions_are_shared_by_content_and_shown_by_farm(
    as_: As, make: Make, tmp_path: Path
) -> None:
    objects = FolderObjects(tmp_path)
    stella = await make.person("stella", Role.STEWARD)
    rita = await make.person("rita", Role.RESEARCHER)
    fiona = await make.person("fiona", Role.FARMER)
    farm = await make.farm("HILL", reader=rita)
    hidden = await make.farm("HIDDEN")
    async with as_(stella) as tx:
        both = [hidden, farm]
        first = await datasets.freeze(tx, objects, "one", PEDIGREE, DATA, both, {})
        second = await datasets.freeze(tx, objects, "two", PEDIGREE, DATA, [farm], {"why": "test"})
    assert first.content_hash == second.content_hash
    assert first.objects == second.objects
    assert first.counts == {"animals": 2, "records": 1, "farms": 2}
    async with as_(rita) as tx:
        assert [one.id for one in (await datasets.search(tx, DatasetsQuery())).items] == [second.id]
        content = await datasets.content(tx, objects, second.id, "data.parquet")
        pedigree, _ = await datasets.load(tx, objects, second.id)
    assert content == parquet.to_bytes(DATA)
    assert pedigree["id"].tolist() == ["a", "b"]
    with pytest.raises(Missing):
        async with as_(rita) as tx:
            await datasets.get(tx, first.id)
    with pytest.raises(Missing, match=r"data\.parquet"):
        async with as_(rita) as tx:
            await datasets.content(tx, objects, second.id, "secrets")
    with pytest.raises(Denied):
        async with as_(fiona) as tx:
            await datasets.search(tx, DatasetsQuery())
