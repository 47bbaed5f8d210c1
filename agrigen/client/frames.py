"""Lists of items as data frames with dates as dates."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

DATES = ("birth_date", "recorded_on")


def frame_of(items: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> pd.DataFrame:
    """One row per item; named columns come first and are there even without rows."""
    rows = list(items)
    found = dict.fromkeys([*columns, *(name for row in rows for name in row)])
    frame = pd.DataFrame(rows, columns=list(found))
    for name in frame.columns.intersection(DATES):
        frame[name] = pd.to_datetime(frame[name])
    for name in [name for name in frame.columns if str(name).endswith("_at")]:
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
