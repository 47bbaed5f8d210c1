"""ADE messages as what the hub keeps; they have been mended and fit their schemas already."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from agrigen.io.icar_ade import moment
from hub.errors import FieldError, Invalid
from hub.events import details
from hub.events.codes import ICAR_EASE
from hub.exchange.herd import OURS, TRAIT_SCHEME, Herd, Message, scheme_in
from hub.exchange.words import (
    BIRTH_STATES,
    CHARACTERISTICS,
    FROM_ARRIVALS,
    FROM_CHECK_METHODS,
    FROM_DEATHS,
    FROM_DOSES,
    FROM_SEXES,
    FROM_SPECIES,
    FROM_STATUSES,
    FROM_WEIGHING,
    INTENSITIES,
    KILOGRAMS,
    death_reason,
    departure_reason,
)

EASE = {name: ease for ease, name in ICAR_EASE.items()}
LARGEST_LITTER = 20
MATINGS = {"NaturalService": "natural", "RunWithBull": "group", "Insemination": "ai"}


@dataclass(frozen=True)
class Mention:
    """An animal that a message speaks of; `sex` follows from what it is there."""

    scheme: str
    id: str
    sex: str = "U"
    name: str = ""


@dataclass(frozen=True)
class Told:
    """What a message says happened."""

    occurred_on: date
    occurred_at: datetime | None
    details: Any
    remark: str


@dataclass(frozen=True)
class Measured:
    """One record that a message says was taken."""

    trait: str
    value: float
    recorded_on: date
    occasion: str
    method: str
    device: str
    attributes: dict[str, Any] = field(default_factory=dict)


Ids = Mapping[str, UUID]


def refuse(where: str, message: str, remedy: str) -> Invalid:
    """A message that cannot be taken, for one reason."""
    return Invalid("exchange.refused", message, errors=[FieldError(where, message, remedy)])


def own(message: Message) -> Message:
    """The fields under our own name."""
    fields = message.get(OURS)
    return fields if isinstance(fields, dict) else {}


def subject(message: Message) -> Mention:
    """The animal that an event is of; embryo flushings of ADE have no field for it."""
    animal = message.get("animal")
    if not isinstance(animal, dict) or not {"scheme", "id"} <= animal.keys():
        raise refuse("animal", "The message names no animal.", "Add animal {scheme, id}.")
    return mention(animal)


def mention(identifier: Message, sex: str = "U", name: str = "") -> Mention:
    return Mention(scheme_in(str(identifier["scheme"])), str(identifier["id"]), sex, name)


def parents(message: Message) -> list[Mention]:
    """Sires and donors, who may be of other farms: they are added when nobody bears the name."""
    embryo = message.get("embryo", {})
    straw = message.get("straw", {})
    extra = own(message)
    sires = [
        *_list(message, "sireIdentifiers"), *_list(embryo, "sireIdentifiers"),
        *_list(straw, "sireIdentifiers"), *_list(extra, "sireIdentifiers"),
    ]  # fmt: skip
    name = message.get("sireOfficialName", "") if len(sires) == 1 else ""
    donors = [mention(one, "F") for one in _list(embryo, "donorIdentifiers")]
    return [*(mention(one, "M", name) for one in sires), *donors]


def _list(where: Any, name: str) -> list[Message]:
    """Identifiers under a name; what stands there in another shape is none."""
    found = where.get(name) if isinstance(where, dict) else None
    return [
        one
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
        and all(isinstance(one.get(part), str) for part in ("scheme", "id"))
    ]


def _ids(identifiers: Iterable[Message], ids: Ids) -> list[UUID]:
    return list(dict.fromkeys(ids[one["id"]] for one in identifiers if one["id"] in ids))


def events(resource: str, message: Message, ids: Ids, herd: Herd) -> list[Told]:
    """What a message of an event says: one event, or one for each of several diagnoses."""
    if "eventDateTime" not in message:
        raise refuse("eventDateTime", "The message does not say when.", "Add eventDateTime.")
    at = _moment(message["eventDateTime"], herd, "eventDateTime")
    remark = str(message.get("remark", message.get("note", "")))[:4000]
    try:
        return [
            Told(at.day, at.instant, one, remark)
            for one in _READERS[resource](message, ids, herd, at.day)
        ]
    except ValidationError as error:
        raise _refusal(error) from error


def _moment(text: str, herd: Herd, where: str) -> Any:
    try:
        return moment(text, herd.zone)
    except (ValueError, OverflowError) as error:  # the latter at both ends of the calendar
        raise refuse(where, f"{text} is no date.", "Correct it.") from error


def _refusal(error: ValidationError) -> Invalid:
    """What does not fit the hub's own rules, told in ADE's places as far as they are known."""
    found = [
        FieldError(".".join(map(str, one["loc"])) or "message", one["msg"], "Correct the message.")
        for one in error.errors(include_url=False, include_input=False)
    ]
    return Invalid("exchange.refused", " ".join(one.message for one in found), errors=found)


def _heat(message: Message, *_: Any) -> list[Any]:
    seen = message.get("visualDetection", {}).get("heatIntensity", "Normal")
    return [details.Heat(intensity=INTENSITIES[seen])]


def _insemination(message: Message, ids: Ids, herd: Herd, _: date) -> list[Any]:
    kind = message["inseminationType"]
    sires = _ids([*_list(message, "sireIdentifiers"), *_list(message.get("straw"),
                  "sireIdentifiers")], ids)  # fmt: skip
    if kind == "Implantation":
        return [_implantation(message, ids, sires)]
    straw = message.get("straw", {})
    text = str((straw.get("id") or {}).get("id") or straw.get("batch") or "")
    until = message.get("eventEndDateTime") if kind == "RunWithBull" else None
    return [
        details.Mating(
            method=MATINGS[kind],
            sire_ids=tuple(sires),
            until=_moment(until, herd, "eventEndDateTime").day if until else None,
            straw=text[:200],
            technician=str(message.get("responsible", ""))[:200],
        )
    ]


def _implantation(message: Message, ids: Ids, sires: list[UUID]) -> details.EmbryoTransfer:
    embryo = message.get("embryo", {})
    donors = _ids(_list(embryo, "donorIdentifiers"), ids)
    sires = _ids(_list(embryo, "sireIdentifiers"), ids) or sires
    if not donors or not sires:
        raise refuse(
            "embryo", "An implantation without the embryo's donor and sire has no parents.",
            "Name both in embryo.donorIdentifiers and embryo.sireIdentifiers.",
        )  # fmt: skip
    count = own(message).get("embryoCount", 1)
    return details.EmbryoTransfer(donor_id=donors[0], sire_id=sires[0], embryos=count)


def _flushing(message: Message, ids: Ids, *_: Any) -> list[Any]:
    extra = own(message)
    sires = tuple(_ids(_list(extra, "sireIdentifiers"), ids))
    return [
        details.EmbryoFlush(
            sire_ids=sires, embryos=message.get("embryoCount", 0), viable=extra.get("viableCount")
        )
    ]


def _pregnancy_check(message: Message, *_: Any) -> list[Any]:
    result = message.get("result", "Unknown").lower()
    count = message.get("foetusCount")
    return [
        details.PregnancyCheck(
            method=FROM_CHECK_METHODS.get(message.get("method", "Other")) or "other",
            result="multiple" if result == "pregnant" and (count or 0) > 1 else result,
            foetus_count=count if result != "empty" else None,
            foetal_age_days=message.get("foetalAge") or None,
        )
    ]


def _abortion(message: Message, *_: Any) -> list[Any]:
    told = own(message)
    in_milk = told.get("inMilk") is True
    return [details.Abortion(foetus_count=told.get("foetusCount"), in_milk=in_milk)]


def _parturition(message: Message, ids: Ids, *_: Any) -> list[Any]:
    told = message.get("progenyDetails") or message.get("progeny") or []
    born = [_newborn(one, ids) for one in told]
    total = _litter_size(message)
    told_live = sum(1 for one in born if one.state != "stillborn")
    live = int(message.get("liveProgeny", total)) - told_live
    while len(born) < max(total, 1):
        state = "live" if live > 0 or not total else "stillborn"
        born.append(details.Newborn(state=state))
        live -= 1
    sires = _ids(_list(own(message), "sireIdentifiers"), ids)
    return [
        details.Parturition(
            ease=EASE.get(message.get("calvingEase", "")),
            offspring=tuple(born),
            sire_ids=tuple(sires) or None,
        )
    ]


def _litter_size(message: Message) -> int:
    """ADE sets no limit to how many are born; each of them is written down one by one here."""
    for where in ("totalProgeny", "liveProgeny"):
        if not 0 <= message.get(where, 0) <= LARGEST_LITTER:
            told = f"{message[where]:g} young are no litter."
            raise refuse(where, told, f"Give 0 to {LARGEST_LITTER}.")
    return int(message.get("totalProgeny") or message.get("liveProgeny") or 0)


def _newborn(one: Message, ids: Ids) -> details.Newborn:
    name = one.get("identifier", {}).get("id") or one.get("managementTag", "")
    weight = one.get("birthWeight")
    return details.Newborn(
        animal_id=ids.get(name),
        tag=name,
        sex=FROM_SEXES.get(one.get("gender", "Unknown"), "U"),
        state=BIRTH_STATES.get(one.get("birthStatus", "Alive"), "died"),
        birth_weight_kg=kilograms(weight, "birthWeight") if weight else None,
        name=one.get("name", "")[:200],
    )


def newborns(message: Message) -> list[str]:
    """Names of the newborns, who may stand in the hub already."""
    told = message.get("progenyDetails") or message.get("progeny") or []
    names = [one.get("identifier", {}).get("id") or one.get("managementTag") for one in told]
    return [name for name in names if name]


def _dry_off(*_: Any) -> list[Any]:
    return [details.DryOff()]


def _place(message: Message, name: str) -> str:
    consignment = message.get("consignment", {})
    there = consignment.get(f"{name}Location", {}).get("id") or consignment.get(f"{name}Address")
    return str(there or "")[:200]


def _arrival(message: Message, *_: Any) -> list[Any]:
    reason = FROM_ARRIVALS.get(message.get("arrivalReason", "Other"), "other")
    return [details.Arrival(reason=reason, from_location=_place(message, "origin"))]


def _departure(message: Message, *_: Any) -> list[Any]:
    how = "slaughtered" if message.get("departureKind") == "Slaughter" else "sold"
    reason = departure_reason(message.get("departureReason", "Unknown"))
    return [_disposal(message, how, reason, own(message).get("explanation", ""))]


def _death(message: Message, *_: Any) -> list[Any]:
    how = FROM_DEATHS[message.get("deathMethod", "Perished")]
    cause = "Accident" if message.get("deathMethod") == "Accident" else "Unknown"
    reason = death_reason(message.get("deathReason", cause))
    return [_disposal(message, how, reason, message.get("explanation", ""))]


def _disposal(message: Message, how: str, reason: str, text: str) -> details.Disposal:
    extra = own(message)
    return details.Disposal(
        disposal=how, reason=extra.get("reason", reason), text=str(text)[:200],
        destination=_place(message, "destination"), price=extra.get("price"),
    )  # fmt: skip


def _diagnoses(message: Message, *_: Any) -> list[Any]:
    found = message.get("diagnoses", [])
    if not found:
        raise refuse("diagnoses", "The message names no diagnosis.", "Add diagnoses [{name}].")
    severity = [one.get("severity", "").lower() or None for one in found]
    return [
        details.Diagnosis(
            disease=(one.get("name") or one.get("diagnosisCode", {}).get("id")
                     or one.get("description", "?"))[:64],
            site=one.get("site", "")[:200],
            severity=how,
            temperature_c=own(message).get("temperatureC"),
        )
        for one, how in zip(found, severity, strict=True)
    ]  # fmt: skip


def _treatment(message: Message, _: Ids, herd: Herd, day: date) -> list[Any]:
    medicine = message.get("medicine", {})
    product = medicine.get("name") or message.get("procedure") or ""
    if not product:
        raise refuse("medicine", "The message names no medicine.", "Add medicine {name}.")
    ends: dict[str, int] = {
        str(one.get("productType")): (_moment(one["endDate"], herd, "withdrawals").day - day).days
        for one in message.get("withdrawals", [])
        if "endDate" in one
    }
    dose, extra = message.get("dose", {}), own(message)
    batches: list[Message] = message.get("batches") or [{}]
    unit: str = dose.get("doseUnits", "")
    return [
        details.Treatment(
            product=product[:64],
            substance=extra.get("substance", ""),
            dose=dose.get("doseQuantity"),
            dose_unit=extra.get("doseUnit", FROM_DOSES.get(unit) or unit),
            route=extra.get("route", ""),
            batch=str(batches[0].get("identifier", ""))[:200],
            withdrawal_meat_days=ends.get("Meat"),
            withdrawal_milk_days=ends.get("Milk"),
            medicine_group=extra.get("medicineGroup", "other"),
        )
    ]


def _remark(*_: Any) -> list[Any]:
    return [details.RemarkOnly()]


_READERS: dict[str, Callable[[Message, Ids, Herd, date], list[Any]]] = {
    "icarReproHeatEventResource": _heat,
    "icarReproInseminationEventResource": _insemination,
    "icarReproEmbryoFlushingEventResource": _flushing,
    "icarReproPregnancyCheckEventResource": _pregnancy_check,
    "icarReproAbortionEventResource": _abortion,
    "icarReproParturitionEventResource": _parturition,
    "icarMilkingDryOffEventResource": _dry_off,
    "icarMovementArrivalEventResource": _arrival,
    "icarMovementDepartureEventResource": _departure,
    "icarMovementDeathEventResource": _death,
    "icarDiagnosisEventResource": _diagnoses,
    "icarTreatmentEventResource": _treatment,
    "icarRemarkEventResource": _remark,
}


def kilograms(measure: Message, where: str) -> float:
    """A mass in kilograms."""
    if "measurement" not in measure:
        raise refuse(where, "The weight has no measurement.", "Add measurement, a number.")
    return round(measure["measurement"] * KILOGRAMS[measure.get("units", "KGM")], 9)


def records(
    resource: str, message: Message, herd: Herd, scores: Mapping[str, str]
) -> list[Measured]:
    """What a message of measurements says; `scores` gives ADE's names of scores their trait."""
    if "eventDateTime" not in message:
        raise refuse("eventDateTime", "The message does not say when.", "Add eventDateTime.")
    day = _moment(message["eventDateTime"], herd, "eventDateTime").day
    extra = own(message)
    method = FROM_WEIGHING.get(message.get("weight", {}).get("method", ""), extra.get("method", ""))
    more: dict[str, Any] = {
        "recorded_on": day, "occasion": extra.get("occasion", ""), "method": method,
        "device": extra.get("device", ""), "attributes": extra.get("attributes", {}),
    }  # fmt: skip
    return [Measured(trait, value, **more) for trait, value in _values(resource, message, scores)]


