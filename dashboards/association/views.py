"""How one study is drawn; takes data, returns HTML and charts."""

import math
from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd

from dashboards.association.data import Region, Study
from dashboards.components import charts, genome
from dashboards.components.pieces import Cell, card, facts, figure, table, text, tiles
from dashboards.components.working import progress_of, state_badges
from dashboards.evaluations.data import duration_seconds, effects_of
from dashboards.genotypes.views import title_of
from dashboards.lineage.links import lineage_way
from dashboards.theme import MISSING, missing, moment, number, percent, seconds, signed, words

METHODS = {
    "exact": "mixed model, variances for each marker (exact)",
    "approximate": "mixed model, variances estimated once (approximate)",
    "calibrated": "mixed model, calibrated (the fastest)",
    "linear": "linear regression without relationships",
    "binary": "logistic mixed model of a trait of 0 and 1",
}
REASONS = {
    "monomorphic": "one allele only",
    "rare": "rarer allele too rare",
    "missing": "too few genotypes known",
    "collinear": "explained by the fixed effects",
}


def header(study: Study, origin: str = "") -> str:
    """What the study is and how it stands; `origin` leads to the files that it rests on."""
    item = study.item
    pairs = [
        ("State", state_badges(item)),
        ("Trait", escape(study.trait_name)),
        ("Started", moment(item["started_at"] or item["created_at"])),
    ]
    if item["state"] == "done":
        pairs.append(("Took", seconds(duration_seconds(item))))
    if item["error"]:
        pairs.append(("Why it stopped", escape(item["error"])))
    way = lineage_way(origin, "Where do its numbers come from?")
    return card(item["name"], facts(pairs) + progress_of(item, study.job) + way)


def numbers(study: Study) -> str:
    """The outcome in a few numbers and one sentence."""
    summary = study.item["summary"]
    hits = int(summary.get("hits") or 0)
    shown = tiles([
        (number(hits), "marker above the line" if hits == 1 else "markers above the line"),
        (number(summary.get("markers")), "markers tested"),
        (number(summary.get("animals")), "animals"),
        (number(summary.get("lambda"), 2), "genomic control (lambda)"),
        (percent(summary.get("h2")), "heritability seen by markers"),
    ])  # fmt: skip
    return shown + f'<p class="quiet" style="margin-top:.6rem">{escape(_meaning(study, hits))}</p>'


def _meaning(study: Study, hits: int) -> str:
    trait = study.trait_name[:1].lower() + study.trait_name[1:]
    if hits:
        first = (
            f"At the markers above the line, animals with one allele differ in {trait} from those "
            "with the other by more than chance would do once in twenty studies. The gene behind "
            "lies near a marker, not at it."
        )
    else:
        first = (
            f"No single marker stands out: {trait} is either made by many genes of small effect, "
            "or there are too few animals to see single ones."
        )
    inflation = study.item["summary"].get("lambda")
    if not missing(inflation) and float(inflation) > 1.1:
        first += (
            " Lambda is above 1.1: many markers are stronger than chance, which relatives or "
            "breeds do that the model does not know of. Be careful with single markers."
        )
    return first


def not_there(study: Study) -> str:
    """Instead of results, while there are none."""
    if study.busy:
        return '<p class="card">Results appear here by themselves when the study is done.</p>'
    return '<p class="card">This study has no results.</p>'


def manhattan(study: Study, chosen: Callable[[int], None]) -> tuple[Any, Any, Any]:
    """The picture along the genome on its card, the plot itself, and where chromosomes are."""
    thresholds = study.points["thresholds"] if study.points else {}
    plot, place = genome.association(
        study.table,
        threshold=_log(thresholds.get("bonferroni")),
        suggestive=_log(thresholds.get("suggestive")),
        chosen=chosen,
    )
    note = (
        "Every dot is a marker; the higher, the less likely chance alone. Orange dots are above "
        "the line of 5 % over all tests; the dashed line is where one false marker is expected. "
        "Tap or click a dot to see its region."
    )
    return charts.panel_of(plot, "Along the genome", note), plot, place


def _log(p: float | None) -> float | None:
    return -math.log10(p) if p else None


def quantiles(study: Study) -> list[Any]:
    """Observed over expected probabilities on their card."""
    if not study.points:
        return []
    qq, control = study.points["qq"], study.points["lambda_gc"]
    plot = genome.quantiles(qq["expected"], qq["observed"], qq["low"], qq["high"])
    note = (
        f"Lambda {number(control, 3)}; 1 is no inflation. Dots that leave the band at the right "
        "end are signals; a whole row beside the line is a warning."
    )
    return [charts.panel_of(plot, "Observed and expected", note)]


HEAD = [
    ("Marker", ""), ("Chromosome", ""), ("Position", "number"), ("p", "number"),
    ("Effect of one copy", "number"), ("Give or take", "number"), ("Allele", ""),
    ("Frequency", "number"), ("Explains", "number"),
]  # fmt: skip


