"""Milk and what is in it: corrected milk, cell score, one milking for two."""

import numpy as np
import numpy.typing as npt

from agrigen.phenotypes.checks import numbers, one_of, refuse
from agrigen.types import Floats


def somatic_cell_score(cells: npt.ArrayLike) -> Floats:
    """log2(cells / 100) + 3, with cells in thousands a milliliter: 100 is 3, 200 is 4.

    References
    ----------
    Ali and Shook 1980, J. Dairy Sci. 63:487
    """
    (cells,) = numbers(cells=cells)
    refuse(cells <= 0, cells, "A cell count is not above 0",
           "Counts are in thousands a milliliter; leave missing ones empty.")  # fmt: skip
    return np.log2(cells / 100) + 3


def somatic_cells(score: npt.ArrayLike) -> Floats:
    """Cells in thousands a milliliter of a score: the inverse of `somatic_cell_score`."""
    (score,) = numbers(score=score)
    return 100 * 2 ** (score - 3)


def component_yield(milk: npt.ArrayLike, percent: npt.ArrayLike) -> Floats:
    """Fat or protein in the unit of the milk."""
    milk, percent = numbers(milk=milk, percent=percent)
    _shares(percent)
    return milk * percent / 100


CORRECTED = {
    # Milk, fat, protein: what a kilogram of each counts.
    "fcm": (0.4, 15.0, 0.0),
    "ecm": (0.327, 12.95, 7.2),
    "fpcm": (0.7832 / 3.1138, 38.3 / 3.1138, 24.2 / 3.1138),
}


def corrected_milk(
    milk: npt.ArrayLike, fat_percent: npt.ArrayLike, protein_percent: npt.ArrayLike = 0.0,
    *, kind: str = "ecm",
) -> Floats:  # fmt: skip
    """Milk brought to a standard content, in the unit given.

    Parameters
    ----------
    kind
        "ecm": energy-corrected, 0.327 milk + 12.95 fat + 7.2 protein (3.5 % fat, 3.2 % protein;
        Orth 1992, from the energies of Tyrrell and Reid 1965).
        "fpcm": corrected to 4 % fat and 3.3 % protein, milk x (0.383 fat % + 0.242 protein % +
        0.7832) / 3.1138 (International Farm Comparison Network).
        "fcm": 4 % fat-corrected, 0.4 milk + 15 fat (Gaines 1928); protein is not used.

    References
    ----------
    Tyrrell and Reid 1965, J. Dairy Sci. 48:1215
    """
    one_of("kind", kind, tuple(CORRECTED))
    milk, fat, protein = numbers(
        milk=milk, fat_percent=fat_percent, protein_percent=protein_percent
    )
    _shares(fat)
    _shares(protein)
    of_milk, of_fat, of_protein = CORRECTED[kind]
    return milk * (of_milk + of_fat * fat / 100 + of_protein * protein / 100)


def milking_factor(milking: npt.ArrayLike, daily: npt.ArrayLike) -> float:
    """What one milking is multiplied with for the day: mean daily yield over mean milking yield.

    From days on which all milkings were weighed, for each of morning and evening and best for
    each interval between milkings.

    References
    ----------
    Wu and others 2022, Front. Genet. 13:943705, doi:10.3389/fgene.2022.943705
    """
    part, whole = numbers(milking=milking, daily=daily)
    refuse(part > whole, part, "A milking is more than its day", "Give the sum of all milkings.")
    known = ~np.isnan(part) & ~np.isnan(whole)
    refuse(np.array([part[known].sum() <= 0]), 0, "There is no milk to compare",
           "Give days with all milkings weighed.")  # fmt: skip
    return float(whole[known].sum() / part[known].sum())


def daily_yield(milking: npt.ArrayLike, *, factor: npt.ArrayLike = 2.0) -> Floats:
    """Milk of the day from one milking; a factor of 2 takes the milkings as equal."""
    milking, factor = numbers(milking=milking, factor=factor)
    refuse(factor < 1, factor, "A factor is below 1", "A day gives no less than one milking.")
    return milking * factor


def _shares(percent: Floats) -> None:
    refuse((percent < 0) | (percent > 100), percent, "A content is no percentage",
           "Give percent from 0 to 100.")  # fmt: skip