def _values(resource: str, message: Message, scores: Mapping[str, str]) -> list[tuple[str, float]]:
    label = message.get("traitLabel", {})
    trait = label.get("id", "") if label.get("scheme") == TRAIT_SCHEME else ""
    if resource == "icarWeightEventResource":
        return [(trait or "weight", kilograms(message.get("weight", {}), "weight"))]
    if resource == "icarConformationScoreEventResource":
        scored = message["traitScored"]
        if not trait and scored not in scores:
            known = ", ".join(sorted(scores))
            raise refuse("traitScored", f"The hub has no trait for {scored}.", f"It has {known}.")
        return [(trait or scores[scored], float(message["score"]))]
    return _test_day_values(message)


def _test_day_values(message: Message) -> list[tuple[str, float]]:
    milk = message.get("milkWeight24Hours")
    found = [("milk_yield", float(milk["value"]))] if milk else []
    for place, one in enumerate(message.get("milkCharacteristics", [])):
        trait = CHARACTERISTICS.get(one["characteristic"].upper())
        if trait is None:
            continue
        try:
            found.append((trait, float(one["value"].replace(",", "."))))
        except ValueError as error:
            where = f"milkCharacteristics[{place}].value"
            raise refuse(where, f"{one['value']!r} is no number.", "Write digits.") from error
    if not found:
        raise refuse(
            "milkWeight24Hours", "The message has no result that the hub has a trait for.",
            f"Add milkWeight24Hours or one of {', '.join(CHARACTERISTICS)}.",
        )  # fmt: skip
    return found


