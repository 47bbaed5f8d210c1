"""Events, states and units in the words of farmers."""

from collections.abc import Mapping
from typing import Any

from dashboards.components.units import KILOGRAM, weight_with_unit
from dashboards.theme import counted, day, words

KINDS = {
    "heat": "Heat", "mating": "Mating", "pregnancy_check": "Pregnancy check",
    "parturition": "Birth", "abortion": "Abortion", "fostering": "Fostering",
    "weaning": "Weaning", "dry_off": "Drying off", "treatment": "Treatment",
    "diagnosis": "Diagnosis", "movement": "Moved", "arrival": "Arrival",
    "disposal": "Left the farm",
    "embryo_flush": "Embryos taken", "embryo_transfer": "Embryos put in", "remark": "Remark",
}  # fmt: skip

DUE_KINDS = {
    "heat_watch": "Watch for heat", "mate": "Mate", "pregnancy_check": "Check for pregnancy",
    "dry_off": "Dry off", "parturition": "Birth expected", "wean": "Wean",
    "withdrawal_end": "Withdrawal ends",
}  # fmt: skip


class SpeciesWords:
    """What females, births and young of a species are called."""

    def __init__(self, females: str, pregnant: str, birth: str, young: str) -> None:
        self.females, self.pregnant, self.birth, self.young = females, pregnant, birth, young


_SPECIES = {
    "sheep": SpeciesWords("ewes", "in lamb", "lambing", "lambs"),
    "goat": SpeciesWords("does", "in kid", "kidding", "kids"),
    "cattle": SpeciesWords("cows", "in calf", "calving", "calves"),
}
_OTHER = SpeciesWords("females", "pregnant", "birth", "young")


def of_species(species: str) -> SpeciesWords:
    return _SPECIES.get(species, _OTHER)


def kind_word(kind: str) -> str:
    return KINDS.get(kind, words(kind).capitalize())


def event_text(event: Mapping[str, Any], tags: Mapping[str, str], unit: str = KILOGRAM) -> str:
    """What happened beside the kind, in plain text; `tags` names animals by id."""
    details = event["details"]
    said = _SAID.get(event["kind"])
    told = said(details, tags, unit) if said else ""
    return ". ".join(part for part in (told, str(event.get("remark") or "")) if part)


def named(ids: Any, tags: Mapping[str, str]) -> str:
    """Animals by tag; one that may not be seen is said to be so."""
    several = ids if isinstance(ids, (list, tuple)) else [ids] if ids else []
    return ", ".join(tags.get(str(id), "an animal you cannot see") for id in several)


def _heat(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return str(d.get("intensity") or "")


def _mating(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    how = {"natural": "natural", "group": "in a group", "ai": "inseminated"}.get(d["method"], "")
    who = named(d.get("sire_ids"), tags) or str(d.get("straw") or "")
    until = f", until {day(d['until'])}" if d.get("until") else ""
    return f"{how}, {who}{until}" if who else how + until


def _check(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    count = d.get("foetus_count")
    many = f", {counted(count, 'foetus', 'foetuses')} counted" if count else ""
    return f"{d['result']}{many}, by {words(d['method'])}"


def _birth(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    young = "; ".join(_newborn(one, unit) for one in d["offspring"])
    ease = EASE.get(str(d.get("ease") or ""), "")
    return f"{young}. {ease}" if ease else young


def _newborn(one: Mapping[str, Any], unit: str) -> str:
    sex = {"F": "female", "M": "male"}.get(one["sex"], "")
    kg = one.get("birth_weight_kg")
    parts = [one.get("tag") or "without a tag", sex, weight_with_unit(kg, unit) if kg else ""]
    parts.append("" if one["state"] == "live" else one["state"])
    return ", ".join(part for part in parts if part)


EASE = {
    "1": "Unassisted", "2": "Easy, with help", "3": "Difficult", "4": "With a veterinary surgeon",
    "5": "By surgery",
}  # fmt: skip


def _fostering(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return f"to {named(d['foster_dam_id'], tags)}" if d.get("foster_dam_id") else "reared by hand"


def _weaning(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return weight_with_unit(d["weight_kg"], unit) if d.get("weight_kg") else ""


def _arrival(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return d["reason"] + (f" from {d['from_location']}" if d.get("from_location") else "")


def _disposal(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    why = "" if d.get("reason") in (None, "", "unknown") else f", because of {words(d['reason'])}"
    where = f", to {d['destination']}" if d.get("destination") else ""
    return f"{d['disposal']}{why}{where}" + (f". {d['text']}" if d.get("text") else "")


def _diagnosis(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    heat = f"{d['temperature_c']} °C" if d.get("temperature_c") else ""
    return ", ".join(p for p in (d["disease"], d.get("site"), d.get("severity"), heat) if p)


def _treatment(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    dose = f"{d['dose']:g} {d.get('dose_unit', '')}".strip() if d.get("dose") else ""
    held = ", ".join(
        f"{what} {counted(d[name], 'day')}"
        for what, name in (("meat", "withdrawal_meat_days"), ("milk", "withdrawal_milk_days"))
        if d.get(name) is not None
    )
    parts = (d["product"], dose, d.get("route"), f"withheld: {held}" if held else "")
    return ", ".join(part for part in parts if part)


def _abortion(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return counted(d["foetus_count"], "foetus", "foetuses") if d.get("foetus_count") else ""


def _flush(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return f"{counted(d['embryos'], 'embryo')} by {named(d.get('sire_ids'), tags) or 'unknown'}"


def _transfer(d: Mapping[str, Any], tags: Mapping[str, str], unit: str) -> str:
    return f"{counted(d['embryos'], 'embryo')} of {named(d['donor_id'], tags)} by " + named(
        d["sire_id"], tags
    )


_SAID = {
    "heat": _heat, "mating": _mating, "pregnancy_check": _check, "parturition": _birth,
    "fostering": _fostering, "weaning": _weaning, "arrival": _arrival, "disposal": _disposal,
    "diagnosis": _diagnosis, "treatment": _treatment, "abortion": _abortion,
    "embryo_flush": _flush, "embryo_transfer": _transfer,
}  # fmt: skip


def animals_of(event: Mapping[str, Any]) -> set[str]:
    """The other animals that an event names."""
    details = event["details"]
    several = [*(details.get("sire_ids") or ())]
    several += [details.get(name) for name in ("donor_id", "sire_id", "foster_dam_id")]
    return {str(id) for id in several if id}
