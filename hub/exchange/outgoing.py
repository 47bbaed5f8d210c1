"""Animals, events and records as ADE messages: strict, every one fits its published schema."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Any

from hub.animals import AnimalRead
from hub.evaluations import AnimalValue
from hub.events import codes, details
from hub.events.schemas import EventRead
from hub.exchange.herd import (
    BREED_SCHEME,
    PLACE_SCHEME,
    PRODUCT_SCHEME,
    STRAW_SCHEME,
    TRAIT_SCHEME,
    Herd,
    Message,
    given,
    identifier,
    own,
    scheme_out,
)
from hub.exchange.words import (
    ARRIVALS,
    CHECK_METHODS,
    DEATHS,
    DOSES,
    SEXES,
    SPECIES,
    STATUSES,
    WEIGHING,
    death_reason,
    departure_reason,
)
from hub.performance import Lactation
from hub.records import RecordRead

Body = dict[str, Any]
ANIMAL = "icarAnimalCoreResource"


def frame(
    resource: str, herd: Herd, *, id: str, created: datetime, modified: datetime, deleted: bool,
    source: tuple[str, str],
) -> Message:  # fmt: skip
    """What every message has: its type, its name at its source, and its farm."""
    meta = {
        "source": source[0],
        "sourceId": source[1],
        "isDeleted": deleted,
        "created": stamp(created),
        "modified": stamp(modified),
    }
    return {"resourceType": resource, "id": id, "meta": meta, "location": herd.location}


def stamp(at: datetime) -> str:
    """When something was written, to the microsecond, so that asking from there misses nothing."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def animal(one: AnimalRead, herd: Herd) -> Body:
    """An animal's own fields; parents as far as the caller may see them."""
    self_ = identifier(one)
    others = [
        {"scheme": scheme_out(name.scheme), "id": name.value}
        for name in one.identifiers
        if name.value != one.tag and name.state == "active"
    ]
    return given(
        identifier=self_,
        alternativeIdentifiers=others,
        specie=SPECIES[one.species],
        gender=SEXES[one.sex],
        birthDate=herd.when(one.birth_date) if one.birth_date else None,
        primaryBreed={"scheme": BREED_SCHEME, "id": one.breed} if one.breed else None,
        breedFractions=_fractions(one.breed_fractions),
        coatColor=one.coat,
        managementTag=one.tag,
        name=one.name,
        status=STATUSES[one.status],
        parentage=_parentage(one, self_, herd),
    ) | own(
        birthType=one.birth_type,
        defects=list(one.defects),
        possibleSires=herd.some(tuple(sire.id for sire in one.possible_sires)),
    )


def _fractions(fractions: dict[str, float]) -> Body | None:
    """Breed fractions over their common denominator."""
    if not fractions:
        return None
    exact = {breed: Fraction(part).limit_denominator(1024) for breed, part in fractions.items()}
    denominator = lcm(*(part.denominator for part in exact.values()))
    return {
        "denominator": denominator,
        "fractions": [
            {"breed": {"scheme": BREED_SCHEME, "id": breed}, "fraction": float(part * denominator)}
            for breed, part in exact.items()
        ],
    }


def _parentage(one: AnimalRead, self_: Body, herd: Herd) -> list[Body]:
    roles = (
        (one.sire_id, "Male", "Genetic"),
        (one.dam_id, "Female", "Genetic"),
        (one.recipient_dam_id, "Female", "Recipient"),
        (one.foster_dam_id, "Female", "Adoptive"),
    )
    return [
        {"parentOf": self_, "gender": gender, "relation": relation, "identifier": name}
        for parent, gender, relation in roles
        if parent and (name := herd.animal(parent))
    ]


def event(one: EventRead, herd: Herd) -> Body:
    """An event's fields: who, when, and what its kind says."""
    return given(
        animal=herd.animal(one.animal_id),
        eventDateTime=herd.when(one.occurred_on, one.occurred_at),
        remark=one.remark if one.kind != "remark" else None,
    ) | _EVENTS[one.kind](one.details, one, herd)