def animal(message: Message, ids: Ids, herd: Herd) -> dict[str, Any]:
    """The fields of an animal that a message gives."""
    extra = own(message)
    fields: dict[str, Any] = {
        "species": _species(message["specie"]),
        "sex": FROM_SEXES[message["gender"]],
        "name": message.get("name"),
        "breed": message.get("primaryBreed", {}).get("id"),
        "coat": message.get("coatColor"),
        "status": FROM_STATUSES.get(message.get("status", "")),
        "birth_type": extra.get("birthType"),
        "defects": tuple(extra["defects"]) if isinstance(extra.get("defects"), list) else None,
    }
    if "birthDate" in message:
        fields["birth_date"] = _moment(message["birthDate"], herd, "birthDate").day
    if "breedFractions" in message:
        fields["breed_fractions"] = _fractions(message["breedFractions"])
    for relation, one in _parentage(message):
        fields[relation] = ids.get(one.id)
    sires = _ids(_list(extra, "possibleSires"), ids)
    if sires:
        fields["possible_sires"] = tuple(sires)
    return {name: value for name, value in fields.items() if value is not None}


def _species(word: str) -> str:
    if word not in FROM_SPECIES:
        known = ", ".join(FROM_SPECIES)
        raise refuse("specie", f"The hub has no rules for {word}.", f"It takes {known}.")
    return FROM_SPECIES[word]


