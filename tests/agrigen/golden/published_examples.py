"""Published examples as they are carried in published/*.json: load them, and check tables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag

FOLDER = Path(__file__).parent / "published"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True, eq=False)
class Example:
    """One example: model file mapping, records, pedigree rows and what was printed."""

    name: str
    model: dict[str, Any]
    data: pd.DataFrame
    rows: list[tuple[str, str, str]]
    groups: list[str]
    checks: list[dict[str, Any]]

    def pedigree(self) -> ag.Pedigree:
        """As the package takes it."""
        groups = {"groups": self.groups} if self.groups else {}
        return ag.Pedigree(*map(list, zip(*self.rows, strict=True)), **groups)

    def evaluate(self, **options: Any) -> ag.Evaluation:
        """Run it through the door that everybody uses: the words of a model file."""
        file = ag.load_model(self.model)
        pedigree = self.pedigree() if file.model.animal else None
        return ag.evaluate(file.model, self.data, pedigree, file.variances, **options)


@cache
def example(name: str) -> Example:
    """A carried example by its name."""
    given = json.loads((FOLDER / f"{name}.json").read_text())
    rows = list(zip(*[given["pedigree"][key] for key in ("id", "sire", "dam")], strict=True))
    data = pd.DataFrame(given["data"])
    return Example(name, given["model"], data, rows, given.get("groups", []), given["checks"])


def found(check: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """What our tables say for a check, in the order of its values."""
    if "sums" in check:
        return np.array([_sum(parts, tables["solutions"]) for parts in check["sums"]])
    table = tables[check["table"]]
    for key, value in check["where"].items():
        table = table[table[key] == value]
    values = table.set_index(table[check["by"]].astype(str))[check["column"]]
    return values.loc[check["keys"]].to_numpy(float)


def _sum(parts: list[list[Any]], solutions: pd.DataFrame) -> float:
    return sum(factor * _solution(solutions, *part) for factor, *part in parts)


def _solution(
    solutions: pd.DataFrame, effect: str, trait: str, level: str, coefficient: int | None
) -> float:
    mine = solutions[(solutions.effect == effect) & (solutions.trait == trait)]
    mine = mine[mine.level.astype(str) == level]
    if coefficient is not None:
        mine = mine[mine.coefficient == coefficient]
    return float(mine.solution.item())
