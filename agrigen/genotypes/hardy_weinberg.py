"""Hardy-Weinberg proportions: the exact test."""

import numpy as np
import numpy.typing as npt

from agrigen._kernels import quality as kernels
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.types import Floats


def exact_test(counts: npt.ArrayLike, *, mid: bool = False) -> Floats:
    """P-values of the exact test of Hardy-Weinberg proportions.

    Parameters
    ----------
    counts
        Samples with two, one and no copies, shape (markers, 3 or 4); a fourth column, missing,
        is not used.
    mid
        Count the observed probability half (Graffelman and Moreno 2013).

    Returns
    -------
    numpy.ndarray
        One for each marker; 1 where nothing was observed or only one allele. Below 1e-280 it
        is 0.

    Notes
    -----
    The sum of the probabilities of all numbers of heterozygotes that are no likelier than the
    observed one, given the allele counts. Equal to `plink2 --hardy`.

    References
    ----------
    Wigginton, Cutler and Abecasis 2005, Am. J. Hum. Genet. 76:887, doi:10.1086/429864
    """
    array = np.ascontiguousarray(counts, dtype=np.int64)
    if array.ndim != 2 or array.shape[1] not in (3, 4) or (array < 0).any():
        message = f"Genotype counts have shape {array.shape}, or are below 0."
        remedy = "Give markers x (two, one, none)."
        raise GenotypeError([Problem("shape", (), message, remedy)])
    out = np.empty(len(array))
    weight = 0.5 if mid else 1.0
    in_parts(lambda a, b: kernels.hardy_weinberg(array, out, weight, a, b), out.size, 1024)
    return out


def hardy_weinberg(genotypes: Genotypes, *, mid: bool = False) -> Floats:
    """P-values of `exact_test` for every marker.

    On X take the females alone: `hardy_weinberg(genotypes[genotypes.samples.sex == 2])`.
    """
    return exact_test(genotypes.counts(), mid=mid)
