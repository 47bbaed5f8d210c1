"""The bodies of jobs about genotypes."""

from uuid import UUID

from hub import jobs
from hub.genotypes import run as making
from hub.genotypes import service
from hub.jobs import Run
from hub.permissions import Permission


@jobs.body(service.TASK, kind=service.KIND, needs=Permission.GENOTYPES_WRITE, follow=service.follow)
async def run_genotypes(run: Run, *, set_id: str) -> None:
    """Make a version of a set: read, find the animals, check, store."""
    await making.run(run, UUID(set_id))


@jobs.body(
    service.LINKS_TASK,
    kind=service.LINKS_KIND,
    needs=Permission.GENOTYPES_WRITE,
    follow=service.stay,
)
async def run_links(run: Run, *, set_id: str) -> None:
    """Compare parents again after samples got other animals."""
    await making.compare_again(run, UUID(set_id))
