"""A model with the records, pedigree and variances it belongs to, whichever format they came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from agrigen.errors import Problem
from agrigen.evaluation.model import Model
from agrigen.evaluation.result import Evaluation
from agrigen.pedigree import Pedigree


@dataclass(frozen=True, eq=False)
class DataSet:
    """What another program's files hold, in the words of this library.

    Attributes
    ----------
    model, data, pedigree, variances
        As `evaluate` takes them.
    notes
        What the reader did that is worth knowing: options that were not carried over, for example.
    """

    model: Model
    data: pd.DataFrame
    pedigree: Pedigree | None
    variances: Mapping[str, Any]
    notes: tuple[Problem, ...] = field(default=())

    def evaluate(self, **options: Any) -> Evaluation:
        """Run the model on its records; options are those of `evaluate`."""
        from agrigen.evaluation import evaluate  # compiled kernels: only where they are used

        return evaluate(self.model, self.data, self.pedigree, self.variances, **options)

    def to_frame(self) -> pd.DataFrame:
        """The records."""
        return self.data

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write model.yaml, records.csv and pedigree.csv, ready for `agrigen evaluate`."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        self.data.to_csv(target / "records.csv", index=False)
        mapping: dict[str, Any] = {"data": "records.csv"}
        if self.pedigree is not None:
            _pedigree_frame(self.pedigree).to_csv(target / "pedigree.csv", index=False)
            mapping["pedigree"] = "pedigree.csv"
            if self.pedigree.groups:
                mapping["groups"] = list(self.pedigree.groups)
            if self.pedigree.gamma is not None:
                mapping["gamma"] = plain(self.pedigree.gamma)
        mapping |= plain(self.model.to_mapping())
        mapping["variances"] = plain(self.variances)
        mapping["output"] = "results"
        path = target / "model.yaml"
        path.write_text(
            yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True, default_flow_style=None),
            encoding="utf-8",
        )
        return path

    def __repr__(self) -> str:
        animals = "no pedigree" if self.pedigree is None else f"{len(self.pedigree)} animals"
        effects = ", ".join(effect.name for effect in self.model.effects)
        lines = [
            f"Data set: {len(self.data)} records, {animals}",
            f"traits {', '.join(self.model.traits)}; effects {effects}",
            *(f"note: {note}" for note in self.notes),
        ]
        return "\n".join(lines)


def _pedigree_frame(pedigree: Pedigree) -> pd.DataFrame:
    """Parents by name; maternal grandsires stand in a column of their own name."""
    frame = pedigree.to_frame()[["id", "sire", "dam"]]
    return frame.rename(columns={"dam": "mgs"}) if pedigree.maternal == "grandsire" else frame


def plain(value: Any) -> Any:
    """Numbers, texts, lists and mappings only, as YAML has them."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value
