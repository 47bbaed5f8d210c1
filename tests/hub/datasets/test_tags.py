"""Tags move or stay, and a citation leads to the very rows."""

import re
from datetime import UTC, datetime

import psycopg
import pytest
import pytest_asyncio

from hub import datasets
from hub.actor import Actor
from hub.datasets import DatasetRead, DatasetsQuery, NewVersion, TagSet
from hub.errors import Conflict, Denied, Missing
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.hub.datasets.test_datasets import DATA, PEDIGREE

HASH = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # SHA-256 of "abc"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rita(make: Make) -> Actor:
    return await make.person("rita", Role.RESEARCHER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(
    as_: As, make: Make, rita: Actor, tmp_path_factory: pytest.TempPathFactory
) -> list[DatasetRead]:
    """Two versions of one dataset."""
    objects = FolderObjects(tmp_path_factory.mktemp("objects"))
    farm = await make.farm("HILL", reader=rita)
    async with as_(rita) as tx:
        first = await datasets.freeze(tx, objects, "Weights", PEDIGREE, DATA, [farm], {})
        new = NewVersion(
            name="Weights", content_hash=HASH, farm_ids=[farm], objects={}, counts={"animals": 2},
            description={}, series_id=first.series_id, parent_ids=[first.id],
        )  # fmt: skip
        return [first, await datasets.add(tx, new)]


async def test_a_tag_moves_and_a_fixed_one_stays(
    as_: As, rita: Actor, two: list[DatasetRead], urls: Urls
) -> None:
    first, second = two
    async with as_(rita) as tx:
        await datasets.put_tag(tx, first.id, TagSet(name="official"))
        moved = await datasets.put_tag(tx, second.id, TagSet(name="official", why="newer"))
        fixed = await datasets.put_tag(tx, first.id, TagSet(name="thesis", fixed=True))
        found = await datasets.search(tx, DatasetsQuery(tag="official"))
        tags = await datasets.tags(tx, first.id)
    assert (moved.version_id, fixed.version_id) == (second.id, first.id)
    assert [one.id for one in found.items] == [second.id]
    assert [one.name for one in tags] == ["official", "thesis"]
    with pytest.raises(Conflict, match="fixed"):
        async with as_(rita) as tx:
            await datasets.put_tag(tx, second.id, TagSet(name="thesis"))
    with pytest.raises(Conflict, match="fixed"):
        async with as_(rita) as tx:
            await datasets.remove_tag(tx, first.id, "thesis")
    with psycopg.connect(urls.owner) as connection, pytest.raises(psycopg.Error, match="stays"):
        connection.execute("DELETE FROM app.dataset_tag WHERE name = 'thesis'")
    async with as_(rita) as tx:
        await datasets.remove_tag(tx, first.id, "official")
    with pytest.raises(Missing):
        async with as_(rita) as tx:
            await datasets.remove_tag(tx, first.id, "official")


async def test_somebody_elses_tag_is_moved_by_a_steward_only(
    as_: As, make: Make, rita: Actor, two: list[DatasetRead]
) -> None:
    first, second = two
    stella = await make.person("stella", Role.STEWARD)
    ruth = await make.person("ruth", Role.RESEARCHER)
    await make.member(first.farm_ids[0], ruth, "reader")
    async with as_(rita) as tx:
        await datasets.put_tag(tx, first.id, TagSet(name="candidate"))
    with pytest.raises(Denied, match="somebody else"):
        async with as_(ruth) as tx:
            await datasets.put_tag(tx, second.id, TagSet(name="candidate"))
    async with as_(stella) as tx:
        assert (await datasets.put_tag(tx, second.id, TagSet(name="candidate"))).fixed is False


async def test_versions_of_a_dataset_are_numbered(two: list[DatasetRead]) -> None:
    assert [one.number for one in two] == [1, 2]
    assert two[1].series_id == two[0].id


def test_a_citation_names_the_content_itself(two: list[DatasetRead]) -> None:
    version = two[1].model_copy(
        update={
            "creator": "Rita {Curl} & Son",
            "name": "Weights_2026",
            "created_at": datetime(2026, 11, 23, tzinfo=UTC),
        }
    )
    cited = datasets.citation(version, "https://hub.example/datasets/1")
    # RFC 6920 writes the digest of "abc" so.
    assert cited.identifier == "ni:///sha-256;ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    assert cited.text == (
        "Rita {Curl} & Son (2026). Weights_2026 (version 2) [Data set]. AgriGen. "
        f"{cited.identifier}. https://hub.example/datasets/1"
    )
    assert re.match(r"@misc\{weights-2026-v2-ba7816bf,", cited.bibtex)
    author = r"{{Rita \textbraceleft{}Curl\textbraceright{} \& Son}}"
    assert f"author = {author}" in cited.bibtex
    assert cited.schema_org["@type"] == "Dataset"
    assert cited.datacite["publicationYear"] == 2026
    assert cited.datacite["types"]["resourceTypeGeneral"] == "Dataset"


def test_a_name_ends_no_field_of_bibtex() -> None:
    """BibTeX counts braces even behind a backslash."""
    dataset = DatasetRead.model_construct(
        name="x}}, note = {evil", number=1, creator="R}{ita \\ 5 %", content_hash="0" * 64,
        created_at=datetime(2026, 1, 1, tzinfo=UTC), why="", counts={}, tables=[],
    )  # fmt: skip
    entry = datasets.citation(dataset, "https://hub.example/1").bibtex
    assert "}}, note = {evil" not in entry
    bare = entry.replace(r"\textbraceleft{}", "").replace(r"\textbraceright{}", "")
    assert bare.count("{") == bare.count("}")
    assert "\\}" not in entry
    assert "\\{" not in entry
