"""Genetic evaluations: start one, follow it, read and publish its breeding values."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import evaluations
from hub.evaluations import (
    AnimalValue,
    BreedingValueRead,
    BreedingValuesQuery,
    ContrastRead,
    DiagnosticsRead,
    EvaluationCreate,
    EvaluationRead,
    EvaluationsQuery,
    MarkerEffectRead,
    MarkerEffectsQuery,
    RatioRead,
    ResultQuery,
    TrendRead,
    VarianceRead,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Code, Input
from hub.storage.paging import Page

routes = Routes("Evaluations")

EVALUATION = {"evaluation_id": SAMPLE_ID}
SOLUTIONS = "solutions.csv"
MARKER_EFFECTS = "marker_effects.csv"


class LatestQuery(Input):
    """Of which trait."""

    trait: Code = Field(description="Code of the trait")


@routes.post(
    "/evaluations",
    permission=P.EVALUATIONS_RUN,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="evaluations:create",
    body=EvaluationCreate,
    returns=EvaluationRead,
    status=202,
    location="/evaluations/{id}",
    example={
        "body": {
            "name": "Weaning weight, all sheep",
            "species": "sheep",
            "model": {
                "traits": ["weaning_weight"],
                "effects": [
                    {"name": "farm", "type": "fixed"},
                    {"name": "year", "type": "fixed"},
                    {"name": "sex", "type": "fixed"},
                    {"name": "birth_type", "type": "fixed"},
                    {"name": "animal", "type": "animal"},
                    {"name": "dam", "type": "random"},
                ],
                "variances": {"animal": 4.1, "dam": 1.2, "residual": 9.0},
            },
        }
    },
)
async def start_evaluation(call: Call) -> EvaluationRead:
    """Freeze the data one may read and queue the computation.

    Follow it at the address in `Location`; its job has the progress.
    """
    return await evaluations.create(call.tx, call.app.objects, call.body)


@routes.get(
    "/evaluations",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=EvaluationsQuery,
    returns=PageOf[EvaluationRead],
    example={"query": {"trait": "weaning_weight", "published": True}},
)
async def list_evaluations(call: Call) -> Page[EvaluationRead]:
    """List the evaluations one may know of, newest first."""
    return await evaluations.search(call.tx, call.query)


@routes.get(
    "/evaluations/latest",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=LatestQuery,
    returns=EvaluationRead,
    errors=(404,),
    example={"query": {"trait": "weaning_weight"}},
)
async def get_latest_evaluation(call: Call) -> EvaluationRead:
    """Show the official evaluation of a trait: the one that was published last."""
    return await evaluations.latest(call.tx, call.query.trait)


@routes.get(
    "/evaluations/{evaluation_id}",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=EvaluationRead,
    example={"path": EVALUATION},
)
async def get_evaluation(call: Call, evaluation_id: UUID) -> EvaluationRead:
    """Show an evaluation: its model, its frozen data, its state and its provenance."""
    return await evaluations.get(call.tx, evaluation_id)


@routes.get(
    "/evaluations/{evaluation_id}/breeding-values",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=BreedingValuesQuery,
    returns=PageOf[BreedingValueRead],
    example={"path": EVALUATION, "query": {"sex": "M", "status": "alive", "limit": 10}},
)
async def list_breeding_values(call: Call, evaluation_id: UUID) -> Page[BreedingValueRead]:
    """List breeding values of the animals one may see, the best first unless asked otherwise."""
    return await evaluations.breeding_values(call.tx, evaluation_id, call.query)


@routes.get(
    "/animals/{animal_id}/breeding-values",
    permission=P.EVALUATIONS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[AnimalValue],
    example={"path": {"animal_id": SAMPLE_ID}},
)
async def list_breeding_values_of_animal(call: Call, animal_id: UUID) -> Page[AnimalValue]:
    """Show what the official evaluation of each trait says about an animal, on one page."""
    return Page(await evaluations.of_animal(call.tx, animal_id))


@routes.get(
    "/evaluations/{evaluation_id}/variances",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=ResultQuery,
    returns=PageOf[VarianceRead],
    example={"path": EVALUATION, "query": {"trait": "weaning_weight"}},
)
async def list_variances(call: Call, evaluation_id: UUID) -> Page[VarianceRead]:
    """List the variance components, on one page, with standard errors where estimated."""
    found = await evaluations.variances(call.tx, call.app.objects, evaluation_id, call.query)
    return Page(found)


@routes.get(
    "/evaluations/{evaluation_id}/ratios",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=ResultQuery,
    returns=PageOf[RatioRead],
    example={"path": EVALUATION, "query": {"trait": "weaning_weight"}},
)
async def list_ratios(call: Call, evaluation_id: UUID) -> Page[RatioRead]:
    """List heritabilities, repeatabilities and correlations, on one page."""
    found = await evaluations.ratios(call.tx, call.app.objects, evaluation_id, call.query)
    return Page(found)


@routes.get(
    "/evaluations/{evaluation_id}/trends",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=ResultQuery,
    returns=PageOf[TrendRead],
    example={"path": EVALUATION, "query": {"trait": "weaning_weight"}},
)
async def list_trends(call: Call, evaluation_id: UUID) -> Page[TrendRead]:
    """List mean breeding values by year of birth, on one page.

    One who does not read all farms of the evaluation is not shown years in which fewer than five
    animals of other farms stand behind the mean.
    """
    found = await evaluations.trends(call.tx, call.app.objects, evaluation_id, call.query)
    return Page(found)


@routes.get(
    "/evaluations/{evaluation_id}/diagnostics",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=DiagnosticsRead,
    example={"path": EVALUATION},
)
async def get_diagnostics(call: Call, evaluation_id: UUID) -> DiagnosticsRead:
    """Show how the numbers were found: convergence, reliabilities, and remarks on the data.

    Remarks name animals and levels, so one must read all farms of the evaluation to see them.
    """
    return await evaluations.diagnostics(call.tx, call.app.objects, evaluation_id)


@routes.get(
    "/evaluations/{evaluation_id}/solutions.csv",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=Answer,
    produces="text/csv",
    example={"path": EVALUATION},
)
async def download_solutions(call: Call, evaluation_id: UUID) -> Answer:
    """Download the solutions of every effect; one must read all farms of the evaluation."""
    content = await evaluations.content(call.tx, call.app.objects, evaluation_id, SOLUTIONS)
    return Answer(content, "text/csv; charset=utf-8", f"evaluation-{evaluation_id}-{SOLUTIONS}")


@routes.get(
    "/evaluations/{evaluation_id}/marker-effects",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=MarkerEffectsQuery,
    returns=PageOf[MarkerEffectRead],
    example={"path": EVALUATION, "query": {"order": "-variance", "limit": 10}},
)
async def list_marker_effects(call: Call, evaluation_id: UUID) -> Page[MarkerEffectRead]:
    """List effects of markers behind genomic breeding values, along the genome.

    They name no animals: everybody who may see the evaluation reads all of them.
    """
    return await evaluations.marker_effects(call.tx, call.app.objects, evaluation_id, call.query)


@routes.get(
    "/evaluations/{evaluation_id}/marker_effects.csv",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=Answer,
    produces="text/csv",
    example={"path": EVALUATION},
)
async def download_marker_effects(call: Call, evaluation_id: UUID) -> Answer:
    """Download the effects of all markers, for every trait and genomic effect."""
    content = await evaluations.marker_effects_csv(call.tx, call.app.objects, evaluation_id)
    return Answer(
        content, "text/csv; charset=utf-8", f"evaluation-{evaluation_id}-{MARKER_EFFECTS}"
    )


@routes.get(
    "/evaluations/{evaluation_id}/contrasts",
    permission=P.EVALUATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=PageQuery,
    returns=PageOf[ContrastRead],
    example={"path": EVALUATION},
)
async def list_contrasts(call: Call, evaluation_id: UUID) -> Page[ContrastRead]:
    """List the differences that the model asked for; one must read all farms of the evaluation."""
    return Page(await evaluations.contrasts(call.tx, call.app.objects, evaluation_id))


@routes.post(
    "/evaluations/{evaluation_id}/cancel",
    permission=P.EVALUATIONS_RUN,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:cancel",
    returns=EvaluationRead,
    example={"path": EVALUATION},
)
async def cancel_evaluation(call: Call, evaluation_id: UUID) -> EvaluationRead:
    """Stop an evaluation that waits or runs."""
    return await evaluations.cancel(call.tx, evaluation_id)


@routes.post(
    "/evaluations/{evaluation_id}/retry",
    permission=P.EVALUATIONS_RUN,
    rate=Rate.HEAVY,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:retry",
    returns=EvaluationRead,
    example={"path": EVALUATION},
)
async def retry_evaluation(call: Call, evaluation_id: UUID) -> EvaluationRead:
    """Run a failed or cancelled evaluation again, on the data frozen for it."""
    return await evaluations.retry(call.tx, evaluation_id)


@routes.post(
    "/evaluations/{evaluation_id}/publish",
    permission=P.EVALUATIONS_PUBLISH,
    reach=Reach.STEWARDS,
    act="evaluations:publish",
    returns=EvaluationRead,
    example={"path": EVALUATION},
)
async def publish_evaluation(call: Call, evaluation_id: UUID) -> EvaluationRead:
    """Make an evaluation the official one of its traits."""
    return await evaluations.publish(call.tx, evaluation_id)


@routes.post(
    "/evaluations/{evaluation_id}/withdraw",
    permission=P.EVALUATIONS_PUBLISH,
    reach=Reach.STEWARDS,
    act="evaluations:withdraw",
    returns=EvaluationRead,
    example={"path": EVALUATION},
)
async def withdraw_evaluation(call: Call, evaluation_id: UUID) -> EvaluationRead:
    """Take a published evaluation back; the one before it is official again."""
    return await evaluations.withdraw(call.tx, evaluation_id)
