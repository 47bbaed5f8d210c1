"""What the figures of reports are made of: pure functions on rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen.errors import PedigreeError
from agrigen.evaluation.threads import plain_blas
from agrigen.phenotypes import adjusted_weight, survival_curve
from agrigen.types import Floats, Integers
from hub.errors import Invalid

YEARS = 10
"""Birth years that growth and survival look back."""
MILK_YEARS = 3
MOST_SIRES = 100
"""Sires that are listed for a measure, those with most offspring; the others are one row."""

OTHERS, UNKNOWN = "*", ""


@dataclass(frozen=True)
class Span:
    """Days that reports of a species count with.

    shortest, longest: from a mating to a birth that is its. horizon: up to which the survival of
    young is followed; the usual age at weaning. target and window: the age that weights are
    adjusted to, and the ages that are.
    """

    shortest: int
    longest: int
    horizon: int
    target: int
    window: tuple[int, int]


# Gestation as in the species tables of the hub with room for early and late births.
_SMALL = Span(140, 160, 90, 100, (70, 130))
SPANS = {
    "sheep": _SMALL,
    "goat": _SMALL,
    "cattle": Span(265, 300, 90, 205, (160, 250)),
    "pig": Span(105, 125, 28, 21, (14, 35)),
}


def first_day(today: date, years: int) -> date:
    """The first of January with which so many calendar years begin, this one among them."""
    return date(today.year - years + 1, 1, 1)


def measures(weights: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Weights, daily gain and adjusted weight as one row each: the columns measure and value.

    Gain is from birth, in grams a day, of weights at 20 to 250 days of animals whose birth weight
    is known; of animals with several the last. The adjusted weight is the one nearest its age.
    """
    plain = weights[weights["trait"].isin(["birth_weight", "weaning_weight"])]
    plain = plain.assign(measure=plain["trait"])
    later = weights[(weights["trait"] != "birth_weight") & weights["birth_weight"].notna()]
    grown = later[later["age_days"].between(20, 250)].copy()
    grown["value"] = 1000 * (grown["value"] - grown["birth_weight"]) / grown["age_days"]
    grown = grown.assign(measure="daily_gain").sort_values("age_days", kind="stable")
    grown = grown.drop_duplicates("animal", keep="last")
    near = later[later["age_days"].between(*span.window)].copy()
    near["value"] = adjusted_weight(
        near["value"], near["age_days"], target_days=span.target,
        birth_weight=near["birth_weight"], window_days=span.window,
    )  # fmt: skip
    away = (near["age_days"] - span.target).abs()
    near = near.assign(measure=f"adjusted_{span.target}", away=away)
    near = near.sort_values("away", kind="stable").drop_duplicates("animal")
    return pd.concat([plain, grown, near.drop(columns="away")], ignore_index=True)


FACTORS = ("birth_year", "sex", "birth_type", "sire")


