"""Who an animal is: its names, parents, where it stands, its pictures."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from dashboards.animals.data import MOST_OFFSPRING, AnimalCard, Photo
from dashboards.components.event_words import named, of_species
from dashboards.components.pieces import badge, card, facts
from dashboards.theme import counted, day, missing, percent, sex_word, words

Href = Callable[[str], str]
SCHEMES = {"tag": "tag", "rfid": "transponder", "std.iso.11785": "transponder"}


def title_of(animal: Mapping[str, Any]) -> str:
    """The name with the tag, or the tag alone."""
    return f"{animal['name']} ({animal['tag']})" if animal["name"] else str(animal["tag"])


def identity(known: AnimalCard, href: Href, herd: str) -> str:
    """Who the animal is."""
    animal = known.animal
    more = " or more" if known.offspring >= MOST_OFFSPRING else ""
    pairs = [
        ("Tag", escape(animal["tag"])),
        ("Farm", f'<a href="{escape(herd)}">{escape(known.farm["name"])}</a>'),
        ("Breed", escape(_breed(animal))),
        ("Sex", sex_word(animal["sex"])),
        ("Born", day(animal["birth_date"]) + _litter(animal.get("birth_type"))),
        ("Status", badge(animal["status"], "good" if animal["status"] == "alive" else "")),
        *_standing(known),
        *_parents(animal, href),
        ("Offspring", f"{known.offspring:,}{more}"),
    ]
    if not missing(known.inbreeding):
        pairs.append(("Inbreeding", percent(known.inbreeding, 1)))
    pairs += [(name, escape(str(value))) for name, value in _remarks(animal)]
    others = [one for one in animal.get("identifiers", ()) if one["value"] != animal["tag"]]
    if others:
        pairs.append(("Also known as", "<br>".join(map(_name, others))))
    return card(title_of(animal), held(known.health) + facts(pairs))


def _breed(animal: Mapping[str, Any]) -> str:
    parts = animal.get("breed_fractions") or {}
    shares = ", ".join(f"{percent(part)} {breed}" for breed, part in parts.items())
    return shares or animal["breed"] or "not recorded"


def _litter(size: int | None) -> str:
    kinds = {1: "single", 2: "twin", 3: "triplet"}
    return "" if not size else f", {kinds.get(size, f'one of {size}')}"


def _name(one: Mapping[str, Any]) -> str:
    """A further name; one of before with until when."""
    kind = escape(SCHEMES.get(one["scheme"], one["scheme"]))
    state = one.get("state", "active")
    if state == "active":
        return f"{escape(one['value'])} ({kind})"
    until = f" until {day(one['valid_to'])}" if one.get("valid_to") else ""
    return f'<span class="gone">{escape(one["value"])}</span> ({kind}, {words(state)}{until})'


def _parents(animal: Mapping[str, Any], href: Href) -> list[tuple[str, str]]:
    """Sire and dam, and who else had a part."""
    several = animal.get("possible_sires") or ()
    pairs = [("Sire", _parent(animal.get("sire"), href))] if not several else []
    if several:
        pairs = [("Sire, one of", ", ".join(_parent(one, href) for one in several))]
    pairs.append(("Dam", _parent(animal.get("dam"), href)))
    more = (("recipient_dam", "Carried by"), ("foster_dam", "Reared by"))
    return pairs + [(label, _parent(animal[key], href)) for key, label in more if animal.get(key)]


def _parent(parent: Mapping[str, Any] | None, href: Href) -> str:
    if not parent:
        return "not recorded, or on a farm you cannot see"
    return f'<a href="{escape(href(str(parent["id"])))}">{escape(title_of(parent))}</a>'


def _remarks(animal: Mapping[str, Any]) -> list[tuple[str, Any]]:
    told = [("Coat", animal.get("coat")), ("Defects", ", ".join(animal.get("defects") or ()))]
    told += [
        (words(name).capitalize(), value) for name, value in (animal.get("custom") or {}).items()
    ]
    return [(name, value) for name, value in [*told, ("Note", animal.get("note"))] if value]


def _standing(known: AnimalCard) -> list[tuple[str, str]]:
    said = standing(known.state, known.tags)
    return [("Reproduction", escape(said))] if said else []


def standing(state: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Where a female stands, in words; "" for males and for those that left."""
    if not state or not state["present"]:
        return ""
    said = of_species(state["species"])
    sires = named(state.get("sire_ids"), tags)
    by = f" by {sires}" if sires else ""
    told = {
        "pregnant": f"{said.pregnant}{_many(state, said.young)}{by}, due {_due(state)}",
        "served": f"mated on {day(state['last_service_on'])}{by}, not yet checked; "
        f"would be due {_due(state)}",
        "open": _open(state, said.birth),
        "immature": "too young to be mated",
    }.get(state["state"], "")
    milk = f"; dry since {day(state['dry_since'])}" if state.get("dry_since") else ""
    return told[:1].upper() + told[1:] + milk if told else ""


def _many(state: Mapping[str, Any], young: str) -> str:
    count = state.get("foetus_count")
    return f" with {'one' if count == 1 else f'{count} {young}'}" if count else ""


def _due(state: Mapping[str, Any]) -> str:
    if not state.get("due_on"):
        return "on a day that is not known"
    between = (state.get("due_from"), state.get("due_to"))
    usual = f" (usually {day(between[0])} to {day(between[1])})" if all(between) else ""
    return day(state["due_on"]) + usual


def _open(state: Mapping[str, Any], birth: str) -> str:
    last = state.get("last_parturition_on")
    parity = f", {counted(state['parity'], birth)} recorded" if state.get("parity") else ""
    return "open" + (f", last {birth} on {day(last)}{parity}" if last else "")


def held(health: Mapping[str, Any]) -> str:
    """Until when meat and milk must not be sold, in red; "" when they may."""
    parts = [
        f"{what} must not be sold up to and including {day(health[name])}"
        for what, name in (("Meat", "meat_until"), ("Milk", "milk_until"))
        if health and health.get(name)
    ]
    return f'<p class="held" role="alert">{". ".join(parts)}.</p>' if parts else ""


def photos(known: Sequence[Photo], whole: Href) -> str:
    """Small pictures that lead to the whole ones."""
    if not known:
        return ""
    return card(
        "Photos", f'<div class="photos">{"".join(_photo(one, whole) for one in known)}</div>'
    )


def _photo(photo: Photo, whole: Href) -> str:
    one, small = photo
    caption = ", ".join(part for part in (one.get("caption"), _taken(one)) if part)
    source = f"data:image/jpeg;base64,{b64encode(small).decode()}"
    picture = f'<img src="{source}" alt="{escape(caption or "Photo of the animal")}">'
    link = f'<a href="{escape(whole(str(one["id"])))}">{picture}</a>'
    return f'<figure>{link}<figcaption class="quiet">{escape(caption)}</figcaption></figure>'


def _taken(one: Mapping[str, Any]) -> str:
    return day(one["taken_on"]) if one.get("taken_on") else ""
