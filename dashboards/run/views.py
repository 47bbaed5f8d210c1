"""How one run is drawn; takes data, returns HTML and charts."""

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from agrigen.client import Item
from dashboards.components import charts, genome
from dashboards.components.pieces import (
    Cell,
    badge,
    card,
    facts,
    figure,
    progress,
    table,
)
from dashboards.evaluations.data import duration_seconds
from dashboards.evaluations.views import KINDS
from dashboards.lineage.links import lineage_way
from dashboards.run.data import (
    MOST_MARKERS,
    RunCard,
    along_genome,
    genomic_method,
    label_of,
    path,
    trend_groups,
)
from dashboards.theme import (
    MISSING,
    day,
    inline,
    missing,
    moment,
    number,
    percent,
    seconds,
    words,
)

ESTIMATES = {
    "none": "given with the model",
    "reml": "estimated from the records (REML)",
    "gibbs": "estimated from the records (Gibbs sampling)",
}
METHODS = {
    "gblup": "genotyped animals by their genomic relationships (GBLUP)",
    "snp": "effects of all markers at once (SNP-BLUP)",
    "single_step": "genotyped animals and their whole pedigree together (single-step)",
}
SOLVERS = {"direct": "exactly, in one step", "pcg": "step by step (conjugate gradients)"}


def header(known: RunCard, genotype_set: str = "", origin: str = "") -> str:
    """What the run is and how it stands; `origin` leads to the files that it rests on."""
    item, summary = known.item, known.item["summary"] or {}
    state = badge(item["state"], KINDS.get(item["state"], ""))
    if item["published_at"] and not item["withdrawn_at"]:
        state += " " + badge(f"published {day(item['published_at'])}", "good")
    elif item["withdrawn_at"]:
        state += " " + badge("withdrawn")
    if summary.get("converged") is False:
        state += " " + badge("not converged", "bad")
    pairs = [("State", state), ("Traits", escape(", ".join(map(known.name_of, item["traits"]))))]
    pairs += [("Started", moment(item["started_at"] or item["created_at"]))]
    if item.get("genotype_set_id"):
        pairs.append(("Genotypes", _genotypes(known, genotype_set)))
    if known.item["state"] == "done":
        pairs += _counts(known)
    if item["error"]:
        pairs.append(("Why it stopped", escape(item["error"])))
    way = lineage_way(origin, "Where do its numbers come from?")
    return card(item["name"], facts(pairs) + _progress(known) + way)


def _genotypes(known: RunCard, link: str) -> str:
    """Which set, of how many animals, and how it is used."""
    told = (known.item["summary"] or {}).get("genotypes") or {}
    name = " ".join(str(part) for part in (
        told.get("name"), f"(version {told['version']})" if told.get("version", 1) > 1 else ""
    ) if part)  # fmt: skip
    shown = f'<a href="{escape(link)}">{escape(name or "genotype set")}</a>'
    if told.get("animals"):
        shown += f", {told['animals']:,} animals genotyped"
    method = METHODS.get(genomic_method(known.item), "")
    return shown + (f"; {method}" if method else "")


def _counts(known: RunCard) -> list[tuple[str, str]]:
    summary = known.item["summary"]
    animals, records = summary["animals"], summary["records"]
    dropped = records["dropped"]
    left = f", {dropped:,} left out ({escape(_reasons(records))})" if dropped else ""
    return [
        ("Took", seconds(duration_seconds(known.item))),
        ("Animals", f"{animals['evaluated']:,}, {animals['with_records']:,} with records"),
        ("Records", f"{records['used']:,}{left}"),
        ("Variances", ESTIMATES[summary.get("estimate", "none")]),
    ]


def _reasons(records: dict[str, Any]) -> str:
    return ", ".join(f"{words(why)}: {count:,}" for why, count in records["reasons"].items())


def _progress(known: RunCard) -> str:
    if not known.busy:
        return ""
    said = escape(str(known.job.get("message") or "waiting for a free worker"))
    return progress(float(known.job.get("progress") or 0.0)) + f'<p class="quiet">{said}</p>'


def not_there(known: RunCard) -> str:
    """Instead of results, while there are none."""
    if known.busy:
        return '<p class="card">Results appear here by themselves when the run is done.</p>'
    return '<p class="card">This run has no results.</p>'


