"""Distinct ids in their order, made into Python strings only when somebody looks at them."""

from functools import cached_property
from typing import Any

import numpy as np

from agrigen.types import Flags, Indices, Integers, Texts


class Names:
    """Texts kept as they came: an array of integers, of Python strings, or of Arrow strings.

    A million Python strings take 0.1 s and 60 MB; most work on a pedigree never needs them.
    """

    def __init__(self, values: Any) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: Any) -> Any:
        """One text, or an array of texts."""
        return self.texts[place]

    @property
    def numeric(self) -> bool:
        """Whether the ids are integers."""
        return isinstance(self.values, np.ndarray) and self.values.dtype.kind == "i"

    @property
    def arrow(self) -> bool:
        """Whether the ids are Arrow strings."""
        return not isinstance(self.values, np.ndarray)

    def take(self, places: Indices | Integers) -> "Names":
        """The names at some places."""
        if self.arrow:
            import pyarrow as pa  # optional: only ids that came as Arrow strings are here

            return Names(self.values.take(pa.array(places)))
        return Names(self.values[places])

    def keep(self, wanted: Flags) -> "Names":
        """The names that are wanted."""
        return self if wanted.all() else self.take(np.flatnonzero(wanted))

    @cached_property
    def texts(self) -> Texts:
        """All names as Python strings."""
        if self.arrow:
            return np.asarray(self.values.to_numpy(zero_copy_only=False), dtype=object)
        if not self.numeric:
            return np.asarray(self.values, dtype=object)
        out = np.empty(len(self), dtype=object)
        out[:] = list(map(str, self.values.tolist()))
        return out

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each name stands."""
        return {name: place for place, name in enumerate(self.texts.tolist())}

    def find(self, wanted: "Names") -> Integers:
        """Place of each wanted name, -1 where there is none."""
        wanted = wanted.like(self)
        if self.arrow and wanted.arrow:
            import pyarrow.compute as pc  # optional, see take

            found = pc.index_in(wanted.values, value_set=self.values).fill_null(-1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
        if self.numeric and wanted.numeric:
            return np.asarray(self._numbers.get_indexer(wanted.values), dtype=np.int64)
        places = self.places
        return np.array([places.get(name, -1) for name in wanted.texts.tolist()], np.int64)

    def like(self, other: "Names") -> "Names":
        """The same names kept as the other's, where they can be."""
        if self.numeric or self.arrow or other.numeric:
            return self
        if other.arrow:
            import pyarrow as pa  # optional, see take

            return Names(pa.array(self.values, other.values.type))
        return self

    @cached_property
    def _numbers(self) -> Any:
        import pandas as pd

        return pd.Index(self.values)
