"""Words for things of the graph: what each is called, the one fact in its box, all its facts."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from agrigen.client import Item
from dashboards.theme import counted, day, moment, number, percent, signed, words

Node = Mapping[str, Any]
Traits = Mapping[str, Item]

CALLED = {
    "source": ("Watched place", "Watched places"),
    "template": ("Template", "Templates"),
    "file": ("File", "Files"),
    "import": ("Import", "Imports"),
    "door": ("Without a file", "Without a file"),
    "table": ("Farm data", "Farm data"),
    "dataset": ("Frozen data", "Frozen data"),
    "genotype_set": ("Genotypes", "Genotypes"),
    "evaluation": ("Evaluation", "Evaluations"),
    "association": ("Marker study", "Marker studies"),
    "breeding_value": ("Breeding value", "Breeding values"),
    "mating_plan": ("Mating plan", "Mating plans"),
    "animal": ("Animal", "Animal"),
}
HIDDEN = "not visible to you"
MARK = 8
"""Letters of a hash that people compare by eye."""

FACTS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "sha256": ("SHA-256", lambda v: f"<code>{escape(v)}</code>"),
    "content_hash": ("Content hash", lambda v: f"<code>{escape(v)}</code>"),
    "result_hash": ("Result hash", lambda v: f"<code>{escape(v)}</code>"),
    "size": ("Size", lambda v: size(v)),
    "media_type": ("Kind of file", lambda v: escape(v)),
    "uploaded_at": ("Handed in", lambda v: moment(v)),
    "kind": ("Kind", lambda v: escape(words(v))),
    "place": ("Place", lambda v: escape(v)),
    "sender": ("Sender", lambda v: escape(v)),
    "farm": ("Farm", lambda v: escape(v)),
    "state": ("State", lambda v: escape(words(v))),
    "person": ("By", lambda v: escape(v)),
    "parser": ("Read by", lambda v: escape(v)),
    "rules": ("Rules", lambda v: escape(v)),
    "policy": ("Rows with errors", lambda v: POLICIES.get(v, escape(words(v)))),
    "mapping": ("Columns", lambda v: columns(v)),
    "cleaning": ("Cleaning", lambda v: cleaning(v)),
    "rows_read": ("Rows in the file", lambda v: number(v)),
    "rows_loaded": ("Rows taken", lambda v: number(v)),
    "rows_unchanged": ("Rows known before", lambda v: number(v)),
    "rows_rejected": ("Rows not taken", lambda v: number(v)),
    "rows": ("Rows", lambda v: number(v)),
    "number": ("Version", lambda v: escape(str(v))),
    "version": ("Version", lambda v: escape(str(v))),
    "format": ("Format", lambda v: escape(str(v))),
    "counts": ("Counts", lambda v: counts(v)),
    "traits": ("Traits", lambda v: escape(", ".join(map(words, v)))),
    "trait": ("Trait", lambda v: escape(words(v))),
    "method": ("Method", lambda v: escape(words(str(v)))),
    "software": ("Software", lambda v: escape(f"{v.get('name', '')} {v.get('version', '')}")),
    "finished_at": ("Finished", lambda v: moment(v)),
    "frozen_at": ("Frozen", lambda v: moment(v)),
    "published_at": ("Published", lambda v: moment(v)),
    "withdrawn_at": ("Withdrawn", lambda v: moment(v)),
    "made_at": ("Made", lambda v: moment(v)),
    "breed": ("Breed", lambda v: escape(v)),
    "born": ("Born", lambda v: day(v)),
}
DERIVED = ("format", "version")
"""A genotype set that was made from another has no format of files."""
POLICIES = {
    "good_rows": "left out, the others are taken",
    "all_or_nothing": "nothing is taken when one has an error",
}


def called(type: str) -> str:
    return CALLED[type][0]


def name_of(node: Node, traits: Traits) -> str:
    """The name in the box; a breeding value is named by its trait."""
    if node["hidden"]:
        return HIDDEN
    if node["type"] == "breeding_value":
        found = list(dict.fromkeys(one["trait"] for one in node["facts"].get("values", ())))
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return trait_name(found[0], traits) + more if found else str(node["name"])
    if node["type"] == "door":
        said = str(node["name"])
        return said[:1].upper() + said[1:]
    return str(node["name"])


def trait_name(code: str, traits: Traits) -> str:
    known = str(traits.get(code, Item()).get("name") or words(code))
    return known[:1].upper() + known[1:]


def told(value: Mapping[str, Any], traits: Traits) -> str:
    """A breeding value with its unit."""
    unit = traits.get(value["trait"], Item()).get("unit", "")
    return f"{signed(value['value'])} {unit}".strip()


def fact_of(node: Node, traits: Traits, used: int = 0) -> str:
    """The one fact that fits into the box, the rows of this value first."""
    if node["hidden"]:
        return ""
    if used:
        return f"{counted(used, 'row')} of this value"
    found = _FACT.get(node["type"])
    return found(node["facts"], traits) if found else ""


def _import_fact(facts: Mapping[str, Any], _: Traits) -> str:
    if facts.get("state") != "done":
        return words(str(facts.get("state") or ""))
    refused = facts.get("rows_rejected") or 0
    left = f", {refused:,} not taken" if refused else ""
    taken = (facts.get("rows_loaded") or 0) + (facts.get("rows_unchanged") or 0)
    return counted(taken, "row") + left


def _file_fact(facts: Mapping[str, Any], _: Traits) -> str:
    return f"{size(facts.get('size'))} · {str(facts.get('sha256', ''))[:MARK]}"


def _dataset_fact(facts: Mapping[str, Any], _: Traits) -> str:
    records = (facts.get("counts") or {}).get("records")
    mark = str(facts.get("content_hash", ""))[:MARK]
    return f"{records:,} records" if records else mark


def _genotype_fact(facts: Mapping[str, Any], _: Traits) -> str:
    samples = (facts.get("counts") or {}).get("samples")
    animals = f" · {samples:,} samples" if samples else ""
    return f"version {facts.get('version', 1)}{animals}"


def _run_fact(facts: Mapping[str, Any], _: Traits) -> str:
    if facts.get("withdrawn_at"):
        return "withdrawn"
    if facts.get("published_at"):
        return f"published {moment(facts['published_at']).split(',')[0]}"
    return words(str(facts.get("state") or ""))


def _value_fact(facts: Mapping[str, Any], traits: Traits) -> str:
    values = facts.get("values") or ()
    return told(values[0], traits) if values else ""


_FACT: dict[str, Callable[[Mapping[str, Any], Traits], str]] = {
    "file": _file_fact,
    "import": _import_fact,
    "dataset": _dataset_fact,
    "genotype_set": _genotype_fact,
    "evaluation": _run_fact,
    "association": _run_fact,
    "breeding_value": _value_fact,
    "door": lambda facts, _: counted(facts.get("rows") or 0, "row"),
    "mating_plan": lambda facts, _: moment(facts.get("made_at")).split(",")[0],
    "source": lambda facts, _: str(facts.get("place") or ""),
    "template": lambda facts, _: words(str(facts.get("kind") or "")),
    "animal": lambda facts, _: str(facts.get("breed") or ""),
}


def pairs(node: Node, traits: Traits) -> list[tuple[str, str]]:
    """All there is to say of a thing, as HTML by name."""
    known = node["facts"]
    if node["type"] == "breeding_value":
        return [_value_pair(one, traits) for one in known.get("values", ())]
    return [
        (FACTS[name][0], FACTS[name][1](value))
        for name, value in known.items()
        if name in FACTS and value not in (None, "", [], {}) and (name, value) != DERIVED
    ]


def _value_pair(one: Mapping[str, Any], traits: Traits) -> tuple[str, str]:
    sure = one.get("reliability")
    said = "" if sure is None else f", accuracy {percent(max(0.0, sure) ** 0.5)}"
    return trait_name(one["trait"], traits), escape(told(one, traits)) + said


def size(value: Any) -> str:
    """Bytes as people say them."""
    amount = float(value or 0)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return (
                f"{amount:,.0f} {unit}"
                if amount >= 10 or unit == "bytes"
                else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return ""


def columns(mapping: Mapping[str, Any]) -> str:
    """Which column of the file became which of ours; nothing where all kept their names."""
    named = mapping.get("columns") or {}
    shown = [f"{theirs} → {ours}" for ours, theirs in named.items() if ours != theirs]
    return escape(", ".join(shown)) or "as they are called in the file"


def cleaning(steps: Any) -> str:
    """The steps in their order."""
    return escape(", ".join(words(str(one.get("step", ""))) for one in steps))


def counts(found: Mapping[str, Any]) -> str:
    shown = (f"{value:,} {words(name)}" for name, value in found.items() if isinstance(value, int))
    return escape(", ".join(shown))
