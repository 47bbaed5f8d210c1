"""Growth, milk, feed and health of animals and farms."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import performance
from hub.performance import (
    AnimalHealth,
    AnimalLactations,
    AnimalPerformance,
    AnimalWeights,
    FarmLactationQuery,
    FarmWeightQuery,
    FarmWithdrawals,
    FeedQuery,
    FeedTest,
    HealthQuery,
    Lactation,
    LactationQuery,
    MedicineQuery,
    MedicineUse,
    MedicineUseQuery,
    TreatmentRead,
    WeightQuery,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Performance")

ANIMAL = {"animal_id": SAMPLE_ID}
FARM = {"farm_id": SAMPLE_ID}


@routes.get(
    "/animals/{animal_id}/performance",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=WeightQuery,
    returns=AnimalPerformance,
    example={"path": ANIMAL, "query": {"assumed_birth_weight": 4.5}},
)
async def animal_performance(call: Call, animal_id: UUID) -> AnimalPerformance:
    """Weights at standard ages and gains, with scans, scores, carcass, feed and wool."""
    return await performance.of_animal(call.tx, animal_id, call.query)


@routes.get(
    "/animals/{animal_id}/lactations",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=LactationQuery,
    returns=AnimalLactations,
    example={"path": ANIMAL},
)
async def animal_lactations(call: Call, animal_id: UUID) -> AnimalLactations:
    """Lactations by ICAR's test-interval method, with projection, test days and curves."""
    return await performance.lactations_of_animal(call.tx, animal_id, call.query)


@routes.get(
    "/animals/{animal_id}/health",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=HealthQuery,
    returns=AnimalHealth,
    example={"path": ANIMAL, "query": {"on": "2026-05-01"}},
)
async def animal_health(call: Call, animal_id: UUID) -> AnimalHealth:
    """Diagnoses and treatments, and whether meat or milk is withheld on a day."""
    return await performance.health(call.tx, animal_id, call.query)


@routes.get(
    "/farms/{farm_id}/weights",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=FarmWeightQuery,
    returns=PageOf[AnimalWeights],
    example={"path": FARM, "query": {"born_from": "2026-01-01"}},
)
async def farm_weights(call: Call, farm_id: UUID) -> Page[AnimalWeights]:
    """List a farm's animals by tag, with adjusted weights and ratios among contemporaries."""
    return await performance.weights_of_farm(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/lactations",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=FarmLactationQuery,
    returns=PageOf[Lactation],
    example={"path": FARM, "query": {"calved_from": "2026-01-01"}},
)
async def farm_lactations(call: Call, farm_id: UUID) -> Page[Lactation]:
    """List a farm's lactations with test days, newest first."""
    return await performance.lactations_of_farm(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/feed",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=FeedQuery,
    returns=FeedTest,
    example={"path": FARM, "query": {"from": "2026-05-01", "to": "2026-07-31"}},
)
async def farm_feed(call: Call, farm_id: UUID) -> FeedTest:
    """Intake, gain, feed conversion and residual intake of a feeding test."""
    return await performance.feed_of_farm(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/withdrawals",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=HealthQuery,
    returns=FarmWithdrawals,
    example={"path": FARM, "query": {"on": "2026-05-01"}},
)
async def farm_withdrawals(call: Call, farm_id: UUID) -> FarmWithdrawals:
    """List the living animals whose meat or milk is withheld on a day."""
    return await performance.withdrawals(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/medicine",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=MedicineQuery,
    returns=PageOf[TreatmentRead],
    example={"path": FARM, "query": {"from": "2026-01-01", "medicine_group": "antibiotic"}},
)
async def farm_medicine(call: Call, farm_id: UUID) -> Page[TreatmentRead]:
    """Read the medicine book: every treatment with batch and withdrawal, newest first."""
    return await performance.medicine(call.tx, farm_id, call.query)


@routes.get(
    "/farms/{farm_id}/medicine-use",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=MedicineUseQuery,
    returns=MedicineUse,
    example={"path": FARM, "query": {"from": "2026-01-01", "to": "2026-12-31"}},
)
async def farm_medicine_use(call: Call, farm_id: UUID) -> MedicineUse:
    """Count treatments and courses by group of medicines, for each 100 animals."""
    return await performance.medicine_use(call.tx, farm_id, call.query)
