"""Dataset versions: the frozen input of evaluations."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import datasets
from hub.datasets import DatasetRead, DatasetsQuery
from hub.permissions import Permission as P
from hub.storage.paging import Page

routes = Routes("Datasets")

DATASET = {"dataset_id": SAMPLE_ID}


@routes.get(
    "/datasets",
    permission=P.DATASETS_READ,
    query=DatasetsQuery,
    returns=PageOf[DatasetRead],
)
async def list_datasets(call: Call) -> Page[DatasetRead]:
    """List the dataset versions of which one may see every farm, newest first."""
    return await datasets.search(call.tx, call.query)


@routes.get(
    "/datasets/{dataset_id}",
    permission=P.DATASETS_READ,
    returns=DatasetRead,
    example={"path": DATASET},
)
async def get_dataset(call: Call, dataset_id: UUID) -> DatasetRead:
    """Show a dataset version: its hash, its files and how many rows they have."""
    return await datasets.get(call.tx, dataset_id)


@routes.get(
    "/datasets/{dataset_id}/files/{name}",
    permission=P.DATASETS_READ,
    returns=Answer,
    produces="application/vnd.apache.parquet",
    example={"path": DATASET | {"name": "pedigree.parquet"}},
)
async def download_dataset_file(call: Call, dataset_id: UUID, name: str) -> Answer:
    """Download one file of a dataset version, as it was frozen."""
    content = await datasets.content(call.tx, call.app.objects, dataset_id, name)
    return Answer(content, "application/vnd.apache.parquet", name)
