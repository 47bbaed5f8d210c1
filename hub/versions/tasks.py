"""The body of a freeze's job."""

from typing import Any
from uuid import UUID

from hub import jobs
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.transaction import Transaction
from hub.versions import freezing, service
from hub.versions.schemas import Asked


async def _nothing_to_follow(tx: Transaction, dataset_id: UUID, state: str, error: str) -> None:
    """A version is there when it is whole; until then there is only its job."""


@jobs.body(
    service.TASK, kind=service.KIND, needs=Permission.DATASETS_WRITE, follow=_nothing_to_follow
)
async def run_freeze(run: Run, *, asked: dict[str, Any]) -> None:
    """Freeze tables of farms as they are at one moment."""
    await freezing.freeze(run, Asked.model_validate(asked))
