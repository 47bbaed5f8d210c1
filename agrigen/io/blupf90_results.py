"""Read what the BLUPF90 programs computed: the file `solutions`, and variances from a log."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.io.blupf90_parameters import Section, fortran_number, square
from agrigen.io.blupf90_write import EFFECTS, LEVELS, MEAN, TRAITS
from agrigen.types import Floats

COLUMNS = ["effect", "trait", "level", "coefficient", "solution", "se"]
VARIANCE_COLUMNS = ["effect", "row", "column", "value", "se"]


def read_blupf90_solutions(
    path: str | PathLike[str], job: str | PathLike[str] | None = None
) -> pd.DataFrame:
    """The solutions of a BLUPF90 run, with names where the job's tables of codes are given.

    Parameters
    ----------
    path
        The file `solutions` (with or without standard errors).
    job
        Folder that `write_blupf90` wrote: effects, traits and levels get their names, and fixed
        effects are told as in an evaluation here, as differences from the first level with an
        intercept. Their standard errors are left out, for differences have others.

    Returns
    -------
    pandas.DataFrame
        effect, trait, level, coefficient, solution, se. Without a job the first three are the
        program's numbers.
    """
    raw = _read_solutions(path)
    if job is None:
        return raw.assign(coefficient=pd.array([pd.NA] * len(raw), dtype="Int64"))[COLUMNS]
    folder = Path(job)
    tables = {name: _table(folder / name) for name in (TRAITS, EFFECTS, LEVELS)}
    return _named(raw, tables[TRAITS], tables[EFFECTS], tables[LEVELS])


def _read_solutions(path: str | PathLike[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, sep=r"\s+", header=None, skiprows=1, dtype=str)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).strip()
        raise _unreadable(path, f"cannot be read: {reason}") from None
    if len(frame.columns) not in (4, 5):
        raise _unreadable(path, f"has {len(frame.columns)} columns, not 4 or 5")
    numbers = frame.map(fortran_number)
    if numbers.isna().any(axis=None):
        raise _unreadable(path, "holds texts among its numbers")
    numbers.columns = ["trait", "effect", "level", "solution", "se"][: len(frame.columns)]
    if "se" not in numbers:
        numbers["se"] = np.nan
    return numbers.astype({"trait": int, "effect": int, "level": int})


def _unreadable(path: str | PathLike[str], why: str) -> DataError:
    text = f"The solutions {path} {why}."
    remedy = "Give the file 'solutions' of blupf90: a header, then trait, effect, level, solution."
    return DataError([Problem("unreadable", (), text, remedy)])


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        text = f"The table of codes {path.name} is not beside the job."
        remedy = "Name the folder that was written with the job."
        raise DataError([Problem("unreadable", (), text, remedy)]) from None


def _named(
    raw: pd.DataFrame, traits: pd.DataFrame, effects: pd.DataFrame, levels: pd.DataFrame
) -> pd.DataFrame:
    """Names instead of numbers, factors as differences from their first level."""
    names = traits.set_index(traits["code"].astype(int))["trait"]
    effects = effects.set_index(effects["number"].astype(int))
    words = {
        table: part.set_index(part["code"].astype(int))["level"]
        for table, part in levels.groupby("table")
    }
    intercept = dict.fromkeys(names.index, 0.0)
    parts = []
    for (number, trait), part in raw.groupby(["effect", "trait"], sort=True):
        effect = effects.loc[number]
        if str(trait) not in effect["traits"].split():
            continue  # the program lists zeros for traits that lack the effect
        part, first = _differences(part, effect, list(names.index).index(trait))
        intercept[trait] += first
        if effect["effect"] == MEAN:
            continue
        table = words.get(effect["table"])
        parts.append(
            pd.DataFrame(
                {
                    "effect": effect["effect"],
                    "trait": names[trait],
                    "level": "" if table is None else table.reindex(part["level"]).to_numpy(),
                    "coefficient": effect["coefficient"],
                    "solution": part["solution"].to_numpy(),
                    "se": part["se"].to_numpy(),
                }
            )
        )
    head = pd.DataFrame({"effect": MEAN, "trait": names.to_numpy(), "level": ""})
    head = head.assign(coefficient="", solution=list(intercept.values()), se=np.nan)
    frame = pd.concat([head, *parts], ignore_index=True)[COLUMNS]
    frame["coefficient"] = pd.array([int(c) if c else pd.NA for c in frame["coefficient"]], "Int64")
    return frame


def _differences(part: pd.DataFrame, effect: pd.Series, trait: int) -> tuple[pd.DataFrame, float]:
    """A factor as differences from its first level, and that level's part of the intercept."""
    if effect["effect"] == MEAN:
        return part, float(part["solution"].iloc[0])
    if not effect["first"]:
        return part, 0.0
    first = int(effect["first"].split()[trait])
    base = float(part.loc[part["level"] == first, "solution"].iloc[0])
    return part.assign(solution=part["solution"] - base, se=np.nan), base