def _fractions(told: Message) -> dict[str, float]:
    denominator = told["denominator"]
    return {
        one["breed"]["id"]: one["fraction"] / denominator
        for one in told.get("fractions", [])
        if one.get("fraction") and "breed" in one
    }


_RELATIONS = {
    ("Genetic", "M"): "sire_id", ("Genetic", "F"): "dam_id",
    ("Recipient", "F"): "recipient_dam_id", ("Adoptive", "F"): "foster_dam_id",
}  # fmt: skip


def _parentage(message: Message) -> list[tuple[str, Mention]]:
    """The animal's own parents; grandparents stand in the same list."""
    found = []
    for one in message.get("parentage", []):
        sex = FROM_SEXES[one["gender"]]
        relation = _RELATIONS.get((one.get("relation", "Genetic"), sex))
        if relation and one["parentOf"]["id"] == message["identifier"]["id"]:
            found.append((relation, mention(one["identifier"], sex, one.get("officialName", ""))))
    return found


def parents_of_animal(message: Message) -> list[Mention]:
    """Parents, who are added when nobody bears the name."""
    sires = [mention(one, "M") for one in _list(own(message), "possibleSires")]
    return [*(one for _, one in _parentage(message)), *sires]


def names(message: Message) -> tuple[Mention, list[Mention]]:
    """The identifier of an animal's message, and its further ones."""
    others = [mention(one) for one in message.get("alternativeIdentifiers", [])]
    return mention(message["identifier"]), others
