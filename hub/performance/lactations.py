"""Births, dry-offs and test days into lactations; formulas are those of `agrigen.phenotypes`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError
from agrigen.phenotypes import (
    LactationStandard,
    best_prediction,
    corrected_milk,
    daily_prediction,
    dairy_standards,
    expected_yields,
    fit_curves,
    lactation_yields,
    persistency,
    somatic_cell_score,
    standard_for,
)
from hub.events.machine import SAME_BIRTH
from hub.performance.schemas import (
    CurvePoint,
    Lactation,
    LactationCurve,
    LactationDetail,
    TestDay,
)

STANDARD_DAYS = {"cattle": 305, "goat": 305, "sheep": 180}
"""Standard length; those of goats and sheep differ among countries and can be given."""
SILENT_DAYS = 120
"""Without a test for so long, and without a dry-off, a lactation is taken as over."""
AFTER_LAST_TEST = 14
"""Days in milk after the last test where the dry-off was not recorded: half an interval."""
CURVE_STEP = 5
CURVE_TESTS = 4
"""Fewest tests that a Wilmink curve, of three numbers, is drawn through."""
HOLSTEIN = "cows of US Holstein herds"


@dataclass(frozen=True)
class Herd:
    """What lactations in progress are projected with: standards by parity, and expected yields.

    `told` says it in words, or why there is no projection.
    """

    standards: Mapping[int, LactationStandard]
    expected: Mapping[int, float]
    told: str


def herd(species: str, tests: pd.DataFrame, days: int) -> Herd:
    """The standard of a herd from its latest tests."""
    count = len(tests)
    if species == "cattle":
        standards = dairy_standards()
        if days > min(one.days for one in standards.values()):
            return Herd({}, {}, f"No standard of cows is as long as {days} days.")
        expected = expected_yields(tests, standards, days=days)
        level = f"brought to this herd's level by its last {count:,} tests"
        return Herd(standards, expected, f"Standard of {HOLSTEIN}, {level}.")
    try:
        own = LactationStandard.from_tests(tests, days=days)
    except DataError:
        return Herd({}, {}, "A projection needs 500 tests of the farm, from early and late in "
                    f"{days} days of milk; there are {count:,}.")  # fmt: skip
    return Herd({1: own}, {1: float(own.mean[:days].sum())}, f"This farm's own {count:,} tests.")


@dataclass(frozen=True)
class Computed:
    """One row a lactation, and its test days; `lactation` is the parturition's id in both."""

    frame: pd.DataFrame
    tests: pd.DataFrame
    herd: Herd
    days: int
    unplaced: int


def compute(
    history: pd.DataFrame, tests: pd.DataFrame, *, herd: Herd, days: int, today: date,
    wanted: Iterable[str] | None = None,
) -> Computed:  # fmt: skip
    """Yields and projections of lactations, all together; `wanted` are parturitions."""
    begun = _ends(_calvings(history), history)
    placed, unplaced = _placed(tests, begun)
    if wanted is not None:
        begun = begun[begun["lactation"].isin(list(wanted))]
        placed = placed[placed["lactation"].isin(begun["lactation"])]
    begun = begun[begun["lactation"].isin(placed.loc[placed["milk"].notna(), "lactation"])]
    placed = placed[placed["lactation"].isin(begun["lactation"])]
    begun = _closed(begun, placed, pd.Timestamp(today))
    frame = _yields(begun, placed, days)
    frame = _projected(frame, placed, herd, days)
    return Computed(frame, placed, herd, days, unplaced)


def tell(computed: Computed, tags: Mapping[str, str]) -> list[Lactation]:
    """Lactations as they are shown, newest first."""
    rows = computed.frame.to_dict("records")
    return [Lactation(**_values(row, computed, tags)) for row in rows]


def tell_details(computed: Computed, tags: Mapping[str, str]) -> list[LactationDetail]:
    """Lactations with their test days and curves, newest first."""
    of = dict(iter(computed.tests.groupby("lactation")))
    rows = computed.frame.to_dict("records")
    return [_detail(row, of[row["lactation"]], computed, tags) for row in rows]


def _calvings(history: pd.DataFrame) -> pd.DataFrame:
    """What lactations begin with, their number and the day of the next one.

    Births that were told within three days are one: the last lamb came next morning.
    """
    born = history[history["kind"] == "begin"].sort_values(["animal", "day", "event"])
    apart = born.groupby("animal", sort=False)["day"].diff().dt.days
    born = born[~(apart <= SAME_BIRTH)]
    groups = born.groupby("animal", sort=False)
    return pd.DataFrame(
        {
            "lactation": born["event"], "animal": born["animal"], "calved": born["day"],
            "parity": groups.cumcount() + 1, "next": groups["day"].shift(-1),
        }
    ).reset_index(drop=True)  # fmt: skip


