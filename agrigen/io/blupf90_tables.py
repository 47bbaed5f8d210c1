"""The data and pedigree files of the BLUPF90 programs: columns separated by blanks, no header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pandas as pd

from agrigen.errors import DataError, PedigreeError, Problem, name_some
from agrigen.pedigree import Pedigree
from agrigen.types import Floats

ORIGINAL_ID = 10
"""Column in which RENUMF90 keeps the animal's own id."""
CODE_SLACK = 1
"""inb/upg codes are rounded to whole numbers."""


def read_table(path: str | PathLike[str], what: str, *, skip: int = 0) -> pd.DataFrame:
    """All cells as text; columns are called 1, 2, ... as parameter files call them."""
    try:
        frame = pd.read_csv(
            path, sep=r"\s+", header=None, dtype=str, keep_default_na=False, skiprows=skip
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).strip()
        text = f"The {what} file {path} cannot be read: {reason}."
        remedy = "Give a text file with blanks between columns, the same columns on all rows."
        raise DataError([Problem("unreadable", (), text, remedy)]) from None
    frame.columns = pd.RangeIndex(1, len(frame.columns) + 1)
    return frame


def missing_columns(frame: pd.DataFrame, positions: Sequence[int], what: str) -> list[Problem]:
    """Positions that a file does not have."""
    wrong = sorted({p for p in positions if p < 0 or p > len(frame.columns)})
    if not wrong:
        return []
    text = (
        f"Column {name_some([str(p) for p in wrong])} of the {what} file is asked for, which has "
        f"{len(frame.columns)} columns."
    )
    return [Problem("missing_column", (), text, "Correct the position.")]


@dataclass(frozen=True, eq=False)
class PedigreeFile:
    """A pedigree as a BLUPF90 file holds it: codes, and the animals' own ids where it has them."""

    pedigree: Pedigree
    ids: Mapping[str, str]
    notes: tuple[Problem, ...] = ()


def read_pedigree_file(
    path: str | PathLike[str], kind: str, *, grouped: bool, inbred: bool
) -> PedigreeFile:
    """The pedigree of a random effect of type `add_...`."""
    frame = read_table(path, "pedigree")
    if len(frame.columns) < 3:
        text = f"The pedigree file {path} has {len(frame.columns)} columns."
        raise PedigreeError([Problem("missing_column", (), text, "Give animal, sire and dam.")])
    own, sire, dam = (frame[column].astype(object) for column in (1, 2, 3))
    ids = _original_ids(frame)
    parents = pd.unique(pd.concat([sire, dam]))
    outside = sorted(set(parents) - set(own) - {"0"}, key=_by_number)
    if outside and not grouped:
        text = (
            f"{name_some(outside)} are parents in {path} and have no row of their own there: "
            f"{kind} takes them for animals without a variance."
        )
        raise PedigreeError(
            [Problem("no_row", tuple(outside), text, "Add a row for each, with parents 0 0.")]
        )
    groups = {code: f"group {code}" for code in outside}
    words = {**ids, **groups}
    own, sire, dam = (part.map(lambda code: words.get(code, code)) for part in (own, sire, dam))
    grandsires = kind == "add_sire"
    names = list(groups.values())
    pedigree = build_pedigree(own, sire, dam, names, grandsires=grandsires)
    notes = _code_notes(frame, pedigree, own) if inbred else ()
    return PedigreeFile(pedigree, ids, notes)


def build_pedigree(
    ids: pd.Series,
    sires: pd.Series,
    dams: pd.Series,
    groups: list[str],
    *,
    grandsires: bool = False,
) -> Pedigree:
    """A pedigree of dams or maternal grandsires, with unknown-parent groups where there are any."""
    maternal = "grandsire" if grandsires else "dam"
    return Pedigree(ids, sires, dams, groups=groups, maternal=maternal)


def _by_number(code: str) -> tuple[int, str]:
    return (int(code) if code.lstrip("-").isdigit() else 0, code)


def _original_ids(frame: pd.DataFrame) -> dict[str, str]:
    """The own ids that RENUMF90 keeps in its last column, by code."""
    if len(frame.columns) < ORIGINAL_ID or frame[ORIGINAL_ID].duplicated().any():
        return {}
    return dict(zip(frame[1], frame[ORIGINAL_ID], strict=True))


def inbreeding_codes(pedigree: Pedigree) -> Floats:
    """The inb/upg code of every animal, as add_an_upginb reads it from the fourth column.

    1000 / d, where d is the Mendelian sampling variance in units of the genetic variance: 1000
    without parents, 1333 with one, 2000 with two that are not inbred.
    """
    precision = pedigree.structure(inbreeding=True).precision
    return 1000.0 * np.asarray(precision)


def _code_notes(frame: pd.DataFrame, pedigree: Pedigree, ids: pd.Series) -> tuple[Problem, ...]:
    """Where the codes in the file say other inbreeding than the pedigree does."""
    if len(frame.columns) < 4:
        return ()
    given = pd.to_numeric(frame[4], errors="coerce").to_numpy(np.float64)
    places = np.array([pedigree.index(id) for id in ids])
    off = np.abs(given - inbreeding_codes(pedigree)[places]) > CODE_SLACK
    if not off.any():
        return ()
    animals = tuple(str(id) for id in ids[off])
    text = f"The inb/upg code of {name_some(animals)} is not what the pedigree itself gives."
    remedy = "The inbreeding of the pedigree is used."
    return (Problem("inbreeding_code", animals, text, remedy),)
