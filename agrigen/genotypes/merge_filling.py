"""Genotypes of several sets put beside one another, block by block of markers."""

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes import packing
from agrigen.genotypes.columns import frozen
from agrigen.genotypes.container import BLOCK, Genotypes
from agrigen.genotypes.markers import MarkerMap
from agrigen.types import Flags, Integers, Packed, Texts


class Filling:
    """Blocks of markers of all sets, put beside one another."""

    def __init__(
        self, sets: list[Genotypes], names: list[str], swaps: list[Flags], chosen: MarkerMap,
        ids: Texts, policy: str,
    ) -> None:  # fmt: skip
        self.sets, self.names, self.swaps = sets, names, swaps
        self.chosen, self.ids, self.policy = chosen, ids, policy
        self.rows = [pd.Index(ids).get_indexer(pd.Index(one.ids)) for one in sets]
        self.columns = [pd.Index(one.markers.names).get_indexer(pd.Index(chosen.names))
                        for one in sets]  # fmt: skip
        self.owner = np.full(ids.size, -1)
        self.compared: dict[tuple[int, int], np.ndarray] = {}

    def run(self) -> tuple[Packed, pd.DataFrame]:
        """Packed genotypes, and the pairs of duplicated samples."""
        out = np.zeros((len(self.chosen), (self.ids.size + 3) // 4), np.uint8)
        for first in range(0, len(self.chosen), BLOCK):
            part = slice(first, min(first + BLOCK, len(self.chosen)))
            block = self._block(part)
            out[part] = packing.pack(block, self.ids, self.chosen.names[part])
        pairs = self._pairs()
        self._check(pairs)
        return frozen(out), pairs

    def _block(self, part: slice) -> np.ndarray:
        size = part.stop - part.start
        block = np.full((self.ids.size, size), -1, np.int8)
        clash = np.zeros(block.shape, bool)
        seen = np.full(self.ids.size, -1)
        for number, one in enumerate(self.sets):
            values, here = self._values(number, one, part)
            kept = self.rows[number] >= 0
            rows = self.rows[number][kept]
            present = block[rows]
            new = np.full((rows.size, size), -1, np.int8)
            new[:, here] = values[kept]
            both = (present >= 0) & (new >= 0)
            differ = both & (present != new)
            self._count(number, rows, seen, both, differ)
            clash[rows] |= differ
            block[rows] = np.where(present >= 0, present, new)
            seen[rows] = np.where(seen[rows] < 0, number, seen[rows])
        if self.policy == "missing":
            block[clash] = -1
        return block

    def _values(self, number: int, one: Genotypes, part: slice) -> tuple[np.ndarray, Integers]:
        """Dosages of the set's markers of a block, counting as asked, and where they stand."""
        columns = self.columns[number][part]
        here = np.flatnonzero(columns >= 0)
        places = columns[here]
        values = one.dosages(markers=places)
        turn = self.swaps[number][places]
        values[:, turn] = np.where(values[:, turn] < 0, -1, 2 - values[:, turn])
        return values, here

    def _count(
        self, number: int, rows: Integers, seen: np.ndarray, both: Flags, differ: Flags
    ) -> None:
        again = np.flatnonzero(seen[rows] >= 0)
        for place in again:
            key = (int(rows[place]), number)
            total = self.compared.setdefault(key, np.array([seen[rows[place]], 0, 0]))
            total[1] += both[place].sum()
            total[2] += both[place].sum() - differ[place].sum()

    def _pairs(self) -> pd.DataFrame:
        names = self.names
        rows = [
            (str(self.ids[row]), names[first], names[number], int(compared), int(equal),
             equal / compared if compared else np.nan)
            for (row, number), (first, compared, equal) in self.compared.items()
        ]  # fmt: skip
        columns = ["sample", "first", "second", "compared", "equal", "concordance"]
        return pd.DataFrame(rows, columns=columns)

    def _check(self, pairs: pd.DataFrame) -> None:
        differing = pairs[pairs["equal"] < pairs["compared"]]
        if self.policy != "refuse" or differing.empty:
            return
        worst = differing.sort_values("concordance")
        shown = [f"{row.sample} {row.concordance:.2%} of {row.compared:,}"
                 for row in worst.head(5).itertuples()]  # fmt: skip
        message = (
            f"{len(differing):,} samples have different genotypes in two sets; equal are: "
            f"{', '.join(shown)}."
        )
        remedy = (
            "A sample below 99 % is another animal: rename it. For the others give "
            'duplicates="first" or "missing".'
        )
        names = tuple(differing["sample"].astype(str))
        raise GenotypeError([Problem("duplicate_sample", names, message, remedy)])
