"""The summary of an animal on one page: identity, pedigree, breeding values, events, offspring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from uuid import UUID

from hub.animals import AnimalRead, PedigreeNode
from hub.evaluations import AnimalValue
from hub.events import EventRead
from hub.records import RecordRead
from hub.reports.paper import GRAY, GREEN, INK, LINE, MARGIN, PALE, Paper
from hub.reports.texts import Texts, words_of

MOST = 9
"""Events, records and breeding values on the page."""
GENERATIONS = 3
PICTURE = (48.0, 36.0)


@dataclass(frozen=True)
class Summary:
    """What the page is made of, gathered before it is drawn."""

    animal: AnimalRead
    farm: str
    today: date
    made: str
    pedigree: Sequence[PedigreeNode]
    values: Sequence[AnimalValue]
    events: Sequence[EventRead]
    records: Sequence[RecordRead]
    offspring: Mapping[str, int]
    units: Mapping[str, str]
    photo: bytes | None = field(default=None, repr=False)


def pdf(told: Summary, texts: Texts) -> bytes:
    """The page."""
    name = told.animal.name or told.animal.tag
    paper = Paper(f"{texts.title('animal_summary')}: {name}", told.made, texts)
    paper.set_auto_page_break(False)
    paper.add_page()
    _top(paper, told)
    _facts(paper, told)
    _pedigree(paper, told)
    _values(paper, told)
    y = paper.get_y() + 3
    bottom = _events(paper, told, y)
    _records(paper, told, y)
    paper.set_y(bottom)
    return paper.bytes()


def _top(paper: Paper, told: Summary) -> None:
    texts, animal = paper.texts, told.animal
    width = paper.epw - (PICTURE[0] + 5 if told.photo else 0)
    paper.ink(9, GRAY)
    line = f"{texts.title('animal_summary')}  ·  {told.farm}"
    paper.cell(width, 5, paper.fitted(line, width), new_x="LMARGIN", new_y="NEXT")
    paper.ink(20, GREEN, bold=True)
    paper.cell(width, 10, paper.fitted(animal.tag, width), new_x="LMARGIN", new_y="NEXT")
    if animal.name:
        paper.ink(13, INK)
        paper.cell(width, 7, paper.fitted(animal.name, width), new_x="LMARGIN", new_y="NEXT")
    if told.photo:
        x = paper.w - MARGIN - PICTURE[0]
        paper.image(BytesIO(told.photo), x, MARGIN, *PICTURE, keep_aspect_ratio=True)


def _facts(paper: Paper, told: Summary) -> None:
    texts, animal = paper.texts, told.animal
    born = (
        [paper.day(animal.birth_date), _age(animal, told.today, texts)] if animal.birth_date else []
    )
    parts = [
        (texts.column("", "species"), texts.word(animal.species)),
        (texts.column("", "breed"), animal.breed),
        (texts.column("", "sex"), texts.word(animal.sex)),
        (texts.title("born"), ", ".join(part for part in born if part)),
        (texts.column("", "birth_type"), str(animal.birth_type or "")),
        (texts.column("", "status"), texts.word(animal.status)),
    ]
    long = [
        (texts.title("offspring"), _offspring(told, texts)),
        (texts.title("identifiers"), _identifiers(animal)),
    ]
    whole = paper.epw - (PICTURE[0] + 5 if told.photo else 0)
    width = whole / 2
    paper.ln(1)
    y = paper.get_y()
    for place, (name, value) in enumerate(parts):
        _fact(paper, name, value, (MARGIN + place % 2 * width, y + place // 2 * 5.2, width))
    for place, (name, value) in enumerate(long, 3):
        _fact(paper, name, value, (MARGIN, y + place * 5.2, whole))
    paper.set_y(max(y + 5 * 5.2 + 1, MARGIN + PICTURE[1] + 2 if told.photo else 0))


def _fact(paper: Paper, name: str, value: str, place: tuple[float, float, float]) -> None:
    x, y, width = place
    paper.set_xy(x, y)
    paper.ink(7.5, GRAY)
    paper.cell(30, 5, name)
    paper.ink(8.5, INK)
    paper.cell(width - 30, 5, paper.fitted(value or "–", width - 31))


def _age(animal: AnimalRead, today: date, texts: Texts) -> str:
    if animal.birth_date is None or animal.status != "alive" or animal.birth_date > today:
        return ""
    months = (today.year - animal.birth_date.year) * 12 + today.month - animal.birth_date.month
    months -= today.day < animal.birth_date.day
    if months < 24:
        return f"{months} {texts.title('months')}"
    return f"{months // 12} {texts.title('years')}"


def _offspring(told: Summary, texts: Texts) -> str:
    counts = told.offspring
    parts = [f"{counts[name]} {texts.title(name)}" for name in ("daughters", "sons", "alive")]
    return texts.sentence("offspring", count=counts["offspring"], parts=", ".join(parts))


def _identifiers(animal: AnimalRead) -> str:
    others = [one for one in animal.identifiers if one.value != animal.tag]
    return ", ".join(f"{one.value} ({one.scheme})" for one in others)


def _heading(paper: Paper, text: str, x: float, width: float) -> None:
    paper.set_x(x)
    paper.ink(10, GREEN, bold=True)
    paper.cell(width, 6, text, new_x="LEFT", new_y="NEXT")
    paper.set_draw_color(*GREEN)
    paper.line(x, paper.get_y(), x + width, paper.get_y())
    paper.set_y(paper.get_y() + 1.5)


def _pedigree(paper: Paper, told: Summary) -> None:
    """Boxes of the parents, their parents and theirs, with lines between them."""
    paper.ln(1)
    _heading(paper, paper.texts.title("pedigree"), MARGIN, paper.epw)
    known = {node.id: node for node in told.pedigree}
    height, top = 64.0, paper.get_y() + 0.5
    width = paper.epw / GENERATIONS - 6
    above: list[PedigreeNode | None] = [known.get(told.animal.id)]
    for generation in range(1, GENERATIONS + 1):
        above = [_parent(known, node, side) for node in above for side in ("sire_id", "dam_id")]
        slot = height / len(above)
        x = MARGIN + (generation - 1) * (width + 9)
        for place, node in enumerate(above):
            y = top + slot * (place + 0.5)
            _box(paper, node, (x, y, width, min(slot - 1.2, 14.0)), male=place % 2 == 0)
            if generation < GENERATIONS:
                _branch(paper, x + width, y, slot / 4)
    paper.set_y(top + height + 1)


def _parent(
    known: Mapping[UUID, PedigreeNode], node: PedigreeNode | None, side: str
) -> PedigreeNode | None:
    id_ = getattr(node, side) if node else None
    return known.get(id_) if id_ else None


def _box(
    paper: Paper, node: PedigreeNode | None, place: tuple[float, float, float, float], *, male: bool
) -> None:
    x, middle, width, height = place
    y = middle - height / 2
    paper.set_draw_color(*LINE)
    paper.set_fill_color(*PALE)
    paper.rect(x, y, width, height, style="DF" if node else "D")
    texts = paper.texts
    mark = texts.title("sire" if male else "dam")
    lines = [mark, texts.title("unknown")]
    if node:
        year = f" ({node.birth_date.year})" if node.birth_date else ""
        named = [part for part in (node.name, node.breed) if part]
        lines = [f"{node.tag}{year}", "  ·  ".join(named) or mark]
    step = min(4.0, (height - 0.6) / 2)
    paper.set_xy(x + 1, middle - step)
    paper.ink(7.5, INK if node else GRAY, bold=node is not None)
    paper.cell(width - 2, step, paper.fitted(lines[0], width - 4))
    paper.set_xy(x + 1, middle)
    paper.ink(6.5, GRAY)
    paper.cell(width - 2, step, paper.fitted(lines[1], width - 4))


def _branch(paper: Paper, x: float, y: float, quarter: float) -> None:
    paper.set_draw_color(*LINE)
    paper.line(x, y, x + 4.5, y)
    paper.line(x + 4.5, y - quarter, x + 4.5, y + quarter)
    for side in (-quarter, quarter):
        paper.line(x + 4.5, y + side, x + 9, y + side)


def _values(paper: Paper, told: Summary) -> None:
    texts = paper.texts
    paper.ln(1)
    _heading(paper, texts.title("breeding_values"), MARGIN, paper.epw)
    if not told.values:
        _nothing(paper, MARGIN)
        return
    widths = (62.0, 30.0, 24.0, 64.0)
    heads = [texts.title(one) for one in ("trait", "value", "accuracy", "better_than")]
    _line(paper, MARGIN, heads, widths, head=True)
    for one in told.values[:MOST]:
        name = texts.word(one.trait).partition(",")[0]
        name += f" ({texts.word(one.role)})" if one.role != "direct" else ""
        value = f"{one.value:+.2f} {told.units.get(one.trait, '')}"
        if texts.language == "fr":
            value = value.replace(".", ",")
        accuracy = "" if one.accuracy is None else paper.shown(float(one.accuracy), 2)
        share = texts.sentence("percentile", percent=round(one.percentile))
        y = paper.get_y()
        _line(paper, MARGIN, [name, value, accuracy, share], widths)
        _scale(paper, MARGIN + sum(widths[:3]) + 34, y + 1.4, one.percentile)


def _scale(paper: Paper, x: float, y: float, percent: float) -> None:
    """Where the animal is among its breed: a bar from the worst to the best."""
    paper.set_fill_color(*PALE)
    paper.rect(x, y, 28, 2, style="F")
    paper.set_fill_color(*GREEN)
    paper.rect(x, y, 28 * percent / 100, 2, style="F")


def _events(paper: Paper, told: Summary, y: float) -> float:
    texts = paper.texts
    half = (paper.epw - 6) / 2
    paper.set_y(y)
    _heading(paper, texts.title("last_events"), MARGIN, half)
    if not told.events:
        _nothing(paper, MARGIN)
    for one in told.events[:MOST]:
        what = texts.word(one.kind.value)
        more = told_of(one, texts)
        line = f"{what}: {more}" if more else what
        _line(paper, MARGIN, [paper.day(one.occurred_on), line], (20.0, half - 20))
    return paper.get_y()


def _records(paper: Paper, told: Summary, y: float) -> None:
    texts = paper.texts
    half = (paper.epw - 6) / 2
    x = MARGIN + half + 6
    paper.set_y(y)
    _heading(paper, texts.title("last_records"), x, half)
    if not told.records:
        _nothing(paper, x)
    for one in told.records[:MOST]:
        on = paper.day(one.recorded_on) if one.recorded_on else one.occasion
        digits = 0 if one.value == round(one.value) else 2
        value = f"{paper.shown(one.value, digits)} {told.units.get(one.trait, '')}"
        name = texts.word(one.trait).partition(",")[0]
        _line(paper, x, [on, name, value], (20.0, half - 48, 28.0))


def told_of(event: EventRead, texts: Texts) -> str:
    """What an event says, in a few words: results, products, reasons, weights."""
    details = event.details.model_dump(mode="json")
    litter = details.get("offspring")
    parts = [str(len(litter))] if litter else []
    told = words_of(details, texts)
    return ", ".join([*parts, *filter(None, (told, event.remark))])


def _line(
    paper: Paper, x: float, cells: Sequence[str], widths: Sequence[float], *, head: bool = False
) -> None:
    y = paper.get_y()
    paper.ink(7.5, GRAY if head else INK, bold=head)
    for text, width in zip(cells, widths, strict=True):
        paper.set_xy(x, y)
        paper.cell(width, 4.6, paper.fitted(text, width - 1.5))
        x += width
    paper.set_draw_color(*LINE)
    paper.line(x - sum(widths), y + 4.7, x, y + 4.7)
    paper.set_y(y + 4.8)


def _nothing(paper: Paper, x: float) -> None:
    paper.set_x(x)
    paper.ink(7.5, GRAY)
    paper.cell(60, 5, paper.texts.title("nothing"), new_x="LMARGIN", new_y="NEXT")
