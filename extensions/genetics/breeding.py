"""Breeding advice: an index, candidates, mating plans, one pair, and single genes."""

from datetime import date
from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import breeding
from hub.breeding import (
    CandidateRead,
    GeneRead,
    GeneSet,
    IndexQuery,
    IndexRead,
    PairQuery,
    PairRead,
    PlanCreate,
    PlanRead,
    PlansQuery,
    PlanSummary,
    WordsQuery,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Code, Input
from hub.storage.paging import Page

routes = Routes("Breeding")

PLAN = {"plan_id": SAMPLE_ID}
GENE = {"animal_id": SAMPLE_ID, "gene": "PRNP"}


class CandidatesQuery(Input):
    """Of which farm, and when."""

    farm: UUID
    on: date | None = Field(default=None, description="Day of the matings; today by default")


@routes.get(
    "/breeding/index",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_SEEN,
    query=IndexQuery,
    returns=IndexRead,
    errors=(404,),
    example={"query": {"farm": SAMPLE_ID}},
)
async def get_index(call: Call) -> IndexRead:
    """Show what animals of a farm are ranked by when no weights are given, and why."""
    return await breeding.index(call.tx, call.query.farm, call.query.language)


@routes.get(
    "/breeding/candidates",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_SEEN,
    query=CandidatesQuery,
    returns=PageOf[CandidateRead],
    errors=(404,),
    example={"query": {"farm": SAMPLE_ID}},
)
async def list_candidates(call: Call) -> Page[CandidateRead]:
    """List animals of a farm that can be mated, with index and percentile, on one page."""
    return Page(await breeding.candidates(call.tx, call.query.farm, call.query.on))


@routes.get(
    "/breeding/pair",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_SEEN,
    query=PairQuery,
    returns=PairRead,
    errors=(404, 422),
    example={"query": {"sire": SAMPLE_ID, "dam": SAMPLE_ID}},
)
async def get_pair(call: Call) -> PairRead:
    """Say what a mating would give: index, inbreeding, genes, and a verdict in words.

    Inbreeding is computed from the whole pedigree, also where an ancestor stands on a farm that one
    does not see; only the coefficient is shown.
    """
    return await breeding.pair(call.tx, call.query)


@routes.post(
    "/breeding/plans",
    permission=P.BREEDING_PLAN,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="breeding:plan",
    query=WordsQuery,
    body=PlanCreate,
    returns=PlanRead,
    status=201,
    location="/breeding/plans/{id}",
    errors=(404,),
    example={
        "body": {
            "farm_id": SAMPLE_ID,
            "name": "Autumn 2026",
            "most_females": 40,
            "most_inbreeding": 0.0625,
        }
    },
)
async def create_plan(call: Call) -> PlanRead:
    """Find the best male for every female within the limits, and keep the plan."""
    return await breeding.create(call.tx, call.body, call.query.language)


@routes.get(
    "/breeding/plans",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_BELONGED,
    query=PlansQuery,
    returns=PageOf[PlanSummary],
    example={"query": {"limit": 10}},
)
async def list_plans(call: Call) -> Page[PlanSummary]:
    """List mating plans of farms one may see, newest first."""
    return await breeding.search(call.tx, call.query)


@routes.get(
    "/breeding/plans/{plan_id}",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_BELONGED,
    query=WordsQuery,
    returns=PlanRead,
    errors=(404,),
    example={"path": PLAN},
)
async def get_plan(call: Call, plan_id: UUID) -> PlanRead:
    """Show a mating plan: the best and the next best male of every female."""
    return await breeding.get(call.tx, plan_id, call.query.language)


@routes.get(
    "/breeding/plans/{plan_id}/matings.csv",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_BELONGED,
    query=WordsQuery,
    returns=Answer,
    produces="text/csv",
    errors=(404,),
    example={"path": PLAN},
)
async def download_plan(call: Call, plan_id: UUID) -> Answer:
    """Download a mating plan as a table for a spreadsheet."""
    content = await breeding.csv(call.tx, plan_id, call.query.language)
    return Answer(content, "text/csv; charset=utf-8", f"matings-{plan_id}.csv")


@routes.delete(
    "/breeding/plans/{plan_id}",
    permission=P.BREEDING_PLAN,
    reach=Reach.FARMS_WORKED,
    act="breeding:delete",
    errors=(404,),
    example={"path": PLAN},
)
async def delete_plan(call: Call, plan_id: UUID) -> None:
    """Throw a mating plan away."""
    await breeding.delete(call.tx, plan_id)


@routes.get(
    "/animals/{animal_id}/genes",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[GeneRead],
    errors=(404,),
    example={"path": {"animal_id": SAMPLE_ID}},
)
async def list_genes(call: Call, animal_id: UUID) -> Page[GeneRead]:
    """List the genotypes of an animal at single genes, on one page."""
    return Page(await breeding.genes(call.tx, animal_id))


@routes.put(
    "/animals/{animal_id}/genes/{gene}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="breeding:set_gene",
    body=GeneSet,
    returns=GeneRead,
    errors=(404,),
    example={"path": GENE, "body": {"genotype": "ARR/ARQ", "source": "Laboratory, 2026-05-02"}},
)
async def set_gene(call: Call, animal_id: UUID, gene: Code) -> GeneRead:
    """Note the genotype of an animal: PRNP as ARR/ARQ, a defect as free, carrier or affected."""
    return await breeding.set_gene(call.tx, animal_id, gene, call.body)


@routes.delete(
    "/animals/{animal_id}/genes/{gene}",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="breeding:remove_gene",
    errors=(404,),
    example={"path": GENE},
)
async def remove_gene(call: Call, animal_id: UUID, gene: Code) -> None:
    """Take a genotype away that was noted by mistake."""
    await breeding.remove_gene(call.tx, animal_id, gene)
