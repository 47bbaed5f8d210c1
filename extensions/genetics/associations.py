"""Genome-wide association studies: start one, follow it, read and publish its tests."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import associations
from hub.associations import (
    AssociationCreate,
    AssociationRead,
    AssociationsQuery,
    MarkerRead,
    MarkersQuery,
    PointsRead,
    WindowRead,
    WindowsQuery,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Associations")

ASSOCIATION = {"association_id": SAMPLE_ID}


@routes.post(
    "/associations",
    permission=P.ASSOCIATIONS_RUN,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="associations:create",
    body=AssociationCreate,
    returns=AssociationRead,
    status=202,
    location="/associations/{id}",
    example={
        "body": {
            "name": "Weaning weight of sheep, exact",
            "trait": "weaning_weight",
            "genotypes": SAMPLE_ID,
            "effects": [
                {"name": "contemporary_group", "type": "fixed"},
                {"name": "sex", "type": "fixed"},
                {"name": "age_days", "type": "covariate"},
            ],
            "method": "exact",
            "leave_one_chromosome_out": True,
        }
    },
)
async def start_association(call: Call) -> AssociationRead:
    """Freeze the records of genotyped animals and queue the tests of all markers.

    Follow it at the address in `Location`; its job has the progress.
    """
    return await associations.create(call.tx, call.app.objects, call.body)


@routes.get(
    "/associations",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=AssociationsQuery,
    returns=PageOf[AssociationRead],
    example={"query": {"trait": "weaning_weight", "published": True}},
)
async def list_associations(call: Call) -> Page[AssociationRead]:
    """List the studies one may know of, newest first."""
    return await associations.search(call.tx, call.query)


@routes.get(
    "/associations/{association_id}",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=AssociationRead,
    example={"path": ASSOCIATION},
)
async def get_association(call: Call, association_id: UUID) -> AssociationRead:
    """Show a study: its settings, its frozen data, its state, summary and provenance."""
    return await associations.get(call.tx, association_id)


@routes.get(
    "/associations/{association_id}/markers",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=MarkersQuery,
    returns=PageOf[MarkerRead],
    example={"path": ASSOCIATION, "query": {"chromosome": "6", "max_p": 0.001}},
)
async def list_associated_markers(call: Call, association_id: UUID) -> Page[MarkerRead]:
    """List the tests of markers, the strongest first unless asked otherwise."""
    return await associations.markers(call.tx, call.app.objects, association_id, call.query)


@routes.get(
    "/associations/{association_id}/points",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=PointsRead,
    example={"path": ASSOCIATION},
)
async def get_association_points(call: Call, association_id: UUID) -> PointsRead:
    """Show what the Manhattan and QQ pictures need, weak points thinned.

    Every marker with p below 0.001 is among the points.
    """
    return await associations.points(call.tx, call.app.objects, association_id)


@routes.get(
    "/associations/{association_id}/windows",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    query=WindowsQuery,
    returns=PageOf[WindowRead],
    example={"path": ASSOCIATION, "query": {"order": "-inclusion", "limit": 10}},
)
async def list_association_windows(call: Call, association_id: UUID) -> Page[WindowRead]:
    """List windows of the genome with their best marker and how probably they hold an effect."""
    return await associations.windows(call.tx, call.app.objects, association_id, call.query)


@routes.get(
    "/associations/{association_id}/results.csv",
    permission=P.ASSOCIATIONS_READ,
    reach=Reach.MADE_OR_PUBLISHED,
    returns=Answer,
    produces="text/csv",
    example={"path": ASSOCIATION},
)
async def download_association(call: Call, association_id: UUID) -> Answer:
    """Download the tests of all markers, in the order of the map."""
    content = await associations.content(call.tx, call.app.objects, association_id)
    return Answer(content, "text/csv; charset=utf-8", f"association-{association_id}.csv")


@routes.post(
    "/associations/{association_id}/cancel",
    permission=P.ASSOCIATIONS_RUN,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:cancel",
    returns=AssociationRead,
    example={"path": ASSOCIATION},
)
async def cancel_association(call: Call, association_id: UUID) -> AssociationRead:
    """Stop a study that waits or runs."""
    return await associations.cancel(call.tx, association_id)


@routes.post(
    "/associations/{association_id}/retry",
    permission=P.ASSOCIATIONS_RUN,
    rate=Rate.HEAVY,
    reach=Reach.MADE_OR_STEWARD,
    act="jobs:retry",
    returns=AssociationRead,
    example={"path": ASSOCIATION},
)
async def retry_association(call: Call, association_id: UUID) -> AssociationRead:
    """Run a failed or cancelled study again, on the data frozen for it."""
    return await associations.retry(call.tx, association_id)


@routes.post(
    "/associations/{association_id}/publish",
    permission=P.EVALUATIONS_PUBLISH,
    reach=Reach.STEWARDS,
    act="associations:publish",
    returns=AssociationRead,
    example={"path": ASSOCIATION},
)
async def publish_association(call: Call, association_id: UUID) -> AssociationRead:
    """Show a study to everybody who may see studies; it names no animals."""
    return await associations.publish(call.tx, association_id)


@routes.post(
    "/associations/{association_id}/withdraw",
    permission=P.EVALUATIONS_PUBLISH,
    reach=Reach.STEWARDS,
    act="associations:withdraw",
    returns=AssociationRead,
    example={"path": ASSOCIATION},
)
async def withdraw_association(call: Call, association_id: UUID) -> AssociationRead:
    """Take a published study back."""
    return await associations.withdraw(call.tx, association_id)
