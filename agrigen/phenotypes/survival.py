"""Time until something happens, with animals for which it has not happened yet."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from agrigen.citations import Citation
from agrigen.phenotypes.checks import numbers, refusal, refuse
from agrigen.phenotypes.sources import KAPLAN_1958
from agrigen.types import Floats


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """Share of the animals to which it has not happened, by time.

    Attributes
    ----------
    frame
        One row a time at which it happened or an animal left observation: time, at_risk, events,
        censored, survival, standard_error (Greenwood), lower and upper.
    confidence
        Of the interval from lower to upper.
    """

    frame: pd.DataFrame
    confidence: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (KAPLAN_1958,)

    def at(self, time: npt.ArrayLike) -> Floats:
        """Share that is left after a time; nan after the last animal was seen."""
        when = np.asarray(time, dtype=np.float64)
        times = self.frame["time"].to_numpy()
        steps = np.concatenate([[1.0], self.frame["survival"].to_numpy()])
        share = steps[np.searchsorted(times, when, side="right")]
        return np.where(when <= times[-1], share, np.where(steps[-1] == 0, 0.0, np.nan))

    def quantile(self, share: float = 0.5) -> float:
        """First time at which that share has had it; nan if it is not reached. 0.5: the median."""
        if not 0 < share < 1:
            raise refusal("share", f"The share is {share}.", "Give one between 0 and 1.")
        # A sum of rounding errors must not move the median by one event.
        reached = np.flatnonzero(self.frame["survival"].to_numpy() <= 1 - share + 1e-12)
        return float(self.frame["time"].iloc[reached[0]]) if reached.size else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row a time."""
        return self.frame

    def __repr__(self) -> str:
        events, censored = self.frame["events"].sum(), self.frame["censored"].sum()
        return (f"Survival of {events + censored:,} animals, {events:,} events; "
                f"median {self.quantile():g}")  # fmt: skip


def survival_curve(
    time: npt.ArrayLike,
    event: Any,
    *,
    entry: npt.ArrayLike = 0.0,
    confidence: float = 0.95,
) -> SurvivalCurve:
    """Kaplan-Meier estimate of the share that is left.

    Parameters
    ----------
    time
        When it happened, or when the animal was last seen; days open, age at disposal.
    event
        Whether it happened (true) or the animal was only last seen then (false: sold, still here).
    entry
        When an animal came under observation: one bought at three years tells nothing of survival
        to two.
    confidence
        Of the interval, by the logarithm of the share (the default of R's survfit).

    Raises
    ------
    DataError
        If a number is missing, or an animal left before it came.

    Notes
    -----
    Assumes that leaving observation tells nothing of the event: animals sold because they are
    open break that. Animals that leave at the time of an event are at risk of it.

    References
    ----------
    Kaplan and Meier 1958, J. Am. Stat. Assoc. 53:457, doi:10.1080/01621459.1958.10501452
    """
    if not 0 < confidence < 1:
        raise refusal("confidence", f"The confidence is {confidence}.", "Give 0.95 or the like.")
    when, happened, start = (
        np.atleast_1d(one) for one in numbers(time=time, event=event, entry=entry)
    )
    if not when.size:
        raise refusal("few", "There are no animals.", "Give at least one.")
    refuse(np.isnan(when) | np.isnan(happened) | np.isnan(start), when,
           "A time, event or entry is missing", "Leave such animals out.")  # fmt: skip
    refuse((happened != 0) & (happened != 1), happened, "An event is neither true nor false",
           "Give true where it happened.")  # fmt: skip
    refuse(when <= start, when, "An animal left when it came or before",
           "Give times after the entry, which is 0 if not given.")  # fmt: skip
    times, place = np.unique(when, return_inverse=True)
    events = np.bincount(place, happened)
    gone = np.bincount(place) - events
    left_before = np.searchsorted(np.sort(when), times, side="left")
    at_risk = np.searchsorted(np.sort(start), times, side="left") - left_before
    share = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.cumsum(events / (at_risk * (at_risk - events)))
    root = np.where(share > 0, np.sqrt(terms), np.nan)
    half = ndtri(0.5 + confidence / 2) * root
    frame = pd.DataFrame(
        {
            "time": times, "at_risk": at_risk, "events": events.astype(np.int64),
            "censored": gone.astype(np.int64), "survival": share,
            "standard_error": np.where(share > 0, share * root, np.nan),
            "lower": share * np.exp(-half), "upper": np.minimum(share * np.exp(half), 1.0),
        }
    )  # fmt: skip
    return SurvivalCurve(frame, confidence)
