"""The rows that a breeding value rests on: in one sentence, and as a table."""

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from dashboards.components.event_words import kind_word
from dashboards.components.pieces import Cell, figure, table
from dashboards.lineage.data import Lineage
from dashboards.lineage.links import Links
from dashboards.lineage.names import trait_name
from dashboards.theme import MISSING, counted, day, missing, number

FIRST_ROWS = 25
RELATIONS = {"self": "itself", "full sib": "full sibling", "half sib": "half sibling"}
PLURALS = {"offspring": "offspring", "full sib": "full siblings", "half sib": "half siblings"}
LOOSE = {
    "phone": "what was recorded on phones",
    "exchange": "what partners sent",
    "hand": "what was typed by hand",
}
DOORS = {
    "event": "said by an event",
    "phone": "recorded on a phone",
    "exchange": "sent by a partner",
    "hand": "typed by hand",
    "import": "a file that is not visible to you",
}

Row = Mapping[str, Any]


def sentence(known: Lineage) -> str:
    """How many rows of whom, where they stand, and that all the others count too."""
    records = [row for row in known.rows if row["table"] == "records"]
    if not records:
        return "No record of the animal or a close relative is among the data that you may see."
    own = sum(row["relation"] == "self" for row in records)
    said = f"Closest to it are {counted(len(records), 'record')}: "
    said += f"{number(own) if own else 'none'} of the animal itself"
    if len(records) > own:
        said += f" and {number(len(records) - own)} of its relatives ({_family(records)})"
    return escape(f"{said}. {_where(records)} Every other record of the evaluation counts, too.")


def _where(records: list[Any]) -> str:
    files = len({row["file_id"] for row in records if row["file_id"]})
    places = [counted(files, "file")] if files else []
    if any(row["door"] == "import" and not row["file_id"] for row in records):
        places.append("files that are not visible to you")
    places += [LOOSE[door] for door in LOOSE if any(row["door"] == door for row in records)]
    return f"They stand in {' and '.join(places)}." if files or len(places) > 1 else ""


def _family(rows: list[Any]) -> str:
    """3 offspring, 12 half siblings: those whose records are listed."""
    who = {row["animal_id"]: row["relation"] for row in rows}
    found = Counter(relation for relation in who.values() if relation != "self")
    return ", ".join(
        counted(count, RELATIONS.get(name, name), PLURALS.get(name, f"{name}s"))
        for name, count in found.items()
    )


def rows_table(known: Lineage, links: Links, *, every: str = "", all: bool = False) -> str:
    """The nearest rows with the place where each stands; `every` leads to all of them."""
    if not known.rows:
        return ""
    shown = known.rows if all else known.rows[:FIRST_ROWS]
    head = [("Animal", ""), ("Relation", ""), ("What", ""), ("Day", ""), ("Value", "number"),
            ("Stands in", "")]  # fmt: skip
    body = table("Rows behind this number", head, (_row(one, known, links) for one in shown))
    rest = len(known.rows) - len(shown)
    more = ""
    if rest:
        more = f'<p><a href="{escape(every)}">Show all {len(known.rows):,} rows</a></p>'
    hidden = (
        "Rows of animals that you may not see are not listed." if known.more_rows else ""
    )  # fmt: skip
    note = " ".join(part for part in (*known.notes, hidden) if part)
    return (
        f'<section class="part"><h2>Rows behind this number</h2>{body}{more}'
        f'<p class="quiet">{escape(note)}</p></section>'
    )


def _row(one: Row, known: Lineage, links: Links) -> list[Cell]:
    what = trait_name(one["trait"], known.traits) if one["trait"] else "Birth and parents"
    unit = known.traits.get(one["trait"] or "", {}).get("unit", "")
    value = MISSING if missing(one["value"]) else f"{one['value']:,.6g} {unit}".strip()
    relation = RELATIONS.get(one["relation"], one["relation"])
    return [
        Cell(_linked(one["tag"], links.animal(one["animal_id"]))),
        Cell(escape(relation)),
        Cell(escape(what)),
        Cell(escape(day(one["recorded_on"]))),
        figure(value),
        Cell(_stands(one, links), "wrap"),
    ]


def _stands(one: Row, links: Links) -> str:
    """The file and the row in it, or how it came without one."""
    said = []
    if event := one["event"]:
        said.append(escape(f"{kind_word(event['kind'])} of {day(event['occurred_on'])}"))
    if one["file_id"]:
        name = _linked(one["file"], links.lineage("file", one["file_id"]))
        said.append(name + (f", row {one['row']:,}" if one["row"] else ""))
    return ", ".join(said) or escape(DOORS.get(one["door"], one["door"]))


def _linked(words: str, href: str) -> str:
    shown = escape(str(words))
    return f'<a href="{escape(href)}">{shown}</a>' if href else shown