def _heat(what: details.Heat, _: EventRead, __: Herd) -> Body:
    return {"visualDetection": {"heatIntensity": what.intensity.title()}}


def _mating(what: details.Mating, _: EventRead, herd: Herd) -> Body:
    kinds = {"natural": "NaturalService", "group": "RunWithBull", "ai": "Insemination"}
    straw = {
        "resourceType": "icarReproSemenStrawResource",
        "id": {"scheme": STRAW_SCHEME, "id": what.straw},
    }
    return given(
        inseminationType=kinds[what.method],
        sireIdentifiers=herd.some(what.sire_ids),
        eventEndDateTime=herd.when(what.until) if what.until else None,
        straw=straw if what.straw else None,
        responsible=what.technician,
    )


def _embryo_transfer(what: details.EmbryoTransfer, _: EventRead, herd: Herd) -> Body:
    sires = herd.some((what.sire_id,))
    embryo = given(donorIdentifiers=herd.some((what.donor_id,)), sireIdentifiers=sires)
    return {
        "inseminationType": "Implantation",
        "sireIdentifiers": sires,
        "embryo": {"resourceType": "icarReproEmbryoResource", **embryo},
        **own(embryoCount=what.embryos if what.embryos > 1 else None),
    }


def _embryo_flush(what: details.EmbryoFlush, _: EventRead, herd: Herd) -> Body:
    # ADE wants to know how; superovulation is what is done unless somebody said otherwise.
    return {"flushingMethod": "Superovulation", "embryoCount": what.embryos} | own(
        viableCount=what.viable, sireIdentifiers=herd.some(what.sire_ids)
    )


def _pregnancy_check(what: details.PregnancyCheck, _: EventRead, __: Herd) -> Body:
    return given(
        method=CHECK_METHODS[what.method],
        result=what.result.title(),
        foetalAge=what.foetal_age_days,
        foetusCount=what.foetus_count,
    )


def _abortion(what: details.Abortion, _: EventRead, __: Herd) -> Body:
    return own(foetusCount=what.foetus_count, inMilk=what.in_milk or None)


def _parturition(what: details.Parturition, one: EventRead, herd: Herd) -> Body:
    born = what.offspring
    return {
        **given(calvingEase=codes.ICAR_EASE.get(what.ease or 0)),
        "liveProgeny": sum(1 for young in born if young.state != "stillborn"),
        "totalProgeny": len(born),
        "progenyDetails": [_newborn(young, herd) for young in born],
        **own(sireIdentifiers=herd.some(what.sire_ids)),
    }


def _newborn(young: details.Newborn, herd: Herd) -> Body:
    tagged = young.animal_id and herd.animal(young.animal_id)
    states = {"live": "Alive", "stillborn": "Stillborn", "died": "DiedBeforeTaggingDate"}
    weight = young.birth_weight_kg
    return {
        "resourceType": "icarProgenyDetailsResource",
        **given(identifier=tagged),
        "specie": SPECIES[herd.species],
        "gender": SEXES[young.sex],
        **given(name=young.name, managementTag=young.tag),
        "birthStatus": states[young.state],
        **given(birthWeight={"measurement": weight, "units": "KGM"} if weight else None),
    }


def _dry_off(_: details.DryOff, __: EventRead, ___: Herd) -> Body:
    return {}


def _arrival(what: details.Arrival, one: EventRead, herd: Herd) -> Body:
    animal_ = herd.animals.get(one.animal_id)
    detail = (
        {"resourceType": "icarAnimalCoreResource", **animal(animal_, herd)} if animal_ else None
    )
    origin = {"originLocation": {"scheme": PLACE_SCHEME, "id": what.from_location}}
    return given(
        arrivalReason=ARRIVALS[what.reason],
        animalDetail=detail,
        consignment=origin if what.from_location else None,
    )


