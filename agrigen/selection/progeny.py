"""What to expect of a mating: mean, spread and inbreeding of the progeny."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Column
from agrigen.types import Floats


def kinship(pedigree: Pedigree, females: Column, males: Column) -> Floats:
    """Inbreeding coefficient that progeny of each pair would have, (females, males).

    It is half the additive relationship of the two, exact from the whole pedigree.

    Raises
    ------
    DataError
        If an animal is not in the pedigree.
    """
    rows, columns = list(females), list(males)
    if not rows or not columns:
        return np.zeros((len(rows), len(columns)))
    a = [row for row in rows for _ in columns]
    return pedigree.relationships(a, columns * len(rows)).reshape(len(rows), len(columns)) / 2


@dataclass(frozen=True, eq=False)
class ExpectedProgeny:
    """What progeny of pairs will be, in the unit of the breeding values.

    Attributes
    ----------
    mean
        Mean of the parents' breeding values.
    mendelian_sd
        Standard deviation of Mendelian sampling: how full siblings differ.
    sd
        Standard deviation of the true breeding value of one offspring around `mean`: Mendelian
        sampling and what is not known of the parents.
    accuracy
        Correlation of the mean of the parents with the true value of an offspring.
    """

    mean: Floats
    mendelian_sd: Floats
    sd: Floats
    accuracy: Floats

    def __repr__(self) -> str:
        return f"Expected progeny of {self.mean.size} matings, mean {np.nanmean(self.mean):.4g}"

    def range(self, probability: float = 0.9) -> tuple[Floats, Floats]:
        """Limits within which the true value of an offspring lies with this probability."""
        from scipy.stats import norm  # half a second to import, for one number

        reach = float(norm.ppf((1 + probability) / 2)) * self.sd
        return self.mean - reach, self.mean + reach


def expected_progeny(
    sire: npt.ArrayLike,
    dam: npt.ArrayLike,
    *,
    variance: float,
    sire_se: npt.ArrayLike = 0.0,
    dam_se: npt.ArrayLike = 0.0,
    sire_inbreeding: npt.ArrayLike = 0.0,
    dam_inbreeding: npt.ArrayLike = 0.0,
) -> ExpectedProgeny:
    """Breeding values to expect of progeny, one entry a mating.

    mean = (s + d) / 2; Mendelian sampling variance = (1 - (F_s + F_d) / 2) variance / 2.

    Parameters
    ----------
    sire, dam
        Breeding values, or index values, of the parents.
    variance
        Additive genetic variance of the trait or of the index in the base population.
    sire_se, dam_se
        Standard errors of the breeding values; 0 where they are known.
    sire_inbreeding, dam_inbreeding
        Inbreeding coefficients of the parents: less varies in the progeny of inbred ones.

    Notes
    -----
    Errors of the two parents are taken as independent, which is exact when their information comes
    from different animals.
    """
    values = (sire, dam, sire_se, dam_se, sire_inbreeding, dam_inbreeding)
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, np.float64)) for v in values))
    s, d, s_se, d_se, s_f, d_f = arrays
    if not variance > 0:
        raise ValueError(f"variance is {variance}; a genetic variance is above 0")
    sampling = 0.5 * (1 - (s_f + d_f) / 2) * variance
    unknown = (s_se**2 + d_se**2) / 4
    known = ((1 + s_f) * variance - s_se**2 + (1 + d_f) * variance - d_se**2) / 4
    total = known + unknown + sampling
    accuracy = np.sqrt(np.clip(known, 0, None) / total)
    return ExpectedProgeny((s + d) / 2, np.sqrt(sampling), np.sqrt(sampling + unknown), accuracy)
