"""Use cases of health: diagnoses, treatments, what is withheld, and the medicine book."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pandas as pd

from hub import animals, farms
from hub.events.models import Event
from hub.performance import repository, rules
from hub.performance.schemas import (
    AnimalHealth,
    DiagnosisRead,
    FarmWithdrawals,
    GroupUse,
    HealthQuery,
    MedicineQuery,
    MedicineUse,
    MedicineUseQuery,
    TreatmentRead,
    Withdrawal,
)
from hub.performance.service import require_order
from hub.permissions import Permission
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

UNKNOWN_DAYS = 60
"""How long a treatment without a known withdrawal period is pointed at."""


async def of_animal(
    tx: Transaction, animal_id: UUID, query: HealthQuery | None = None
) -> AnimalHealth:
    """An animal's diagnoses and treatments, and what is withheld on a day."""
    tx.actor.require(Permission.EVENTS_READ)
    animal = await animals.find(tx, animal_id)
    farm = await farms.require_visible(tx, animal.farm_id)
    on = (query.on if query else None) or farms.today(farm)
    given = await _read(tx, await repository.treatments_of(tx.session, animal.id))
    until_on = [one for one in given if one.treated_on <= on]
    return AnimalHealth(
        animal_id=animal.id, tag=animal.tag, on=on,
        meat_until=rules.running((one.meat_until for one in until_on), on),
        milk_until=rules.running((one.milk_until for one in until_on), on),
        withdrawal_unknown=[one.event_id for one in until_on if _unknown(one, on)],
        diagnoses=[_diagnosis(one) for one in await repository.diagnoses(tx.session, animal.id)],
        treatments=given,
    )  # fmt: skip


async def withdrawals(tx: Transaction, farm_id: UUID, query: HealthQuery) -> FarmWithdrawals:
    """The living animals of a farm whose meat or milk is withheld on a day, in order of tag."""
    tx.actor.require(Permission.EVENTS_READ)
    farm = await farms.require_visible(tx, farm_id)
    on = query.on or farms.today(farm)
    given = await _read(tx, await repository.treatments_running(tx.session, farm_id, on))
    by_animal: dict[UUID, list[TreatmentRead]] = {}
    for one in given:
        by_animal.setdefault(one.animal_id, []).append(one)
    found = [
        Withdrawal(
            animal_id=id_, tag=of[0].tag, treatments=of,
            meat_until=rules.running((one.meat_until for one in of), on),
            milk_until=rules.running((one.milk_until for one in of), on),
        )
        for id_, of in by_animal.items()
    ]  # fmt: skip
    return FarmWithdrawals(on=on, animals=sorted(found, key=lambda one: one.tag))


async def medicine(tx: Transaction, farm_id: UUID, query: MedicineQuery) -> Page[TreatmentRead]:
    """The medicine book of a farm, newest first."""
    tx.actor.require(Permission.EVENTS_READ)
    await farms.require_visible(tx, farm_id)
    page = await repository.treatments(tx.session, farm_id, query)
    return Page(await _read(tx, page.items), page.next_cursor)


async def medicine_use(tx: Transaction, farm_id: UUID, query: MedicineUseQuery) -> MedicineUse:
    """Treatments and courses by group of medicines, for each 100 animals."""
    tx.actor.require(Permission.EVENTS_READ)
    await farms.require_visible(tx, farm_id)
    require_order(query)
    given = await repository.medicine(tx.session, farm_id, query.start, query.end)
    ends = [await repository.present(tx.session, farm_id, on) for on in (query.start, query.end)]
    present = sum(ends) / 2
    groups = rules.courses(given).groupby("medicine_group")
    return MedicineUse(
        start=query.start, end=query.end, animals_present=present,
        groups=[_use(str(name), group, present) for name, group in groups],
    )  # fmt: skip


def _use(name: str, group: pd.DataFrame, present: float) -> GroupUse:
    courses = int(group["starts"].sum())
    return GroupUse(
        medicine_group=name, treatments=len(group), courses=courses,
        animals=int(group["animal"].nunique()),
        courses_per_100=round(100 * courses / present, 1) if present else None,
    )  # fmt: skip


def _unknown(treatment: TreatmentRead, on: date) -> bool:
    recent = treatment.treated_on > on - timedelta(days=UNKNOWN_DAYS)
    known = (treatment.withdrawal_meat_days, treatment.withdrawal_milk_days)
    return recent and known == (None, None)


async def _read(tx: Transaction, events: Sequence[Event]) -> list[TreatmentRead]:
    tags = await repository.tags(tx.session, {one.animal_id for one in events})
    named = {UUID(id_) for one in events if (id_ := one.details.get("diagnosis_id"))}
    diseases = await repository.diseases(tx.session, named) if named else {}
    return [_treatment(one, tags[one.animal_id], diseases) for one in events]


def _treatment(event: Event, tag: str, diseases: dict[UUID, str]) -> TreatmentRead:
    details = event.details
    texts = ("product", "substance", "dose_unit", "route", "batch")
    meat, milk = details.get("withdrawal_meat_days"), details.get("withdrawal_milk_days")
    found = details.get("diagnosis_id")
    return TreatmentRead(
        event_id=event.id, animal_id=event.animal_id, tag=tag, treated_on=event.occurred_on,
        **{name: details.get(name, "") for name in texts}, dose=details.get("dose"),
        medicine_group=details.get("medicine_group", "other"),
        disease=diseases.get(UUID(found), "") if found else "",
        withdrawal_meat_days=meat, withdrawal_milk_days=milk,
        meat_until=rules.withheld_until(event.occurred_on, meat),
        milk_until=rules.withheld_until(event.occurred_on, milk), remark=event.remark,
    )  # fmt: skip


def _diagnosis(event: Event) -> DiagnosisRead:
    details = event.details
    return DiagnosisRead(
        event_id=event.id, diagnosed_on=event.occurred_on, disease=details.get("disease", ""),
        site=details.get("site", ""), severity=details.get("severity"),
        temperature_c=details.get("temperature_c"), remark=event.remark,
    )  # fmt: skip