def strongest(study: Study) -> str:
    """The best markers as a table."""
    if study.strongest is None or study.strongest.empty:
        return ""
    said = f'<h2>Strongest markers</h2><p class="quiet">Effects are in {_unit(study)}.</p>'
    return f'<section class="part">{said}{_markers(study, study.strongest, "")}</section>'


def region(study: Study, found: Region) -> str:
    """What stands around the chosen marker: the markers, and the windows."""
    span = f"{found.start / 1e6:.1f} to {found.stop / 1e6:.1f} Mb of chromosome {found.chromosome}"
    markers = found.markers.nlargest(25, "minus_log10_p").sort_values("position")
    head = f"<h2>Around {escape(found.marker)}</h2>"
    said = f'<p class="quiet">{escape(span)}: the {len(markers)} strongest of ' \
           f"{len(found.markers)} markers. Effects are in {_unit(study)}.</p>"  # fmt: skip
    return (
        f'<section class="part">{head}{said}{_markers(study, markers, found.marker)}</section>'
        + _windows(found)
    )


def _unit(study: Study) -> str:
    return escape(study.unit or "the unit of the trait")


def _markers(study: Study, rows: pd.DataFrame, chosen: str) -> str:
    return table("Markers", HEAD, (_marker(one, chosen) for one in rows.itertuples()))


def _marker(one: Any, chosen: str) -> list[Cell]:
    name = escape(str(one.marker))
    return [
        Cell(f"<b>{name}</b>" if one.marker == chosen else name),
        text(one.chromosome),
        figure(number(one.position)),
        figure(p_value(one.p, one.minus_log10_p)),
        figure(signed(one.effect, 3)),
        figure(MISSING if missing(one.se) else f"± {one.se:.2g}"),
        text(f"{one.effect_allele} (other {one.other_allele})"),
        figure(number(one.frequency, 3)),
        figure(percent(one.variance_explained, 1)),
    ]


def _windows(found: Region) -> str:
    if found.windows.empty:
        return ""
    head = [("Window, Mb", ""), ("Markers", "number"), ("Best marker", ""), ("p", "number"),
            ("Gene is here", "number")]  # fmt: skip
    rows = (
        [
            Cell(f"{one.start / 1e6:g} to {one.stop / 1e6:g}"),
            figure(number(one.markers)),
            text(one.best),
            figure(p_value(one.p, one.minus_log10_p)),
            figure(percent(one.inclusion, 1)),
        ]
        for one in found.windows.itertuples()
    )
    said = (
        '<p class="quiet">“Gene is here” is the probability that the one gene with an effect on '
        "this chromosome lies in the window, if there is one.</p>"
    )
    return f'<section class="part"><h2>Windows</h2>{said}{table("Windows", head, rows)}</section>'


def p_value(p: float, minus_log10_p: float) -> str:
    """p also where it is smaller than a number can be."""
    if missing(p):
        return MISSING
    if p > 0:
        return f"{p:.2g}"
    return f"1e-{minus_log10_p:.0f}"


def files(links: dict[str, str]) -> str:
    """What can be kept."""
    named = "".join(f'<li><a href="{escape(href)}">{escape(name)}</a></li>'
                    for name, href in links.items())  # fmt: skip
    return card("Take it with you", f"<ul>{named}</ul>")


def computed(study: Study, genotype_set: str) -> str:
    """How and with what it was computed."""
    item = study.item
    settings, provenance = item["settings"], item["provenance"] or {}
    software = provenance.get("software") or {}
    name = title_of(study.genotypes) if study.genotypes else ""
    linked = f'<a href="{escape(genotype_set)}">{escape(name)}</a>' if name else MISSING
    pairs = [
        ("Method", escape(METHODS.get(settings.get("method", ""), settings.get("method", "")))),
        ("Beside the marker", escape(effects_of(settings)) or "the mean"),
        ("Relationships", escape(_relationships(settings))),
        ("Genotypes", linked),
        ("Not tested", _excluded(item["summary"])),
        ("Software", escape(f"{software.get('name', '')} {software.get('version', '')}".strip())),
        ("Data", f"<code>{escape(_hash(provenance, 'dataset'))}</code>"),
        ("Result", f"<code>{escape(str(item['result_hash'])[:12])}</code>"),
    ]
    cited = "".join(f"<li>{escape(str(one))}</li>" for one in provenance.get("citations", ()))
    sources = f"<details><summary>What to cite</summary><ul>{cited}</ul></details>" if cited else ""
    return card("How it was computed", facts(pairs) + sources)


def _relationships(settings: Any) -> str:
    if settings.get("method") == "linear":
        return "none"
    kind = str(settings.get("relationship") or "vanraden1")
    apart = settings.get("leave_one_chromosome_out")
    return f"genomic ({kind})" + (", each chromosome tested with the others" if apart else "")


def _excluded(summary: Any) -> str:
    excluded = summary.get("excluded") or {}
    if not excluded:
        return "none"
    named = (f"{count:,}: {REASONS.get(why, words(why))}" for why, count in excluded.items())
    return escape(", ".join(named))


def _hash(provenance: Any, name: str) -> str:
    return str((provenance.get(name) or {}).get("content_hash", ""))[:12]