def _ends(begun: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """The first dry-off or disposal after each parturition."""
    ends = history[history["kind"] != "begin"].sort_values("day")
    found = pd.merge_asof(
        ends, begun.sort_values("calved")[["lactation", "animal", "calved"]],
        left_on="day", right_on="calved", by="animal", allow_exact_matches=False,
    )  # fmt: skip
    first = found.dropna(subset=["lactation"]).drop_duplicates("lactation")
    return begun.assign(ended=_of(begun, first.set_index("lactation")["day"]))


def _of(begun: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Values by lactation in the order of the frame; `map` cannot for none at all."""
    found = values.reindex(begun["lactation"].to_numpy())
    return pd.Series(found.to_numpy(), index=begun.index)


def _placed(tests: pd.DataFrame, begun: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Each test day with the lactation it falls into, and how many fall into none."""
    found = pd.merge_asof(
        tests.sort_values("day"),
        begun.sort_values("calved")[["lactation", "animal", "calved", "ended", "next"]],
        left_on="day", right_on="calved", by="animal",
    )  # fmt: skip
    known = found["lactation"].notna()
    found = found[known].assign(dim=lambda one: (one["day"] - one["calved"]).dt.days)
    return found.assign(late=found["day"] > found["ended"]), int((~known).sum())


def _closed(begun: pd.DataFrame, placed: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Lactations without a dry-off that are over: by the next birth, or by long silence."""
    last = placed[placed["milk"].notna() & ~placed["late"]].groupby("lactation")["day"].max()
    latest = _of(begun, last)
    silent = (today - latest).dt.days > SILENT_DAYS
    open_ = begun["ended"].isna() & (begun["next"].notna() | silent)
    ended = (latest + pd.Timedelta(days=AFTER_LAST_TEST)).clip(upper=today)
    ended = ended.where(begun["next"].isna() | (ended < begun["next"]), begun["next"])
    return begun.assign(ended=begun["ended"].where(~open_, ended), guessed=open_)


def _yields(begun: pd.DataFrame, placed: pd.DataFrame, days: int) -> pd.DataFrame:
    """Test-interval yields; lactations whose tests are all after their end are left out."""
    used = placed[~placed["late"]]
    begun = begun[begun["lactation"].isin(used.loc[used["milk"].notna(), "lactation"])]
    used = used[used["lactation"].isin(begun["lactation"])]
    if not len(begun):
        return begun
    length = (begun["ended"] - begun["calved"]).dt.days
    end = pd.Series(length.to_numpy(np.float64), index=begun["lactation"].to_numpy()).dropna()
    found = lactation_yields(used, components=["fat", "protein"], end=end, days=days).frame
    found = found.rename(columns=lambda name: name.replace(f"_{days}_", "_standard_"))
    found["ecm_kg"] = corrected_milk(
        found["milk_kg"], _possible(found["fat_percent"]), _possible(found["protein_percent"])
    )
    joined = begun.merge(found, on="lactation", how="left", validate="1:1")
    joined = joined.merge(_lasts(used), on="lactation", how="left")
    late = placed[placed["late"]].groupby("lactation").size()
    twice = placed[placed["milkings"] > 1].groupby("lactation").size()
    joined["late_tests"] = _of(joined, late).fillna(0).astype(int)
    joined["twice"] = _of(joined, twice).fillna(0).astype(int)
    order = ["calved", "lactation"]
    return joined.sort_values(order, ascending=False).reset_index(drop=True)


def _possible(percent: pd.Series) -> pd.Series:
    """Contents can only be computed where both have tests."""
    return percent.where(percent.between(0, 100))


def _lasts(used: pd.DataFrame) -> pd.DataFrame:
    """The last test's milk and cells, and the mean cell score, of each lactation."""
    used = used.sort_values(["lactation", "day"])
    used = used.assign(score=_scores(used))
    milked = used[used["milk"].notna()].groupby("lactation")
    counted = used[used["score"].notna()].groupby("lactation")
    return pd.DataFrame(
        {
            "last_test": milked["day"].last(), "last_milk": milked["milk"].last(),
            "last_scc": counted["scc"].last(), "mean_scs": counted["score"].mean(),
        }
    ).reset_index(names="lactation")  # fmt: skip


def _scores(tests: pd.DataFrame) -> Any:
    """Cell scores from cells; those recorded as scores where there are no cells."""
    made = somatic_cell_score(tests["scc"].where(tests["scc"] > 0))
    return np.where(np.isnan(made), tests["scs"].to_numpy(np.float64), made)


def _projected(frame: pd.DataFrame, placed: pd.DataFrame, herd: Herd, days: int) -> pd.DataFrame:
    """Best prediction of the lactations in progress that have not reached the standard length."""
    nothing = {"projected": np.nan, "error": np.nan, "reliability": np.nan}
    frame = frame.assign(**nothing)
    if not len(frame) or not herd.standards:
        return frame
    open_ = frame[~frame["finished"].astype(bool) & (frame["last_dim"] < days)]
    tests = placed[placed["lactation"].isin(open_["lactation"]) & ~placed["late"]]
    if not len(tests):
        return frame
    parity = open_.set_index("lactation")["parity"]
    tests = tests.assign(parity=tests["lactation"].map(parity))
    expected = parity.map(lambda one: standard_for(herd.expected, one))
    found = best_prediction(
        tests, herd.standards, parity="parity", expected=expected, days=days
    ).frame.set_index("lactation")
    return frame.assign(
        projected=_of(frame, found["yield_kg"]),
        error=_of(frame, found["standard_error"]),
        reliability=_of(frame, found["reliability"]),
    )


def _values(row: dict[str, Any], computed: Computed, tags: Mapping[str, str]) -> dict[str, Any]:
    finished = bool(row["finished"])
    kilograms = {
        name: _number(row[name], 2)
        for name in ("milk_kg", "fat_kg", "fat_percent", "protein_kg", "protein_percent", "ecm_kg",
                     "milk_standard_kg", "fat_standard_kg", "protein_standard_kg")
    }  # fmt: skip
    return {
        "animal_id": row["animal"], "tag": tags.get(row["animal"], ""),
        "event_id": row["lactation"], "parity": row["parity"], "calved_on": row["calved"].date(),
        "ended_on": row["ended"].date() if finished else None, "finished": finished,
        "tests": row["tests"], "last_test_on": row["last_test"].date(),
        "days_in_milk": int(row["end_dim"]), **kilograms, "standard_days": computed.days,
        "projected_kg": _number(row["projected"], 1),
        "projected_error_kg": _number(row["error"], 1),
        "reliability": _number(row["reliability"], 3),
        "projection": _told(row, computed), "last_milk_kg": _number(row["last_milk"], 2),
        "mean_scs": _number(row["mean_scs"], 2), "last_scc": _number(row["last_scc"], 1),
        "longest_interval_days": _whole(row["longest_interval"]), "remarks": _remarks(row),
    }  # fmt: skip


def _told(row: dict[str, Any], computed: Computed) -> str:
    """What a lactation was projected with, or why it was not."""
    if row["finished"]:
        return "The lactation is finished."
    if row["last_dim"] >= computed.days:
        return f"Day {computed.days} is reached."
    return computed.herd.told


def _remarks(row: dict[str, Any]) -> list[str]:
    told = [one for one in row["flags"].split("; ") if one]
    if row["late_tests"]:
        told.append(f"tests after the end, left out: {row['late_tests']}")
    if row["twice"]:
        told.append(f"days with several yields, counted as their mean: {row['twice']}")
    if row["guessed"] and row["finished"]:
        told.append("no dry-off recorded: counted to 14 days after the last test")
    return told


def _detail(
    row: dict[str, Any], tests: pd.DataFrame, computed: Computed, tags: Mapping[str, str]
) -> LactationDetail:
    tests = tests.sort_values("day")
    used = tests[~tests["late"] & tests["milk"].notna()]
    share = persistency(used).iloc[0]
    return LactationDetail(
        **_values(row, computed, tags), persistency=_number(share, 1),
        test_days=_test_days(tests), curve=_curve(row, used, computed),
    )  # fmt: skip


def _test_days(tests: pd.DataFrame) -> list[TestDay]:
    scores = _scores(tests)
    fat, protein = _possible(tests["fat"]), _possible(tests["protein"])
    ecm = corrected_milk(tests["milk"], fat, protein)
    return [
        TestDay(
            tested_on=row["day"].date(), dim=row["dim"], milk_kg=_number(row["milk"], 2),
            fat_percent=_number(row["fat"], 3), protein_percent=_number(row["protein"], 3),
            lactose_percent=_number(row["lactose"], 3), urea=_number(row["urea"], 1),
            scc=_number(row["scc"], 1), scs=_number(score, 2), ecm_kg=_number(energy, 2),
            used=not row["late"] and not np.isnan(row["milk"]),
        )
        for row, score, energy in zip(tests.to_dict("records"), scores, ecm, strict=True)
    ]  # fmt: skip


def _curve(row: dict[str, Any], used: pd.DataFrame, computed: Computed) -> LactationCurve:
    """The prediction day by day of a lactation in progress; else a curve through the tests."""
    if not np.isnan(row["projected"]):
        standard = standard_for(computed.herd.standards, row["parity"])
        inside = used[used["dim"].between(1, standard.days)]
        found = daily_prediction(
            inside["dim"].to_numpy(), inside["milk"].to_numpy(), standard,
            expected=standard_for(computed.herd.expected, row["parity"]), days=computed.days,
        )  # fmt: skip
        points = found.iloc[::CURVE_STEP][["day", "predicted", "standard_error"]].to_numpy()
        return LactationCurve(kind="best prediction", points=[_point(*one) for one in points])
    last = int(max(row["end_dim"], 1))
    if used["dim"].between(1, last).sum() < CURVE_TESTS:
        return LactationCurve(kind="", points=[])
    daily = fit_curves(used, days=last).daily()[0]
    return LactationCurve(
        kind="wilmink",
        points=[_point(day, daily[day - 1], None) for day in range(1, last + 1, CURVE_STEP)],
    )


def _point(day: float, milk: float, error: float | None) -> CurvePoint:
    return CurvePoint(
        day=int(day), milk_kg=round(max(float(milk), 0), 2),
        error_kg=None if error is None else round(float(error), 2),
    )  # fmt: skip


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _number(value: Any, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
