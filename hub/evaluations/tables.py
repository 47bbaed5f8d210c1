"""What is kept of a result beside its breeding values: trends, reliabilities, how it converged."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag

OF_ANIMAL = ("id", "tag", "farm", "breed", "sex", "birth_date")
BY_EFFECT = ["trait", "effect"]
MOST_HISTORY = 500
"""Rows of the convergence history that are shown; a longer one is thinned evenly."""
BINS = 20
VARIANCE_COLUMNS = (
    "effect", "trait_1", "trait_2", "coefficient_1", "coefficient_2", "value", "se", "group",
)  # fmt: skip
RATIO_COLUMNS = (
    "kind", "effect_1", "trait_1", "effect_2", "trait_2", "value", "se", "lower", "upper",
)  # fmt: skip
NUMBERS = frozenset({"coefficient_1", "coefficient_2", "value", "se", "lower", "upper"})


def breeding_values(result: ag.Evaluation, pedigree: pd.DataFrame) -> pd.DataFrame:
    """One row for every animal of the hub, trait and genetic effect, with its percentile."""
    values = result.breeding_values.merge(pedigree[list(OF_ANIMAL)], on="id", how="inner")
    if values["inbreeding"].isna().any():  # an effect of genotyped animals alone knows none
        known = ag.Pedigree.from_frame(pedigree)
        values["inbreeding"] = values["id"].map(
            dict(zip(known.ids, known.inbreeding(), strict=True))
        )
    values["percentile"] = percentile(values)
    return values


def percentile(values: pd.DataFrame) -> pd.Series:
    """Share of the animals of the same breed that an animal is better than; ties share."""
    groups = values.groupby([*BY_EFFECT, "breed"], dropna=False)["breeding_value"]
    ranks = groups.rank(method="average") - 0.5
    return 100.0 * ranks / groups.transform("size")


def trends(values: pd.DataFrame) -> pd.DataFrame:
    """Mean breeding value of the animals born in each year, by trait and effect.

    `others` counts the animals that are not of the farm with the most: whoever belongs to one farm
    looks at that many animals of others at least.
    """
    born = pd.to_numeric(values["birth_date"].astype("string").str[:4], errors="coerce")
    known = values.assign(birth_year=born)[born.notna()]
    cells = known.groupby([*BY_EFFECT, "birth_year"], sort=True)
    table = cells.agg(
        animals=("breeding_value", "size"),
        mean=("breeding_value", "mean"),
        reliability=("reliability", "mean"),
    )
    farms = known.groupby([*BY_EFFECT, "birth_year", "farm"], dropna=False).size()
    largest = farms.groupby(level=[0, 1, 2]).max()
    table["others"] = (table["animals"] - largest).astype(int)
    table = table.reset_index()
    table["birth_year"] = table["birth_year"].astype(int)
    return table


def reliabilities(values: pd.DataFrame) -> list[dict[str, Any]]:
    """How many animals have which reliability, by trait and effect; none where it is unknown."""
    edges = np.linspace(0.0, 1.0, BINS + 1)
    found = []
    for (trait, effect), group in values.dropna(subset=["reliability"]).groupby(BY_EFFECT):
        numbers = group["reliability"].clip(0.0, 1.0)
        counts, _ = np.histogram(numbers, edges)
        cells = {"counts": counts.tolist(), "mean": float(numbers.mean())}
        found.append({"trait": trait, "effect": effect, **cells})
    return found


def marker_effects(table: pd.DataFrame) -> pd.DataFrame:
    """Effects of markers with the variance that each explains where markers are independent."""
    found = table.astype({"marker": str, "chromosome": str, "allele": str, "position": "int64"})
    found["variance"] = 2 * found["frequency"] * (1 - found["frequency"]) * found["value"] ** 2
    sums = found.groupby(BY_EFFECT)["variance"].transform("sum")
    found["share"] = found["variance"] / sums.where(sums > 0)
    return found


def ratios(result: ag.Evaluation) -> pd.DataFrame:
    """Heritabilities, repeatabilities, correlations; with errors where they were estimated."""
    found = getattr(result.components, "ratios", None)
    if found is None:
        found = pd.DataFrame(_plain_ratios(result), columns=list(RATIO_COLUMNS))
    return found.reindex(columns=list(RATIO_COLUMNS))


def _plain_ratios(result: ag.Evaluation) -> list[dict[str, Any]]:
    animal = result.model.animal
    name = animal.name if animal else ""
    rows = [
        {"kind": kind, "effect_1": effect, "trait_1": trait, "value": value}
        for kind, effect in (("heritability", name), ("repeatability", ""))
        for trait, value in result.summary[kind].items()
    ]
    return rows + [{"kind": "correlation", **one} for one in result.summary["correlations"]]


def residual_groups(result: ag.Evaluation) -> list[str]:
    """Names of the residual groups, where there are several."""
    return sorted(set(result.variances["group"].astype(str)) - {""})


def rows_of(content: bytes, columns: Sequence[str]) -> list[dict[str, Any]]:
    """A stored table with these columns, of which that of an early evaluation has fewer."""
    texts = [name for name in columns if name not in NUMBERS]
    frame = pd.read_csv(
        BytesIO(content),
        dtype=dict.fromkeys(texts, str),
        keep_default_na=False,
        na_values={name: [""] for name in columns},
    )
    frame = frame.reindex(columns=list(columns)).astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def history(result: ag.Evaluation) -> list[dict[str, Any]]:
    """The steps towards the estimates, else towards the solutions, thinned to fit a picture."""
    for name in ("history", "samples"):
        frame = getattr(result.components, name, None)
        if frame is not None:
            return thinned(frame)
    steps = result.diagnostics["history"]
    return thinned(pd.DataFrame({"iteration": range(1, len(steps) + 1), "residual": steps}))


def thinned(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows at equal distances, the first and the last among them."""
    if frame.empty:
        return []
    picked = np.unique(np.linspace(0, len(frame) - 1, min(MOST_HISTORY, len(frame))).astype(int))
    return [{str(k): v for k, v in row.items()} for row in frame.iloc[picked].to_dict("records")]


def notes(result: ag.Evaluation) -> list[str]:
    """Remarks of the numbers, each once."""
    found = [*result.summary["notes"], *getattr(result.components, "notes", ())]
    return list(dict.fromkeys(map(str, found)))
