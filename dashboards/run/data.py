"""What is known about one run, asked of the hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import ApiError, Evaluation, Hub, Item, Missing
from dashboards.components.genome import chromosome_key
from dashboards.theme import words
from dashboards.together import together

MOST_MARKERS = 4000
"""More cannot be told apart on a screen; those that explain most are drawn."""
BUSY = frozenset({"queued", "running"})
KNOWN_AS = {
    "residual": "everything else (residual)",
    "pe": "permanent environment",
    "phenotypic": "what is seen (phenotypic)",
}


@dataclass(frozen=True)
class RunCard:
    """Everything on the page of one run; a table is None where the run has none of the kind."""

    evaluation: Evaluation
    job: Item
    traits: dict[str, Item] = field(default_factory=dict)
    variances: pd.DataFrame | None = None
    ratios: pd.DataFrame | None = None
    trends: pd.DataFrame | None = None
    diagnostics: Item | None = None
    markers: pd.DataFrame | None = None

    @property
    def item(self) -> Item:
        return self.evaluation.item

    @property
    def busy(self) -> bool:
        return self.item["state"] in BUSY

    def name_of(self, trait: str) -> str:
        """The trait as people call it."""
        return str(self.traits.get(trait, Item()).get("name") or words(trait))

    def unit_of(self, trait: str) -> str:
        return str(self.traits.get(trait, Item()).get("unit", ""))


def load_run(hub: Hub, id: str) -> RunCard:
    """The run and how far it is; its results when it is done."""
    evaluation = hub.evaluations.get(id)
    if evaluation.item["state"] != "done":
        return RunCard(evaluation, _job(hub, evaluation.item))
    got = together(
        traits=lambda: {one["code"]: one for one in hub.traits.iterate()},
        variances=lambda: _kept(evaluation.variances),
        ratios=lambda: _kept(evaluation.ratios),
        trends=lambda: _kept(evaluation.trends),
        diagnostics=lambda: _kept(evaluation.diagnostics),
        markers=lambda: _markers(evaluation),
    )
    return RunCard(evaluation, Item(), **got)


def _job(hub: Hub, item: Mapping[str, Any]) -> Item:
    """The work behind a run, where one may see it."""
    if not item.get("job_id"):
        return Item()
    try:
        return hub.jobs.get(item["job_id"])
    except ApiError:
        return Item()


def _kept(ask: Any) -> Any:
    """A result; none of a run that was made before such results were kept."""
    try:
        return ask()
    except Missing:
        return None


def _markers(evaluation: Evaluation) -> pd.DataFrame | None:
    """The markers of a genomic run that explain most, by trait."""
    if not evaluation.item.get("genotype_set_id"):
        return None
    found = [
        _kept(lambda t=trait: evaluation.marker_effects(
            trait=t, order="-variance", limit=MOST_MARKERS
        ))
        for trait in evaluation.item["traits"]
    ]  # fmt: skip
    there = [frame for frame in found if frame is not None and len(frame)]
    return pd.concat(there) if there else None


def along_genome(markers: pd.DataFrame, trait: str) -> pd.DataFrame:
    """Those of one trait and its first genomic effect, in the order of chromosomes."""
    mine = markers[markers["trait"] == trait]
    mine = mine[mine["effect"] == mine["effect"].iloc[0]] if len(mine) else mine
    order = mine["chromosome"].map(chromosome_key)
    return mine.assign(_order=order).sort_values(["_order", "position"]).drop(columns="_order")


def genomic_method(item: Mapping[str, Any]) -> str:
    """The method of the genomic effect; empty without one."""
    effects = item["model"].get("effects", ())
    found = (one.get("method", "gblup") for one in effects if one.get("type") == "genomic")
    return str(next(found, ""))


def label_of(genetic: Sequence[Mapping[str, Any]], name: str) -> str:
    """An effect in words: direct and maternal where both are there."""
    roles = {one["name"]: one["role"] for one in genetic}
    if name in roles:
        return f"{roles[name]} genetic" if len(roles) > 1 else "genetic"
    if ":" in name and all(part in roles for part in name.split(":")):
        return " with ".join(roles[part] for part in name.split(":")) + " genetic"
    return KNOWN_AS.get(name) or words(name)


def trend_groups(trends: pd.DataFrame, trait: str) -> list[tuple[str, list[int], list[float]]]:
    """Mean breeding values by year of birth, one group a genetic effect, direct first."""
    mine = trends[trends["trait"] == trait]
    return [
        (role, group["birth_year"].tolist(), group["mean"].tolist())
        for (role, _), group in mine.groupby(["role", "effect"], sort=True)
    ]


def path(diagnostics: Mapping[str, Any]) -> tuple[str, list[float], list[float]]:
    """What shows best how the run came to its end: name, steps, values."""
    history = pd.DataFrame(diagnostics["history"])
    if history.empty:
        return "", [], []
    if "log_likelihood" in history:
        return "log-likelihood", history["iteration"].tolist(), history["log_likelihood"].tolist()
    if "residual" in history and diagnostics["estimate"] == "none":
        return "relative residual", history["iteration"].tolist(), history["residual"].tolist()
    drawn = [name for name in history if str(name).startswith("heritability")]
    name = str((drawn or [history.columns[-1]])[0])
    one = history[history["chain"] == history["chain"].min()] if "chain" in history else history
    return name, one["iteration"].tolist(), one[name].tolist()