def heritability(known: RunCard) -> str:
    """How much of the differences is inherited."""
    if known.ratios is None:
        return ""
    found = known.ratios[known.ratios["kind"].isin(["heritability", "repeatability"])]
    if found.empty:
        return ""
    head = [("Heritability of", ""), ("Value", "number"), ("Give or take", "number"),
            ("Between (95 %)", "number")]  # fmt: skip
    rows = (
        [
            Cell(escape(_trait(known, one.trait_1) + _share(known, one)), "wrap"),
            figure(number(one.value, 3)),
            figure(_error(one.se)),
            figure(_interval(one.lower, one.upper)),
        ]
        for one in found.itertuples()
    )
    explained = (
        "Heritability is the share of the differences between animals that genes explain: 0.1 is "
        "low, 0.4 is high. Repeatability is what the records of one animal have in common."
    )
    return _section("Heritability", table("Heritability", head, rows), explained)


def _share(known: RunCard, one: Any) -> str:
    if one.kind == "repeatability":
        return ": repeatability"
    if one.effect_1 == "total":
        return ", direct and maternal together"
    effects = known.item["genetic_effects"]
    role = next((e["role"] for e in effects if e["name"] == one.effect_1), "direct")
    return f", {role}" if len(effects) > 1 else ""


def correlations(known: RunCard) -> str:
    """What goes together with what."""
    if known.ratios is None:
        return ""
    found = known.ratios[known.ratios["kind"] == "correlation"]
    if found.empty:
        return ""
    head = [("Between", ""), ("Correlation", "number"), ("Give or take", "number")]
    rows = (
        [
            Cell(escape(_pair(known, one)), "wrap"),
            figure(_minus(number(one.value, 2))),
            figure(_error(one.se)),
        ]
        for one in found.itertuples()
    )
    explained = (
        "A genetic correlation near 1 says that the same genes act on both; a negative one, that "
        "selecting for one moves the other the wrong way."
    )
    return _section("Correlations", table("Correlations", head, rows), explained)


def _pair(known: RunCard, one: Any) -> str:
    first, second = _trait(known, one.trait_1), _trait(known, one.trait_2)
    if one.effect_1 == one.effect_2:
        return f"{first} and {inline(second)}: {_effect(known, one.effect_1)}"
    return f"{first}, {_effect(known, one.effect_1)}, and {inline(second)}, " + _effect(
        known, one.effect_2
    )


def _effect(known: RunCard, effect: str) -> str:
    name, *group = effect.split(" [")
    return label_of(known.item["genetic_effects"], name) + (f" [{group[0]}" if group else "")


def _trait(known: RunCard, trait: str) -> str:
    name, *group = str(trait).split(" [")
    return known.name_of(name) + (f" [{group[0]}" if group else "")


def variances(known: RunCard) -> str:
    """Where the differences come from."""
    if known.variances is None or known.variances.empty:
        return ""
    head = [("Source", ""), ("(Co)variance", "number"), ("Give or take", "number")]
    rows = (_variance(known, one) for one in known.variances.itertuples())
    explained = (
        "Variances are in squared units of the trait. “Give or take” is the standard error; it is "
        "empty where the variance was given, or where it ended at the edge of what is possible."
    )
    return _section("Variance components", table("Variance components", head, rows), explained)


def _variance(known: RunCard, one: Any) -> list[Cell]:
    first, second = (
        known.name_of(trait) + ("" if order is None or pd.isna(order) else f", term {order:.0f}")
        for trait, order in ((one.trait_1, one.coefficient_1), (one.trait_2, one.coefficient_2))
    )
    what = first if first == second else f"{first} with {inline(second)}"
    group = f" [{one.group}]" if one.group else ""
    source = f"{what}: {_effect(known, one.effect)}{group}"
    return [
        Cell(escape(source), "wrap"),
        figure(MISSING if missing(one.value) else _minus(f"{one.value:,.4g}")),
        figure(_error(one.se)),
    ]


def trend(known: RunCard, trait: str) -> list[Any]:
    """What breeding has changed, drawn."""
    if known.trends is None or known.trends.empty:
        return []
    groups = trend_groups(known.trends, trait)
    if not any(len(years) > 1 for _, years, _ in groups):
        return []
    unit = known.unit_of(trait)
    plot = charts.lines(
        groups, across="year of birth", up=unit, years=True,
        tooltip=f"born @x{{0}}, @name: @y{{+0.00}} {unit}",
    )  # fmt: skip
    note = "Mean breeding value of the animals born in each year, all farms together."
    return [charts.panel_of(plot, f"Genetic trend: {escape(known.name_of(trait))}", note)]