def read_blupf90_variances(path: str | PathLike[str]) -> pd.DataFrame:
    """The last (co)variances in a log of remlf90, airemlf90 or blupf90+ (method VCE).

    A best effort: these logs are made for people and differ between versions. Understood are the
    blocks `Genetic variance(s) for effect n` and `Residual variance(s)` with, where they follow,
    `SE for G` and `SE for R`.

    Returns
    -------
    pandas.DataFrame
        effect (the job's number of the first effect, or `residual`), row, column, value, se. Rows
        are effect by effect, then trait by trait, as in the parameter file.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        text = f"The log {path} cannot be read: {error.strerror}."
        raise DataError([Problem("unreadable", (), text, "Check its name.")]) from None
    found = _blocks(lines)
    if not any(name == "residual" for name, _ in found):
        text = f"The log {path} holds no residual variance."
        remedy = "Give the log of a run that estimated variances and ended well."
        raise DataError([Problem("no_variances", (), text, remedy)])
    values: dict[str, Floats] = {}
    errors: dict[str, Floats] = {}
    pending: list[str] = []
    for name, matrix in found:
        if name == "SE for R":
            errors["residual"] = matrix
        elif name == "SE for G":
            if pending:
                errors[pending.pop(0)] = matrix
        else:
            values[name] = matrix
            pending += [name] if name != "residual" and name not in pending else []
    return pd.DataFrame(_entries(values, errors), columns=VARIANCE_COLUMNS)


def _entries(values: dict[str, Floats], errors: dict[str, Floats]) -> list[tuple[Any, ...]]:
    return [
        (name, row + 1, column + 1, matrix[row, column], _entry(errors.get(name), row, column))
        for name, matrix in values.items()
        for row in range(len(matrix))
        for column in range(row + 1)
    ]


def _entry(matrix: Floats | None, row: int, column: int) -> float:
    return np.nan if matrix is None or len(matrix) <= row else float(matrix[row, column])


def _blocks(lines: list[str]) -> list[tuple[str, Floats]]:
    """Every named square matrix of a log, in its order."""
    found = []
    for place, line in enumerate(lines):
        name = _block_name(line)
        if name is None:
            continue
        rows: list[list[float]] = []
        for below in lines[place + 1 :]:
            numbers = [fortran_number(word) for word in below.split()]
            row = [number for number in numbers if number is not None]
            if not row or len(row) != len(numbers):
                break
            rows.append(row)
        words = [f"{value!r}" for row in rows for value in row]
        matrix, problem = square(Section(name, "", (" ".join(words),)), len(rows))
        if rows and problem is None:
            found.append((name, matrix))
    return found


def _block_name(line: str) -> str | None:
    words = line.strip()
    if words.startswith("Genetic variance(s) for effect"):
        return words.split()[4]
    if words.startswith("Residual variance(s)"):
        return "residual"
    return words if words in ("SE for G", "SE for R") else None
