"""A pedigree on one screen."""

from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from agrigen._kernels import pedigree_contribution as kernels
from agrigen.types import Floats, Parents

LABELS = {
    "animals": "animals",
    "founders": "founders (no known parent)",
    "one_parent": "with one known parent",
    "implied_founders": "parents without a row of their own",
    "groups": "groups of unknown parents",
    "sires": "sires",
    "dams": "dams",
    "largest_sire_family": "most offspring of a sire",
    "largest_dam_family": "most offspring of a dam",
    "generations": "generations, the longest line",
    "equivalent_generations": "equivalent complete generations, mean",
    "inbred": "inbred animals",
    "mean_inbreeding": "mean inbreeding",
    "largest_inbreeding": "largest inbreeding",
}


@dataclass(frozen=True)
class Summary:
    """Counts and means of a pedigree; see LABELS for their meaning in words."""

    animals: int
    founders: int
    one_parent: int
    implied_founders: int
    groups: int
    sires: int
    dams: int
    largest_sire_family: int
    largest_dam_family: int
    generations: int
    equivalent_generations: float
    inbred: int
    mean_inbreeding: float
    largest_inbreeding: float

    def to_mapping(self) -> dict[str, float]:
        """Value by name."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row a number: name, meaning, value."""
        names = [field.name for field in fields(self)]
        values = [getattr(self, name) for name in names]
        meanings = [LABELS[name] for name in names]
        return pd.DataFrame({"name": names, "meaning": meanings, "value": values})

    def __str__(self) -> str:
        width = max(map(len, LABELS.values()))
        lines = [f"{LABELS[name]:<{width}}  {_number(v)}" for name, v in asdict(self).items()]
        return "\n".join(["Pedigree", *lines])


def summarize(
    sire: Parents, dam: Parents, f: Floats, generation: Parents, implied: int, groups: int
) -> Summary:
    """The summary from arrays; an empty pedigree has zeros."""
    animals = sire.size
    unknown = (sire < 0).astype(np.int8) + (dam < 0)
    families = [np.bincount(parent[parent >= 0], minlength=1) for parent in (sire, dam)]
    depth = kernels.equivalent_generations(sire, dam)
    return Summary(
        animals=animals,
        founders=int((unknown == 2).sum()),
        one_parent=int((unknown == 1).sum()),
        implied_founders=implied,
        groups=groups,
        sires=int((families[0] > 0).sum()),
        dams=int((families[1] > 0).sum()),
        largest_sire_family=int(families[0].max()),
        largest_dam_family=int(families[1].max()),
        generations=int(generation.max(initial=0)),
        equivalent_generations=float(depth.mean()) if animals else 0.0,
        inbred=int((f > 0).sum()),
        mean_inbreeding=float(f.mean()) if animals else 0.0,
        largest_inbreeding=float(f.max(initial=0.0)),
    )


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
