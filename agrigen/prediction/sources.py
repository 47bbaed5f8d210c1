"""What predictions from marker effects rest on."""

from agrigen.citations import VANRADEN_2008, Citation

__all__ = ["LOURENCO_2015", "VANRADEN_2008"]

LOURENCO_2015 = Citation(
    "Lourenco DAL, Tsuruta S, Fragomeni BO, Masuda Y, Aguilar I, Legarra A, Bertrand JK, Amen TS, "
    "Wang L, Moser DW, Misztal I",
    2015,
    "Genetic evaluation using single-step genomic best linear unbiased predictor in American "
    "Angus. J Anim Sci 93:2653",
    "10.2527/jas.2014-8836",
    "indirect prediction of animals that were not in a single-step evaluation",
)
