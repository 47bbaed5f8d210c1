"""A pedigree to look at and to walk through: drawn where there is room, a list on a phone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from agrigen.plot import pedigree_svg
from dashboards.theme import MISSING

Href = Callable[[str], str]


@dataclass(frozen=True)
class Ancestry:
    """An animal and its ancestors as `pedigree_svg` reads them; -1 is an unknown parent.

    Names are tags, made different where two farms use the same one.
    """

    ids: tuple[str, ...]
    sire: tuple[int, ...]
    dam: tuple[int, ...]
    animals: tuple[Mapping[str, Any], ...]

    def index(self, id: str) -> int:
        return self.ids.index(id)


def ancestry(animals: Sequence[Mapping[str, Any]]) -> Ancestry:
    """From the rows of `/animals/{id}/pedigree`, the animal itself first."""
    place = {str(one["id"]): i for i, one in enumerate(animals)}
    taken: dict[str, int] = {}
    names = []
    for one in animals:
        tag = str(one["tag"])
        taken[tag] = taken.get(tag, 0) + 1
        names.append(tag if taken[tag] == 1 else f"{tag} ({taken[tag]})")
    return Ancestry(
        ids=tuple(names),
        sire=tuple(place.get(str(one.get("sire_id")), -1) for one in animals),
        dam=tuple(place.get(str(one.get("dam_id")), -1) for one in animals),
        animals=tuple(animals),
    )


def pedigree_html(animals: Sequence[Mapping[str, Any]], href: Href, *, generations: int = 3) -> str:
    """Drawing and list of an animal's ancestors; each is a link to that animal."""
    known = ancestry(animals)
    labels = {id: str(one.get("name") or id) for id, one in zip(known.ids, animals, strict=True)}
    links = {id: href(str(one["id"])) for id, one in zip(known.ids, animals, strict=True)}
    drawing = pedigree_svg(known, known.ids[0], generations=generations, labels=labels, links=links)
    tree = _branch(known, 0, "this animal", href, generations)
    return f'<div class="drawn">{drawing}</div><ul class="tree listed">{tree}</ul>'


def _branch(known: Ancestry, animal: int, role: str, href: Href, left: int) -> str:
    """The animal and its parents as a nested list."""
    if animal < 0:
        return f'<li><span class="role">{role}</span>{MISSING} not recorded</li>'
    one = known.animals[animal]
    name = " ".join(dict.fromkeys(part for part in (one.get("name"), one["tag"]) if part))
    own = escape(name) if role == "this animal" else _linked(name, href(str(one["id"])))
    parents = (known.sire[animal], known.dam[animal])
    above = ""
    if left and parents != (-1, -1):
        branches = zip(parents, ("sire", "dam"), strict=True)
        above = "".join(_branch(known, one, role, href, left - 1) for one, role in branches)
        above = f"<ul>{above}</ul>"
    return f'<li><span class="role">{role}</span>{own}{above}</li>'


def _linked(name: str, where: str) -> str:
    return f'<a href="{escape(where)}">{escape(name)}</a>'
