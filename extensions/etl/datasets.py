"""Dataset versions: freeze farms' tables, read, compare, tag and cite them, bring them back."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import datasets, versions
from hub.datasets import (
    Citation,
    DatasetRead,
    DatasetsQuery,
    Difference,
    DifferenceQuery,
    RowsQuery,
    TagRead,
    TagSet,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page
from hub.versions import Freeze, FreezeRead, NextVersion, Restore, RestoreRead

routes = Routes("Datasets")

DATASET = {"dataset_id": SAMPLE_ID}
PARQUET = "application/vnd.apache.parquet"
TYPES = {"csv": "text/csv; charset=utf-8", "parquet": PARQUET}
TO = {"to": SAMPLE_ID, "kind": "records"}


class ContentQuery(Input):
    """As which file."""

    format: Literal["csv", "parquet"] = Field(
        default="parquet", description="The SHA-256 of the CSV is that of the table"
    )


@routes.post(
    "/datasets",
    permission=P.DATASETS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="versions:freeze",
    body=Freeze,
    returns=FreezeRead,
    status=202,
    location="/jobs/{job_id}",
    example={
        "body": {
            "name": "Weights of the hill flocks",
            "why": "Before the scales were mended",
            "farms": [SAMPLE_ID],
            "kinds": ["animals", "records"],
        }
    },
)
async def freeze_dataset(call: Call) -> FreezeRead:
    """Freeze tables of farms, all as they are at one moment.

    The version is there under `dataset_id` when the job is done, and never changes.
    """
    return await versions.freeze(call.tx, call.body)


@routes.get(
    "/datasets",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=DatasetsQuery,
    returns=PageOf[DatasetRead],
)
async def list_datasets(call: Call) -> Page[DatasetRead]:
    """List the dataset versions of which one may see every farm, newest first."""
    return await datasets.search(call.tx, call.query)


@routes.get(
    "/datasets/{dataset_id}",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    returns=DatasetRead,
    example={"path": DATASET},
)
async def get_dataset(call: Call, dataset_id: UUID) -> DatasetRead:
    """Show a dataset version: its hash, its tables with their columns, who froze it and why."""
    return await datasets.get(call.tx, dataset_id)


@routes.get(
    "/datasets/{dataset_id}/versions",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[DatasetRead],
    example={"path": DATASET},
)
async def list_dataset_versions(call: Call, dataset_id: UUID) -> Page[DatasetRead]:
    """List the versions of the dataset that one is of, newest first."""
    return await datasets.versions(call.tx, dataset_id, call.query)


@routes.post(
    "/datasets/{dataset_id}/versions",
    permission=P.DATASETS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="versions:freeze",
    body=NextVersion,
    returns=FreezeRead,
    status=202,
    location="/jobs/{job_id}",
    example={"path": DATASET, "body": {"why": "After weaning"}},
)
async def freeze_next_version(call: Call, dataset_id: UUID) -> FreezeRead:
    """Freeze the same selection again, as the next version of the dataset."""
    return await versions.freeze_again(call.tx, dataset_id, call.body)


@routes.post(
    "/datasets/{dataset_id}/bring-back",
    permission=P.DATASETS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="datasets:freeze",
    body=NextVersion,
    returns=DatasetRead,
    status=201,
    location="/datasets/{id}",
    example={"path": DATASET, "body": {"why": "The correction was wrong"}},
)
async def bring_dataset_back(call: Call, dataset_id: UUID) -> DatasetRead:
    """Make an old version the newest of its dataset; farms are left as they are."""
    return await versions.bring_back(call.tx, dataset_id, call.body)


@routes.post(
    "/datasets/{dataset_id}/restore",
    permission=P.DATASETS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="versions:restore",
    body=Restore,
    returns=RestoreRead,
    status=202,
    example={"path": DATASET, "body": {"dry_run": True, "kinds": ["animals"]}},
)
async def restore_dataset(call: Call, dataset_id: UUID) -> RestoreRead:
    """Bring frozen tables back into their farms by imports; a dry run unless told otherwise.

    Imports add and change rows. What was added since stays. One must hold imports:write, too.
    """
    return await versions.restore(call.tx, call.app.objects, dataset_id, call.body)


@routes.get(
    "/datasets/{dataset_id}/tables/{kind}",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=RowsQuery,
    returns=PageOf[dict[str, Any]],
    example={"path": DATASET | {"kind": "records"}, "query": {"limit": 10}},
)
async def list_dataset_rows(call: Call, dataset_id: UUID, kind: str) -> Page[dict[str, Any]]:
    """List rows of a frozen table."""
    return await datasets.rows(call.tx, call.app.objects, dataset_id, kind, call.query)


@routes.get(
    "/datasets/{dataset_id}/tables/{kind}/content",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=ContentQuery,
    returns=Answer,
    produces="application/octet-stream",
    example={"path": DATASET | {"kind": "records"}, "query": {"format": "csv"}},
)
async def download_dataset_table(call: Call, dataset_id: UUID, kind: str) -> Answer:
    """Download a frozen table as one CSV or Parquet file."""
    wanted = call.query.format
    pieces = await datasets.table_content(call.tx, call.app.objects, dataset_id, kind, wanted)
    return Answer(b"", TYPES[wanted], f"{kind}.{wanted}", pieces=pieces)


@routes.get(
    "/datasets/{dataset_id}/files/{name}",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    returns=Answer,
    produces=PARQUET,
    example={"path": DATASET | {"name": "pedigree.parquet"}},
)
async def download_dataset_file(call: Call, dataset_id: UUID, name: str) -> Answer:
    """Download one file of a dataset version, as it was frozen."""
    content = await datasets.content(call.tx, call.app.objects, dataset_id, name)
    return Answer(content, PARQUET, name)


@routes.get(
    "/datasets/{dataset_id}/diff",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=DifferenceQuery,
    returns=Difference,
    example={"path": DATASET, "query": TO},
)
async def compare_datasets(call: Call, dataset_id: UUID) -> Difference:
    """Compare with another version: rows added, removed and changed, by their key."""
    return await datasets.diff(call.tx, call.app.objects, dataset_id, call.query)


@routes.get(
    "/datasets/{dataset_id}/diff.parquet",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=DifferenceQuery,
    returns=Answer,
    produces=PARQUET,
    example={"path": DATASET, "query": TO},
)
async def download_comparison(call: Call, dataset_id: UUID) -> Answer:
    """Download every row of a table that differs: change, key, and both values."""
    content = await datasets.diff_content(call.tx, call.app.objects, dataset_id, call.query)
    return Answer(content, PARQUET, f"{call.query.kind or 'table'}-diff.parquet")


@routes.get(
    "/datasets/{dataset_id}/tags",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[TagRead],
    example={"path": DATASET},
)
async def list_dataset_tags(call: Call, dataset_id: UUID) -> Page[TagRead]:
    """List the tags of a dataset, on one page, and at which version each is."""
    return Page(await datasets.tags(call.tx, dataset_id))


@routes.put(
    "/datasets/{dataset_id}/tags",
    permission=P.DATASETS_WRITE,
    reach=Reach.FARMS_SEEN,
    act="datasets:tag",
    body=TagSet,
    returns=TagRead,
    example={"path": DATASET, "body": {"name": "official", "why": "Season of 2026"}},
)
async def tag_dataset(call: Call, dataset_id: UUID) -> TagRead:
    """Give a version a tag, or move it here from another version; a fixed one stays for good."""
    return await datasets.put_tag(call.tx, dataset_id, call.body)


@routes.delete(
    "/datasets/{dataset_id}/tags/{name}",
    permission=P.DATASETS_WRITE,
    reach=Reach.MADE_OR_STEWARD,
    act="datasets:untag",
    example={"path": DATASET | {"name": "official"}},
)
async def untag_dataset(call: Call, dataset_id: UUID, name: str) -> None:
    """Take a tag away that is not fixed."""
    await datasets.remove_tag(call.tx, dataset_id, name)


@routes.get(
    "/datasets/{dataset_id}/cite",
    permission=P.DATASETS_READ,
    reach=Reach.FARMS_SEEN,
    returns=Citation,
    example={"path": DATASET},
)
async def cite_dataset(call: Call, dataset_id: UUID) -> Citation:
    """Show how to cite a version: in words, BibTeX, schema.org and DataCite."""
    dataset = await datasets.get(call.tx, dataset_id)
    address = f"{call.app.settings.base_url}{call.app.api_url}/datasets/{dataset_id}"
    return datasets.citation(dataset, address)
