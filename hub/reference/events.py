"""The reference page of events: kinds, fields and rules of the species, made from the code."""

from typing import Any, get_args

from pydantic import BaseModel

from hub.events import TABLES, Rules
from hub.events.codes import DisposalReason
from hub.events.details import EventDetails, Newborn
from hub.events.due import KEPT
from hub.events.duplicates import DAYS_APART
from hub.events.machine import FORGOTTEN, SAME_BIRTH, UNTOLD

_INTRODUCTION = f"""# Events

What happens to an animal is an event: a day (`occurred_on`, the farm's own), the animal, and
`details`, of which `kind` says what happened. Weights, milk and scores are records, not events.
Names and values are those of the ICAR Animal Data Exchange where it has them.

```python
hub = ag.connect()
hub.events.record(ewe.id, "mating", "2025-10-20", method="natural", sire_ids=[ram.id])
lambs = [{{"tag": "L1", "sex": "F", "birth_weight_kg": 4.5}}, {{"tag": "L2", "sex": "M"}}]
hub.events.record(ewe.id, "parturition", "2026-03-16", ease=1, offspring=lambs)
hub.events.due(farm.id)                    # what there is to do in the next two weeks
hub.events.reproduction(ewe.id)            # open, served or pregnant; due when; by whom
hub.events.correct(event.id, "wrong day", occurred_on="2026-03-15")
hub.events.void(event.id, "wrong ewe")
```

**Nothing told is lost.** A correction is a new revision, a voided event counts no more; who said
what, when and why stays (`hub.events.revisions(id)`), and nobody can change it, the hub's own
programs included. The same event sent again under its `id` is stored once.

**What cannot be is refused**, with the reason, the earlier event and what to do: 422
`events.refused`, whose `event_id` is the earlier event. Events may be told late and in any order;
after every change the whole life of the animal is looked at, so a correction that makes a later
event impossible is refused, too, and names it. What is only unusual is accepted and told in
`warnings`. An animal that was sold takes events up to the day of its sale; after that day they
are refused until its arrival is recorded.

**Told twice.** An event much like one that another person or device told is kept and marked
(`possible_duplicate_of`). A birth is not: a second one of the same female within the shortest
interval between two births is refused with 409 `events.possible_duplicate`, and what was typed
stays with the sender, to be added to the first by a correction. With `confirmed_not_duplicate`, a
birth within {SAME_BIRTH} days is taken as part of the first (the last lamb came next morning).

**What follows** is done in the same transaction, and follows corrections. A birth makes an animal
of every offspring with a tag (the others are only counted), with dam, recipient dam after an
embryo transfer, sire when the matings allow one and possible sires when they allow several (where
some fit a gestation of usual length, only these: a cow that is mated again after 21 days carries
the calf of that mating), litter size, breed when all parents share one, and a record of
`birth_weight`. Voiding a birth takes those animals away, unless more is known of one: then it is
refused (`events.offspring_in_use`). `weaning` makes a record of `weaning_weight`, `fostering` sets
the foster dam, `movement` the place, `disposal` and `arrival` the status.

**Work lists** come from the tables below. A thing is on the list between its first and last day,
then overdue for {KEPT} days. Sires of a group whose removal nobody wrote down count as gone after
{FORGOTTEN} days. A pregnancy whose end nobody wrote down is over by the next mating after the
longest gestation, or {UNTOLD} days after it. An abortion after which she gives milk (`in_milk`)
begins a lactation.

"""


def events_page() -> str:
    """Kinds with their fields, reasons of disposal, and the rules of each species."""
    kinds = "".join(_kind(model) for model in get_args(get_args(EventDetails)[0]))
    newborn = f"### Each of `offspring`\n\n{_fields(Newborn)}\n"
    species = "".join(_species(rules) for rules in TABLES.values())
    return (
        f"{_INTRODUCTION}## Kinds\n\n{kinds}{newborn}{_reasons()}{_duplicates()}"
        f"## Rules of the species\n\n{species}".rstrip()
        + "\n"
    )


