"""Array aliases with their meaning."""

import numpy as np
import numpy.typing as npt

Parents = npt.NDArray[np.int32]
"""Index of a parent, shape (animals,); -1 is unknown."""

Floats = npt.NDArray[np.float64]
"""Any vector or matrix of float64."""

Indices = npt.NDArray[np.int32]
"""Index into animals, columns or rows, int32 to save memory; -1 is none."""

Integers = npt.NDArray[np.int64]
"""Any vector of int64: positions, starts of rows."""

Flags = npt.NDArray[np.bool_]
"""A yes or no each."""

Texts = npt.NDArray[np.object_]
"""Python strings, shape (animals,) or (records,)."""

Packed = npt.NDArray[np.uint8]
"""Genotypes, two bits each, shape (markers, ceil(samples / 4)), as in a PLINK .bed file."""

Dosages = npt.NDArray[np.int8]
"""Copies of the counted allele, shape (samples, markers); -1 is missing."""
