"""Linear regression on each marker, of the samples that have its genotype."""

import numpy as np

from agrigen._kernels import association as kernels
from agrigen._kernels import products
from agrigen.association.filters import Markers
from agrigen.association.prepare import Prepared
from agrigen.evaluation.progress import Stages
from agrigen.genotypes import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.products import missing_list, spread
from agrigen.types import Floats

MARKERS = 4096


def regress(prepared: Prepared, markers: Markers, stage: Stages) -> tuple[Floats, Floats, Floats]:
    """Effect, standard error and degrees of freedom of each marker.

    Sums over samples come from the packed genotypes; samples without a genotype are taken from
    the sums of the fixed columns, so that every regression is on complete cases.
    """
    columns = np.ascontiguousarray(np.column_stack([prepared.contrasts.basis, prepared.y]))
    chosen = prepared.genotypes[:, markers.places]
    stage(0.1, "adding up genotypes")
    sums = np.column_stack([_dosage_sums(chosen, column) for column in columns.T])
    two, one, _, _ = chosen.counts().T
    start, missing = missing_list(chosen)
    beta, se = np.empty(markers.places.size), np.empty(markers.places.size)
    whole = columns.T @ columns
    for low in range(0, beta.size, MARKERS):
        high = min(low + MARKERS, beta.size)
        stage(low / beta.size, f"testing marker {low + 1:,} of {beta.size:,}")
        inner = np.repeat(whole[None], high - low, axis=0)
        kernels.without_missing(start, missing, columns, inner, low, high)
        part = slice(low, high)
        squares = 4.0 * two[part] + one[part]
        beta[part], se[part] = _solved(
            inner, sums[part], squares, len(chosen) - np.diff(start)[part]
        )
    degrees = len(chosen) - np.diff(start) - prepared.contrasts.rank - 1.0
    return beta, se, degrees


def _dosage_sums(genotypes: Genotypes, values: Floats) -> Floats:
    """Sum of dosage times value for each marker; missing adds nothing."""
    out = np.empty(len(genotypes.markers))
    lanes = spread(values)
    packed = genotypes.packed
    in_parts(lambda a, b: products.by_marker(packed, lanes, out, a, b), out.size, 1024)
    return out


def _solved(inner: Floats, sums: Floats, squares: Floats, records: Floats) -> tuple[Floats, Floats]:
    """Regression on a dosage beside fixed columns, from sums of products of all of them."""
    x, y = inner[:, :-1, :-1], inner[:, :-1, -1]
    right = np.stack([sums[:, :-1], y], axis=2)
    answers = np.linalg.solve(x, right)
    xx = squares - np.einsum("mi,mi->m", sums[:, :-1], answers[:, :, 0])
    xy = sums[:, -1] - np.einsum("mi,mi->m", sums[:, :-1], answers[:, :, 1])
    yy = inner[:, -1, -1] - np.einsum("mi,mi->m", y, answers[:, :, 1])
    beta = xy / xx
    degrees = records - x.shape[1] - 1
    return beta, np.sqrt(np.maximum(yy - beta * xy, 0.0) / (degrees * xx))