def _kind(model: type[BaseModel]) -> str:
    name = model.model_fields["kind"].default
    doc = (model.__doc__ or "").strip()
    return f"### `{name}`\n\n{doc}\n\n{_fields(model)}\n"


def _fields(model: type[BaseModel]) -> str:
    schema = model.model_json_schema(ref_template="{model}")
    names = [name for name in model.model_fields if name != "kind"]
    if not names:
        return "No fields of its own.\n"
    rows = [_field(name, schema["properties"][name], schema) for name in names]
    return "| field | values | default | meaning |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _field(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    required = name in schema.get("required", ())
    default = field.get("default")
    shown = "required" if required else f"`{default}`" if default not in (None, "", []) else ""
    return f"| `{name}` | {_values(field)} | {shown} | {field.get('description', '')} |\n"


def _values(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return ", ".join(
            "or nothing" if one.get("type") == "null" else _values(one) for one in field["anyOf"]
        )
    if "$ref" in field:
        return _REFERRED.get(field["$ref"], field["$ref"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_values(field['items'])}"
    return _plain(field)


_REFERRED = {
    "Sex": "`F`, `M`, `U`",
    "DisposalReason": "a reason (below)",
    "Newborn": "offspring (below)",
}


def _plain(field: dict[str, Any]) -> str:
    kind = {"string": "text", "integer": "whole number"}.get(field["type"], field["type"])
    kind = {"uuid": "id", "date": "day"}.get(field.get("format", ""), kind)
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum")
    above = "above " if "exclusiveMinimum" in field else ""
    return kind if low is None else f"{kind}, {above}{low:g} to {high:g}"


def _reasons() -> str:
    head = "### Reasons of a disposal\n\n| reason | ICAR departure | ICAR death |\n"
    head += "| --- | --- | --- |\n"
    rows = [f"| `{one.value}` | {one.departure} | {one.death} |\n" for one in DisposalReason]
    return head + "".join(rows) + "\n"


def _duplicates() -> str:
    days = ", ".join(f"{kind} {number}" for kind, number in DAYS_APART.items())
    return (
        "### Possible duplicates\n\nEvents of one animal, told by different people or devices, "
        f"that are at most so many days apart: {days}.\n\n"
    )


def _species(rules: Rules) -> str:
    head = "| rule | days | source |\n| --- | --- | --- |\n"
    rows = [f"| {name} | {value} | {source} |\n" for name, value, source in _numbers(rules)]
    return f"### {rules.species.capitalize()} ({rules.words.birth})\n\n{head}{''.join(rows)}\n"


def _numbers(rules: Rules) -> list[tuple[str, str, str]]:
    gestation, litter = rules.gestation, rules.litter
    possible = f"{gestation.shortest} to {gestation.longest}"
    rows: list[tuple[str, str, str]] = []
    for name, one in (
        ("gestation, usual", gestation), ("heat after an unsuccessful mating", rules.cycle),
        ("pregnancy seen from, best looked for, counted until", rules.check),
        ("weaning, earliest, due, latest", rules.weaning),
    ):  # fmt: skip
        rows.append((name, f"{one.low}, **{one.mean}**, {one.high}", one.source))
    rows.insert(1, ("gestation, possible", possible, "as above"))
    for name, days in (
        ("youngest mated female", rules.puberty_female), ("youngest sire", rules.puberty_male),
        ("first mating", rules.first_mating), ("from a birth to a conception", rules.rest),
        ("from a birth until mated again", rules.voluntary_waiting),
        ("pregnancy not overlooked from", rules.check_sure),
        ("dry before a birth", rules.dry_off_before),
        ("milk at most", rules.longest_lactation),
        ("age of an embryo at transfer", rules.embryo_age),
    ):  # fmt: skip
        rows.append((name, str(days.days) if days else "none", days.source if days else ""))
    made = "rest and shortest gestation"
    rows.append(("between two births", f"{rules.shortest_interval} or more", made))
    young = f"{litter.usual} (rare above), {litter.highest} at most"
    rows.append(("young of one birth", young, litter.source))
    return rows