def class_means(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean, spread and least-squares mean of every class of FACTORS.

    The model is year + sex + birth type + sire; the least-squares mean of a class is that of
    animals spread evenly over the classes of the other factors. It is empty where the data cannot
    tell classes apart.
    """
    codes = {name: pd.factorize(frame[name], sort=True) for name in FACTORS}
    y = frame["value"].to_numpy(np.float64)
    starts = 1 + np.cumsum([0, *(len(levels) for _, levels in codes.values())])
    place = np.column_stack([code for code, _ in codes.values()]) + starts[:-1]
    left, right = _equations(place, y, int(starts[-1]))
    inverse = np.linalg.pinv(left, hermitian=True)
    solution = inverse @ right
    freedom = y.size - round(float(np.trace(inverse @ left)))
    variance = max(y @ y - solution @ right, 0.0) / freedom if freedom > 0 else np.nan
    tables = []
    for number, (name, (code, levels)) in enumerate(codes.items()):
        wanted = _evenly(starts)
        wanted = np.repeat(wanted[None], len(levels), axis=0)
        wanted[:, starts[number] : starts[number + 1]] = np.eye(len(levels))
        known = np.abs(wanted @ inverse @ left - wanted).max(axis=1) < 1e-6
        error = np.sqrt(np.maximum((wanted @ inverse * wanted).sum(axis=1) * variance, 0))
        groups = pd.Series(y).groupby(code)
        tables.append(
            pd.DataFrame(
                {"factor": name, "level": levels, "animals": groups.size(),
                 "mean": groups.mean(), "sd": groups.std(),
                 "adjusted_mean": np.where(known, wanted @ solution, np.nan),
                 "standard_error": np.where(known, error, np.nan)}
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _equations(place: Integers, y: Floats, size: int) -> tuple[Floats, Floats]:
    """X'X and X'y of a mean and classes; `place` holds the columns with a 1 in every row."""
    ones = np.column_stack([np.zeros(y.size, np.int64), place])
    left = np.zeros(size * size)
    right = np.zeros(size)
    for first in ones.T:
        right += np.bincount(first, y, size)
        for second in ones.T:
            left += np.bincount(first * size + second, minlength=size * size)
    return left.reshape(size, size), right


def _evenly(starts: Floats) -> Floats:
    """Weights of a mean over all classes of every factor."""
    widths = np.diff(starts)
    return np.concatenate([[1.0], *(np.full(width, 1 / width) for width in widths)])


def growth(
    weights: pd.DataFrame, sires: Mapping[str, str], span: Span
) -> dict[str, list[dict[str, Any]]]:
    """Growth by sire and by class, for each measure that the farm has; `sires` are their tags."""
    by_sire: list[dict[str, Any]] = []
    by_class: list[dict[str, Any]] = []
    if weights.empty:
        return {"growth_by_sire": by_sire, "growth_by_class": by_class}
    born = weights[weights["trait"] == "birth_weight"].drop_duplicates("animal")
    weights = weights.assign(
        sire=weights["sire_id"].map(sires),
        birth_weight=weights["animal"].map(born.set_index("animal")["value"]),
    )
    for measure, rows in measures(weights, span).groupby("measure", sort=True):
        known = rows.dropna(subset=["value"])
        known = known.assign(
            sire=_common(known["sire"]), birth_type=known["birth_type"].fillna(0).astype(int)
        )
        if known.empty:
            continue
        with plain_blas():
            found = class_means(known).assign(measure=measure)
        of_sire = found["factor"] == "sire"
        named = found[of_sire].rename(columns={"level": "sire"})
        named["sire"] = named["sire"].where(named["sire"] != UNKNOWN, None)
        found["level"] = found["level"].astype(str).where(found["level"] != 0, "unknown")
        by_sire += named.sort_values("animals", ascending=False, kind="stable").to_dict("records")
        by_class += found[~of_sire].to_dict("records")
    return {"growth_by_sire": by_sire, "growth_by_class": by_class}


def _common(sire: pd.Series) -> pd.Series:
    """Tags of sires; those with few offspring together, and the unknown ones together."""
    kept = sire.value_counts().head(MOST_SIRES).index
    return sire.where(sire.isna() | sire.isin(kept), OTHERS).fillna(UNKNOWN).astype(object)


def young(rows: pd.DataFrame, horizon: int) -> dict[str, list[dict[str, Any]]]:
    """Survival of young by type of birth, by Kaplan and Meier; `rows` are counts of equal ones."""
    summary: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for birth_type in [*sorted(rows["birth_type"].dropna().unique()), None]:
        here = rows if birth_type is None else rows[rows["birth_type"] == birth_type]
        known = here.dropna(subset=["days"])
        if known.empty:
            continue
        counts = known["animals"].to_numpy(np.int64)
        days = np.repeat(known["days"].to_numpy(np.float64), counts)
        died = np.repeat(known["died"].to_numpy(bool), counts)
        curve = survival_curve(days, died).to_frame()
        label = "all" if birth_type is None else str(int(birth_type))
        last = curve.iloc[-1]
        summary.append(
            {"birth_type": label, "born": int(counts.sum()), "died": int(died.sum()),
             "survival": 100 * last["survival"], "lower": 100 * last["lower"],
             "upper": 100 * last["upper"], "to_day": horizon,
             "unknown": int(here["animals"].sum() - counts.sum())}
        )  # fmt: skip
        told = curve[curve["events"] > 0]
        shares = {name: 100 * told[name] for name in ("survival", "lower", "upper")}
        curves += told.assign(birth_type=label, day=told["time"], **shares).to_dict("records")
    return {"survival_by_birth_type": summary, "survival_curve": curves}


def inbreeding(own: pd.DataFrame, others: pd.DataFrame) -> list[dict[str, Any]]:
    """Inbreeding of the farm's animals by birth year, in percent; `others` are their ancestors."""
    if own.empty:
        return []
    everyone = pd.concat([own, others], ignore_index=True)
    known = set(everyone["id"])
    for column in ("sire", "dam"):  # a parent that may not be seen is unknown
        everyone[column] = everyone[column].where(everyone[column].isin(known), None)
    try:
        pedigree = ag.Pedigree.from_frame(everyone)
    except PedigreeError as error:
        first = str(error.problems[0])
        message = f"The pedigree of the farm contradicts itself: {first}"
        raise Invalid("reports.pedigree", message) from None
    values = pd.Series(100 * pedigree.inbreeding(), index=pd.Index(pedigree.ids))
    mine = own.dropna(subset=["birth_year"])
    mine = mine.assign(f=values.reindex(mine["id"]).to_numpy())
    both = mine["sire"].notna() & mine["dam"].notna()
    groups = mine.assign(both=both, close=mine["f"] > 6.25).groupby("birth_year")
    table = groups.agg(
        animals=("id", "size"), both_parents=("both", "sum"), mean=("f", "mean"),
        highest=("f", "max"), above_625=("close", "sum"),
    )  # fmt: skip
    return table.reset_index().to_dict("records")


def missing_parents(known: set[str], rows: pd.DataFrame) -> list[str]:
    """Parents in these rows that are not known yet."""
    named = pd.concat([rows["sire"], rows["dam"]]).dropna()
    return sorted(set(named) - known)


def shares(rows: Sequence[dict[str, Any]], group: str, count: str) -> list[dict[str, Any]]:
    """The rows with `percent`: their part of the count of their group."""
    totals: dict[Any, int] = {}
    for row in rows:
        totals[row[group]] = totals.get(row[group], 0) + row[count]
    return [{**row, "percent": 100 * row[count] / totals[row[group]]} for row in rows]
