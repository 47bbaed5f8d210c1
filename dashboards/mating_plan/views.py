"""How mating plans are drawn; takes data, returns HTML and charts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from bokeh.models import BoxAnnotation, HoverTool

from dashboards.components import charts
from dashboards.components.pieces import Cell, badge, card, facts, figure, table, text, tiles
from dashboards.components.units import KILOGRAM, in_unit
from dashboards.mating_plan import data
from dashboards.mating_plan.state import PAGE_ROWS
from dashboards.theme import (
    GREEN,
    GREEN_TINT,
    INK,
    MISSING,
    ORANGE,
    counted,
    day,
    inline,
    missing,
    number,
    percent,
    signed,
)

Href = Callable[[str], str]

RELATIONS = (
    (0.25, "as of full siblings, or of a parent and its young"),
    (0.125, "as of half siblings"),
    (0.0625, "as of first cousins"),
    (0.03125, "as of half cousins"),
    (0.001, "distantly related"),
)
VERDICTS = {
    "good": ("Good", "good"),
    "careful": ("With care", "busy"),
    "avoid": ("Better not", "bad"),
}
POINTS = (
    "Points add up what the breeding values of an animal are worth together. 0 is the base of the "
    "evaluation; of two matings the one with more points is expected to give better young."
)


def meaning(inbreeding: Any) -> str:
    """What inbreeding of young is like, in a few words."""
    if missing(inbreeding):
        return "not known"
    words = (said for least, said in RELATIONS if inbreeding >= least - 1e-9)
    return next(words, "no known kinship")


def index_card(start: data.Start, unit: str) -> str:
    """What animals are ranked by, and how much each trait counts."""
    index = start.index
    shares = data.emphases(index)
    rows = [
        [
            text(one["name"]),
            figure(f"{number(*_sd(one, unit))} {_unit(one['unit'], unit)}"),
            figure(signed(data.points_of(one), 1)),
            _share(shares.get(one["trait"], 0.0)),
        ]
        for one in index["traits"]
    ]
    head = [("Trait", ""), ("A good animal is better by", "number"),
            ("that counts, points", "number"), ("Share", "")]  # fmt: skip
    told = f"<p>{escape(named(index['explanation'], index['traits']))}</p>"
    return card("What counts", told + (table("Traits of the index", head, rows) if rows else ""))


def named(told: str, traits: Iterable[Mapping[str, Any]]) -> str:
    """The hub writes codes of traits; people read names."""
    for one in traits:
        told = told.replace(one["trait"], inline(one["name"]))
    return told


def _share(share: float) -> Cell:
    width = f"{share * 100:.0f}"
    return Cell(f'<div class="bar" role="img" aria-label="{width} percent"><i style="width:'
                f'{width}%"></i></div><span class="quiet">{width} %</span>')  # fmt: skip


def _sd(one: Mapping[str, Any], unit: str) -> tuple[float, int]:
    value = one["genetic_sd"]
    return (in_unit(value, unit) if one["unit"] == KILOGRAM else value), 2


def _unit(name: str, unit: str) -> str:
    return unit if name == KILOGRAM else name


def points_explained(index: Mapping[str, Any], unit: str) -> str:
    """What the numbers in the form stand for."""
    steps = ", ".join(
        f"{number(*_sd(one, unit))} {_unit(one['unit'], unit)} of {inline(one['name'])}"
        for one in index["traits"]
    )
    if not steps:
        return '<p class="quiet">Matings are judged by kinship and genes alone.</p>'
    return (
        f'<p class="quiet">How many points a clearly better animal gets: for {escape(steps)}. '
        "Less than 0 means that less is better.</p>"
    )


def candidates(start: data.Start) -> str:
    """How many can take part."""
    males = start.males
    own = int((males["farm"] == start.farm["name"]).sum()) if len(males) else 0
    shared = len(males) - own
    told = [
        f"{counted(len(start.females), 'female')} of this farm can be mated today: alive, old "
        "enough, and not known to carry young.",
        f"{counted(own, 'male')} of this farm"
        + (f" and {shared:,} of farms that are shared with you" if shared else "")
        + " can be chosen.",
    ]
    return "".join(f"<p>{escape(one)}</p>" for one in told)


def summary(plan: Mapping[str, Any]) -> str:
    """A plan in four numbers."""
    left = plan["females"] - plan["mated"]
    numbers = [
        (f"{plan['mated']:,} of {plan['females']:,}", "females with a mate"),
        (signed(plan["mean_index"], 1), "points, mean of the young to expect"),
        (percent(plan["mean_inbreeding"], 1), "mean inbreeding of the young"),
        (number(left), "female without a mate" if left == 1 else "females without a mate"),
    ]
    made = f"<p class='quiet'>Made on {day(plan['created_at'])}. {escape(POINTS)}</p>"
    return f"<h2>{escape(plan['name'])}</h2>{tiles(numbers)}{made}"


def matings(rows: Sequence[Mapping[str, Any]], href: Href) -> str:
    """One page of the plan: each female with her first and second choice."""
    head = [
        ("Female", ""), ("First choice, and what to expect", ""), ("Inbreeding", ""),
        ("Second choice", ""), ("To know", ""),
    ]  # fmt: skip
    body = (
        [
            _link(one["female_id"], one["female_tag"], href),
            _first(one, href),
            inbreeding(one["inbreeding"]),
            _second(one["second"], href),
            notices(one["notices"]),
        ]
        for one in rows
    )
    return table("Matings of the plan", head, body)


def _first(one: Mapping[str, Any], href: Href) -> Cell:
    """The male, the mean of the young, and between which points nine of ten of them are."""
    link = _link(one["male_id"], one["male_tag"], href).html
    spread = "" if missing(one.get("low")) else f"; nine of ten {between(one)}"
    told = f"<b>{signed(one['index'], 1)}</b> points<span class='quiet'>{spread}</span>"
    return Cell(f"{link}<br>{told}", "wrap")


def between(one: Mapping[str, Any], digits: int = 1) -> str:
    """The range of nine in ten, where it is known."""
    if missing(one.get("low")):
        return MISSING
    return f"{signed(one['low'], digits)} to {signed(one['high'], digits)}"


def inbreeding(value: float) -> Cell:
    """The coefficient and what it is like."""
    told = f'<br><span class="quiet">{escape(meaning(value))}</span>'
    return Cell(f"{percent(value, 1)}{told}", "wrap")


def notices(found: Iterable[Mapping[str, Any]]) -> Cell:
    """Everything there is to know, one sentence below the other."""
    told = "<br>".join(escape(one["message"]) for one in found)
    return Cell(told or '<span class="quiet">nothing against it</span>', "wrap")


def _link(id: str, tag: str, href: Href) -> Cell:
    return Cell(f'<a href="{escape(href(str(id)))}">{escape(tag)}</a>')


def _second(one: Mapping[str, Any] | None, href: Href) -> Cell:
    if not one:
        return Cell('<span class="quiet">nobody else suits</span>', "wrap")
    link = _link(one["male_id"], one["male_tag"], href).html
    told = f"{signed(one['index'], 1)} points, {percent(one['inbreeding'], 1)} inbred"
    warned = " ".join(note["message"] for note in one["notices"])
    more = f"<br>{escape(warned)}" if warned else ""
    return Cell(f'{link}<br><span class="quiet">{escape(told)}{more}</span>', "wrap")


def position(total: int, page: int) -> str:
    """Which matings are shown, of how many."""
    if not total:
        return ""
    first, last = page * PAGE_ROWS + 1, min(total, (page + 1) * PAGE_ROWS)
    return f'<p class="quiet">{first:,} to {last:,} of {counted(total, "mating")}</p>'


def males(plan: Mapping[str, Any], href: Href) -> str:
    """How many females each male has."""
    used = sorted(plan["males"], key=lambda one: (-one["females"], one["male_tag"]))
    head = [("Male", ""), ("Females", "number"), ("at most", "number"), ("Points", "number")]
    rows = (
        [
            _link(one["male_id"], one["male_tag"], href),
            figure(number(one["females"])),
            figure(number(one["most"])),
            figure(signed(one["index"], 1)),
        ]
        for one in used
    )
    return "<h3>Males</h3>" + table("Females of each male", head, rows)


def unmated(plan: Mapping[str, Any], href: Href) -> str:
    """Females without a mate, and why; nothing when there is none."""
    if not plan["unmated"]:
        return ""
    head = [("Female", ""), ("Why she has no mate", "")]
    rows = (
        [_link(one["female_id"], one["female_tag"], href), notices(one["notices"])]
        for one in plan["unmated"]
    )
    title = f"<h3>{escape(counted(len(plan['unmated']), 'female'))} without a mate</h3>"
    hint = (
        '<p class="quiet">More matings a male, another male, or a wider limit may help; '
        "make a new plan to try.</p>"
    )
    return title + table("Females without a mate", head, rows) + hint


def planning(females: int, males_: int, waited: int) -> str:
    """What is said while the hub computes."""
    return (
        '<div class="message" role="status"><p><b>Looking for the best matings</b>: '
        f"{counted(females, 'female')} and {counted(males_, 'male')}, kinship of every pair, "
        f"then the best allocation. {waited} s so far.</p>"
        '<div class="bar" role="progressbar" aria-label="Working"><i class="moving" '
        f'style="width:{min(95, 10 + 5 * waited)}%"></i></div>'
        '<p class="quiet">You can go on reading; the plan is kept when it is found.</p></div>'
    )


def pair(found: Mapping[str, Any], spread: data.Start, unit: str) -> str:
    """What one mating would give: the verdict first, then the numbers behind it."""
    word, kind = VERDICTS[found["verdict"]]
    sire, dam = (_name(found[role]) for role in ("sire", "dam"))
    title = f"{sire} for {dam}"
    said = f"<p>{badge(word, kind)} <b>{escape(found['text'])}</b></p>"
    pairs = [("Inbreeding of the young",
              f"{percent(found['inbreeding'], 2)}. {escape(found['relation'])}")]  # fmt: skip
    if found["index"]:
        pairs.append(("Points to expect", _expected(found["index"])))
        share = data.better_share(spread.candidates, found["index"]["mean"])
        if share is not None:
            told = f"better than {percent(share)} of the {len(spread.candidates):,} candidates"
            pairs.append(("In your herd", escape(f"{told} of {spread.farm['name']}")))
    names = {one["trait"]: one["name"] for one in spread.index["traits"]}
    pairs += [
        (names.get(one["what"], one["what"]), _expected(_converted(one, unit)))
        for one in found["traits"]
    ]
    pairs += [
        (f"Defect {one['gene']}",
         f"{percent(one['affected'], 1)} affected, {percent(one['carrier'], 1)} carriers")
        for one in found["genes"]
    ]  # fmt: skip
    return card(title, said + facts(pairs) + _prnp(found["prnp"]))


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['name']} ({one['tag']})" if one["name"] else str(one["tag"])


def _converted(one: Mapping[str, Any], unit: str) -> dict[str, Any]:
    if one["unit"] != KILOGRAM:
        return dict(one)
    moved = {name: in_unit(one[name], unit) for name in ("mean", "low", "high")}
    return {**one, **moved, "unit": unit}


def _expected(one: Mapping[str, Any]) -> str:
    unit = escape(one["unit"])
    return f"<b>{signed(one['mean'])} {unit}</b>; nine of ten young between {between(one, 2)}"


def _prnp(outcomes: Sequence[Mapping[str, Any]]) -> str:
    if not outcomes:
        return ""
    head = [("PrP genotype of young", ""), ("Type", "number"), ("Of all young", "number")]
    rows = (
        [text(one["genotype"]), figure(str(one["type"])), figure(percent(one["probability"]))]
        for one in outcomes
    )
    return "<h3>Scrapie resistance</h3>" + table("PrP genotypes to expect", head, rows)


def pair_picture(found: Mapping[str, Any], start: data.Start) -> list[Any]:
    """Where the young would stand among the animals of the farm."""
    spread = data.spread_of(start.candidates)
    index = found["index"]
    if spread is None or not index:
        return []
    plot = charts.distribution(spread.edges, spread.counts, across="points", what="animals")
    plot.add_layout(BoxAnnotation(left=index["low"], right=index["high"], fill_color=GREEN_TINT,
                                  fill_alpha=0.8, level="underlay"))  # fmt: skip
    marks = (
        ("sire", found["sire"]["index"], GREEN, "solid"),
        ("dam", found["dam"]["index"], ORANGE, "solid"),
        ("mean of young", index["mean"], INK, "dashed"),
    )
    top = max(spread.counts) * 1.05
    for name, value, color, dash in marks:
        plot.line([value, value], [0, top], color=color, line_width=3, line_dash=dash,
                  legend_label=name)  # fmt: skip
    plot.select_one(HoverTool).renderers = [plot.renderers[0]]
    charts.legend_above(plot)
    low, high = min(spread.edges[0], index["low"]), max(spread.edges[-1], index["high"])
    plot.x_range.start, plot.x_range.end = low, high
    note = "Bars: animals of the farm that can be mated. Shaded: nine of ten young of this pair."
    return [charts.panel_of(plot, "Where their young would stand", note)]


def option(row: Any) -> str:
    """A candidate for a chooser, with what speaks for it."""
    points = f", {signed(row.index, 1)} points" if not missing(row.index) else ""
    name = f" {row.name}" if row.name else ""
    return f"{row.tag}{name}{points}"
