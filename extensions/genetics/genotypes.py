"""Genotypes: hand files in, make versions, read quality, parents, markers and regions."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import files, genotypes
from hub.files import FileRead, Limits
from hub.genotypes import (
    AnimalGenotypes,
    ExportQuery,
    GenotypeSetCreate,
    GenotypeSetDerive,
    GenotypeSetRead,
    GenotypeSetsQuery,
    LinksPut,
    MarkerRead,
    MarkersQuery,
    PanelRead,
    PanelsQuery,
    ParentageQuery,
    ParentageRead,
    QualityRead,
    RegionQuery,
    RegionRead,
    SampleRead,
    SamplesQuery,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input, Name
from hub.storage.paging import Page

routes = Routes("Genotypes")

SET = {"set_id": SAMPLE_ID}


class UploadQuery(Input):
    """What the file is called."""

    name: Name = Field(description="File name with its ending, such as flock.bed")


@routes.post(
    "/genotype-files",
    permission=P.GENOTYPES_WRITE,
    reach=Reach.MADE,
    act="files:store",
    query=UploadQuery,
    raw_body=True,
    returns=FileRead,
    status=201,
    location="/files/{id}",
    example={"query": {"name": "flock.vcf.gz"}},
)
async def upload_genotype_file(call: Call) -> FileRead:
    """Hand in a genotype file, or a part of a large one, as the body of the request.

    It is kept unchanged. Up to 64 parts of up to 64 MiB, named in their order, make one file.
    """
    return await files.store(
        call.tx,
        call.app.objects,
        name=call.query.name,
        media_type=call.headers.get("Content-Type", "application/octet-stream"),
        content=call.body,
        needs=P.GENOTYPES_WRITE,
        piece=True,
        limits=Limits.of(call.app.settings),
    )


@routes.post(
    "/genotype-sets",
    permission=P.GENOTYPES_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="genotypes:create",
    body=GenotypeSetCreate,
    returns=GenotypeSetRead,
    status=202,
    location="/genotype-sets/{id}",
    example={
        "body": {
            "name": "Hillside 2026, 50k",
            "farm_id": SAMPLE_ID,
            "files": [SAMPLE_ID],
            "assembly": "ARS-UI_Ramb_v2.0",
            "rules": {"sample_call_rate": 0.9, "minor_frequency": 0.01},
        }
    },
)
async def create_genotype_set(call: Call) -> GenotypeSetRead:
    """Make a set of genotypes of uploaded files.

    It is read, its samples are looked up among the animals one sees, and quality and parents are
    checked. Follow it at the address in `Location`; its job has the progress.
    """
    return await genotypes.create(call.tx, call.body)


@routes.get(
    "/genotype-sets",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=GenotypeSetsQuery,
    returns=PageOf[GenotypeSetRead],
    example={"query": {"species": "sheep", "state": "done"}},
)
async def list_genotype_sets(call: Call) -> Page[GenotypeSetRead]:
    """List the genotype sets one may know of, newest first."""
    return await genotypes.search(call.tx, call.query)


@routes.get(
    "/genotype-sets/{set_id}",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    returns=GenotypeSetRead,
    example={"path": SET},
)
async def get_genotype_set(call: Call, set_id: UUID) -> GenotypeSetRead:
    """Show a set: where it is from, its state, counts and the hash of its genotypes."""
    return await genotypes.get(call.tx, set_id)


@routes.post(
    "/genotype-sets/{set_id}/derive",
    permission=P.GENOTYPES_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.MADE_OR_SEEN,
    act="genotypes:create",
    body=GenotypeSetDerive,
    returns=GenotypeSetRead,
    status=202,
    location="/genotype-sets/{id}",
    example={"path": SET, "body": {"rules": {"minor_frequency": 0.05}}},
)
async def derive_genotype_set(call: Call, set_id: UUID) -> GenotypeSetRead:
    """Make a new version of a set: chosen samples, then rules of quality control."""
    return await genotypes.derive(call.tx, set_id, call.body)


@routes.get(
    "/genotype-sets/{set_id}/samples",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=SamplesQuery,
    returns=PageOf[SampleRead],
    example={"path": SET, "query": {"linked": False}},
)
async def list_samples(call: Call, set_id: UUID) -> Page[SampleRead]:
    """List samples with their animals, or why they have none, in the order of the file."""
    return await genotypes.samples(call.tx, set_id, call.query)


@routes.get(
    "/genotype-sets/{set_id}/quality",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    returns=QualityRead,
    example={"path": SET},
)
async def get_quality(call: Call, set_id: UUID) -> QualityRead:
    """Show what quality control found: drops by rule, histograms, duplicates, remarks."""
    return await genotypes.quality(call.tx, call.app.objects, set_id)


@routes.get(
    "/genotype-sets/{set_id}/parentage",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=ParentageQuery,
    returns=PageOf[ParentageRead],
    example={"path": SET, "query": {"status": "excluded"}},
)
async def list_parentage(call: Call, set_id: UUID) -> Page[ParentageRead]:
    """List recorded parents by what the genotypes say of them, and proposed ones.

    Parents that one may not see are left out, so a page can be shorter than its limit.
    """
    return await genotypes.parentage(call.tx, call.app.objects, set_id, call.query)


@routes.get(
    "/genotype-sets/{set_id}/markers",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=MarkersQuery,
    returns=PageOf[MarkerRead],
    example={"path": SET, "query": {"chromosome": "2", "from": 6000000, "to": 7000000}},
)
async def list_markers(call: Call, set_id: UUID) -> Page[MarkerRead]:
    """List markers with their places, alleles, frequencies and Hardy-Weinberg test."""
    return await genotypes.markers(call.tx, call.app.objects, set_id, call.query)


@routes.get(
    "/genotype-sets/{set_id}/region",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=RegionQuery,
    returns=RegionRead,
    example={"path": SET, "query": {"chromosome": "2", "from": 6000000, "to": 7000000}},
)
async def get_region(call: Call, set_id: UUID) -> RegionRead:
    """Show genotypes of a part of a chromosome, up to 200 markers of 500 samples at a time."""
    return await genotypes.region(call.tx, call.app.objects, set_id, call.query)


@routes.get(
    "/genotype-sets/{set_id}/files/{name}",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    returns=Answer,
    produces="application/octet-stream",
    example={"path": {**SET, "name": "samples.csv"}},
)
async def download_genotype_report(call: Call, set_id: UUID, name: str) -> Answer:
    """Download a file of the report.

    There are samples.csv, markers.csv, quality.json, filter.json and provenance.json.
    """
    content = await genotypes.content(call.tx, call.app.objects, set_id, name)
    return Answer(content, f"{genotypes.FILES[name]}; charset=utf-8", name)


@routes.get(
    "/genotype-sets/{set_id}/export",
    permission=P.GENOTYPES_READ,
    reach=Reach.MADE_OR_SEEN,
    query=ExportQuery,
    returns=Answer,
    produces="application/zip",
    example={"path": SET, "query": {"format": "plink"}},
)
async def export_genotypes(call: Call, set_id: UUID) -> Answer:
    """Download the genotypes as a ZIP archive of PLINK, VCF or BLUPF90 files."""
    content, name = await genotypes.export(call.tx, call.app.objects, set_id, call.query)
    return Answer(content, "application/zip", name)


@routes.put(
    "/genotype-sets/{set_id}/links",
    permission=P.GENOTYPES_WRITE,
    reach=Reach.FARMS_WORKED,
    act="genotypes:link",
    body=LinksPut,
    returns=GenotypeSetRead,
    example={
        "path": SET,
        "body": {"links": [{"sample": "R01C01", "animal_id": SAMPLE_ID}]},
    },
)
async def put_links(call: Call, set_id: UUID) -> GenotypeSetRead:
    """Say whose samples these are; without links, look unlinked names up once more.

    Parents are compared again in a job.
    """
    return await genotypes.link(call.tx, set_id, call.body)


@routes.post(
    "/genotype-sets/{set_id}/cancel",
    permission=P.GENOTYPES_WRITE,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:cancel",
    returns=GenotypeSetRead,
    example={"path": SET},
)
async def cancel_genotype_set(call: Call, set_id: UUID) -> GenotypeSetRead:
    """Stop a set that waits or is being made."""
    return await genotypes.cancel(call.tx, set_id)


@routes.post(
    "/genotype-sets/{set_id}/retry",
    permission=P.GENOTYPES_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:retry",
    returns=GenotypeSetRead,
    example={"path": SET},
)
async def retry_genotype_set(call: Call, set_id: UUID) -> GenotypeSetRead:
    """Make a failed or cancelled set again, of the same files."""
    return await genotypes.retry(call.tx, set_id)


@routes.get(
    "/animals/{animal_id}/genotypes",
    permission=P.GENOTYPES_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[AnimalGenotypes],
    example={"path": {"animal_id": SAMPLE_ID}},
)
async def list_genotypes_of_animal(call: Call, animal_id: UUID) -> Page[AnimalGenotypes]:
    """List the sets that have genotypes of an animal, newest first, on one page."""
    return Page(await genotypes.of_animal(call.tx, animal_id))


@routes.get(
    "/panels",
    permission=P.GENOTYPES_READ,
    reach=Reach.EVERYBODY,
    query=PanelsQuery,
    returns=PageOf[PanelRead],
    example={"query": {"species": "sheep"}},
)
async def list_panels(call: Call) -> Page[PanelRead]:
    """List marker panels: the maps that genotype sets have come with."""
    return await genotypes.panels(call.tx, call.query)


@routes.get(
    "/panels/{panel_id}",
    permission=P.GENOTYPES_READ,
    reach=Reach.EVERYBODY,
    returns=PanelRead,
    example={"path": {"panel_id": SAMPLE_ID}},
)
async def get_panel(call: Call, panel_id: UUID) -> PanelRead:
    """Show a marker panel."""
    return await genotypes.panel(call.tx, panel_id)