def is_death(what: details.Disposal) -> bool:
    """Whether ADE calls a disposal a death; the others are departures."""
    return what.disposal in DEATHS


def _disposal(what: details.Disposal, _: EventRead, __: Herd) -> Body:
    extra: Body = {"price": what.price}
    target = {"destinationLocation": {"scheme": PLACE_SCHEME, "id": what.destination}}
    consignment = target if what.destination else None
    if is_death(what):
        if death_reason(what.reason.death) != what.reason:
            extra["reason"] = what.reason.value
        return given(
            deathMethod=DEATHS[what.disposal], deathReason=what.reason.death,
            explanation=what.text, consignment=consignment,
        ) | own(**extra)  # fmt: skip
    if departure_reason(what.reason.departure) != what.reason:
        extra["reason"] = what.reason.value
    kind = "Slaughter" if what.disposal == "slaughtered" else "Sale"
    return given(
        departureKind=kind, departureReason=what.reason.departure, consignment=consignment
    ) | own(explanation=what.text, **extra)


def _diagnosis(what: details.Diagnosis, _: EventRead, __: Herd) -> Body:
    severity = what.severity and what.severity.title()
    found = given(name=what.disease, site=what.site, severity=severity)
    return {"diagnoses": [found]} | own(temperatureC=what.temperature_c)


def _treatment(what: details.Treatment, one: EventRead, herd: Herd) -> Body:
    unit = DOSES.get(what.dose_unit.lower())
    dose = given(doseQuantity=what.dose, doseUnits=unit)
    ends = [
        {"productType": product, "endDate": herd.when(one.occurred_on + timedelta(days=days))}
        for product, days in withdrawal_days(what)
    ]
    return given(
        medicine=medicine(what.product),
        batches=[{"identifier": what.batch}] if what.batch else None,
        withdrawals=ends,
        dose=dose,
    ) | own(
        doseUnit=what.dose_unit if unit is None else None,
        substance=what.substance,
        route=what.route,
        medicineGroup=what.medicine_group if what.medicine_group != "other" else None,
    )


def medicine(name: str) -> Body:
    """A product as ADE wants it: with an identifier and a family."""
    number = {"scheme": PRODUCT_SCHEME, "id": name}
    return {"identifier": number, "family": "Veterinary Supplies", "name": name}


def withdrawal_days(what: details.Treatment) -> list[tuple[str, int]]:
    """Products that are withheld, and for how many days."""
    days = (("Meat", what.withdrawal_meat_days), ("Milk", what.withdrawal_milk_days))
    return [(product, count) for product, count in days if count is not None]


def withdrawals(one: EventRead, herd: Herd) -> list[tuple[str, Body]]:
    """What a treatment withholds, a message for each product."""
    assert isinstance(one.details, details.Treatment)
    return [
        (
            product,
            given(
                animal=herd.animal(one.animal_id),
                eventDateTime=herd.when(one.occurred_on, one.occurred_at),
                endDateTime=herd.when(one.occurred_on + timedelta(days=days)),
                productType=product,
            ),
        )
        for product, days in withdrawal_days(one.details)
    ]


def _remark(_: details.RemarkOnly, one: EventRead, __: Herd) -> Body:
    return given(note=one.remark)


_EVENTS: dict[str, Callable[[Any, EventRead, Herd], Body]] = {
    "heat": _heat,
    "mating": _mating,
    "embryo_transfer": _embryo_transfer,
    "embryo_flush": _embryo_flush,
    "pregnancy_check": _pregnancy_check,
    "abortion": _abortion,
    "parturition": _parturition,
    "dry_off": _dry_off,
    "arrival": _arrival,
    "disposal": _disposal,
    "diagnosis": _diagnosis,
    "treatment": _treatment,
    "remark": _remark,
}