def reliability(known: RunCard, trait: str) -> list[Any]:
    """How much is known of the animals, drawn."""
    found = [one for one in (known.diagnostics or {}).get("reliability", ())
             if one["trait"] == trait]  # fmt: skip
    if not found:
        return []
    groups = [(one["role"], one["counts"]) for one in found]
    plot = charts.histogram(groups, across="reliability", what="animals")
    means = ", ".join(
        f"{one['role'] + ' ' if len(found) > 1 else ''}{percent(one['mean'])}" for one in found
    )
    note = f"How much is known of each animal; 100 % would be certain. On average {means}."
    return [charts.panel_of(plot, f"Reliability: {escape(known.name_of(trait))}", note)]


def markers(known: RunCard, trait: str) -> list[Any]:
    """Where on the genome the differences come from, drawn."""
    if known.markers is None or known.markers.empty:
        return []
    found = along_genome(known.markers, trait)
    found = found.assign(effect=found["value"], percent=100 * found["share"]).dropna(
        subset=["percent"]
    )
    if found.empty:
        return []
    plot, _ = genome.effects(found, "percent", up="% of marker variance")
    note = (
        "How much each marker explains of what all markers explain. Many small dots: many genes. "
        "A high one: a gene of large effect near it. An association study tests single markers."
    )
    if len(found) >= MOST_MARKERS:
        note += f" Drawn are the {len(found):,} that explain most."
    return [charts.panel_of(plot, f"Marker effects: {escape(known.name_of(trait))}", note)]


def convergence(known: RunCard) -> list[Any]:
    """The way to the result, drawn."""
    if known.diagnostics is None:
        return []
    name, steps, values = path(known.diagnostics)
    if len(steps) < 2:
        return []
    plot = charts.lines(
        [(name, steps, values)], across="iteration", up=name, log=name == "relative residual",
        tooltip="iteration @x{0}: @y{0.0000}",
    )  # fmt: skip
    good = known.diagnostics["converged"]
    note = (
        "It settled: more iterations would change nothing."
        if good
        else ("It has not settled. Let it run longer, or simplify the model.")
    )
    return [charts.panel_of(plot, f"Convergence: {escape(name)}", note)]


def remarks(known: RunCard) -> str:
    """What the numbers have to say about model and data."""
    notes = (known.diagnostics or {}).get("notes") or ()
    if not notes:
        return ""
    lines = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return card("Remarks", f"<ul>{lines}</ul>")


def computed(known: RunCard) -> str:
    """How and with what it was computed."""
    summary, provenance = known.item["summary"], known.item["provenance"] or {}
    told = known.diagnostics or Item()
    software = provenance.get("software") or {}
    dataset = provenance.get("dataset") or {}
    pairs = [
        ("Model", escape(_model(known))),
        ("Solved", escape(SOLVERS.get(summary["solver"], summary["solver"]))),
        ("Equations", number(summary.get("equations"))),
        ("Iterations", _iterations(told)),
        ("Log-likelihood", _minus(number(summary.get("log_likelihood"), 3))),
        ("Memory", f"{number(summary.get('peak_memory_mb'))} MB"),
        ("Software", escape(f"{software.get('name', '')} {software.get('version', '')}".strip())),
        ("Data", f"<code>{escape(str(dataset.get('content_hash', ''))[:12])}</code>"),
        ("Result", f"<code>{escape(known.item['result_hash'][:12])}</code>"),
    ]
    cited = "".join(f"<li>{escape(one)}</li>" for one in provenance.get("citations", ()))
    sources = f"<details><summary>What to cite</summary><ul>{cited}</ul></details>" if cited else ""
    return card("How it was computed", facts(pairs) + sources)


def _iterations(told: Item) -> str:
    history = told.get("history") or ()
    if told.get("estimate", "none") != "none" and history:
        return number(history[-1].get("iteration"))
    return number(told.get("iterations"))


def _model(known: RunCard) -> str:
    """The effects in one line, each with its kind."""
    named = (
        f"{effect['name']} ({effect['type']})" for effect in known.item["model"].get("effects", ())
    )
    return ", ".join(named)


def _section(title: str, html: str, explained: str) -> str:
    said = f'<h2>{escape(title)}</h2><p class="quiet">{escape(explained)}</p>'
    return f'<section class="part">{said}{html}</section>'


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _error(value: Any) -> str:
    return MISSING if missing(value) or pd.isna(value) else f"± {value:,.2g}"


def _interval(lower: Any, upper: Any) -> str:
    if any(missing(one) or pd.isna(one) for one in (lower, upper)):
        return MISSING
    return f"{max(0.0, lower):.2f} to {min(1.0, upper):.2f}"


def tables(known: RunCard) -> Iterable[str]:
    """The parts in words and numbers, in their order; empty ones are left out."""
    parts = (heritability, correlations, variances)
    return [html for part in parts if (html := part(known))]