def birth(one: AnimalRead, herd: Herd) -> Body:
    """The birth of an animal on the farm, as a movement onto it."""
    return given(
        animal=identifier(one),
        eventDateTime=herd.when(one.birth_date) if one.birth_date else None,
        registrationReason="Born",
        animalDetail={"resourceType": ANIMAL, **animal(one, herd)},
    )


def weight(one: RecordRead, herd: Herd) -> Body:
    """A weighing."""
    label = {"scheme": TRAIT_SCHEME, "id": one.trait}
    measure = given(measurement=one.value, units="KGM", method=WEIGHING.get(one.method.lower()))
    return _of_record(one, herd) | given(
        weight=measure, traitLabel=label if one.trait != "weight" else None
    )


def score(one: RecordRead, herd: Herd, trait_scored: str) -> Body:
    """One score of an animal's conformation or condition."""
    composite = trait_scored in ("FinalScore", "DairyStrength", "FeetLegs", "Frame", "Udder")
    return _of_record(one, herd) | {
        "traitGroup": "Composite" if composite else "Linear",
        "traitScored": trait_scored,
        "score": one.value,
        "traitLabel": {"scheme": TRAIT_SCHEME, "id": one.trait},
    }


def _of_record(one: RecordRead, herd: Herd) -> Body:
    method = one.method if one.method.lower() not in WEIGHING else ""
    return given(
        animal=herd.animal(one.animal_id),
        eventDateTime=herd.when(one.recorded_on) if one.recorded_on else None,
    ) | own(occasion=one.occasion, method=method, device=one.device, attributes=one.attributes)


def test_day_result(
    some: Sequence[RecordRead], herd: Herd, names: dict[str, tuple[str, str]]
) -> Body:
    """The results of an animal on one test day; `names` gives each trait's characteristic."""
    first = some[0]
    milk = next((one.value for one in some if one.trait == "milk_yield"), None)
    rest = [
        {"characteristic": names[one.trait][0], "value": f"{one.value:.10g}",
         "unit": names[one.trait][1]}
        for one in some if one.trait != "milk_yield"
    ]  # fmt: skip
    weight_ = None if milk is None else {"unitCode": "KGM", "value": milk}
    return _of_record(first, herd) | given(milkWeight24Hours=weight_, milkCharacteristics=rest)


def test_day(day: date, herd: Herd) -> Body:
    at = herd.when(day)
    return {"beginDate": at, "endDate": at}


def lactation(one: Lactation, herd: Herd) -> Body:
    """A lactation to its end or to the last test, and what the standard length is predicted at."""
    amounts = {"milkAmount": one.milk_kg, "fatAmount": one.fat_kg, "proteinAmount": one.protein_kg}
    return given(
        animal=herd.animal(one.animal_id),
        beginDate=herd.when(one.calved_on),
        endDate=herd.when(one.ended_on) if one.ended_on else None,
        parity=one.parity,
        lactationLength=one.days_in_milk,
        lastTestDay=herd.when(one.last_test_on),
        lactationType="Normal",
        **{
            name: {"unitCode": "KGM", "value": round(kg, 3)}
            for name, kg in amounts.items()
            if kg is not None
        },
    ) | own(
        finished=one.finished,
        standardDays=one.standard_days,
        projectedKg=one.projected_kg,
        projectedErrorKg=one.projected_error_kg,
        reliability=one.reliability,
    )


def breeding_values(some: Sequence[AnimalValue], herd: Herd) -> Body:
    """What one evaluation says of an animal."""
    return given(
        animal=herd.animal(some[0].animal_id),
        version=some[0].evaluation,
        breedingValues=[
            given(
                traitLabel={"scheme": TRAIT_SCHEME, "id": _label(one)},
                calculationType="BreedingValue",
                value=one.value,
                reliability=one.reliability,
            )
            for one in some
        ],
    )


def _label(one: AnimalValue) -> str:
    """A trait, with the role of its effect where it is not the animal's own."""
    return one.trait if one.role == "direct" else f"{one.trait}.{one.role}"
