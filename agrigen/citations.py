"""What to cite for a result: a paper and why it matters here."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Citation:
    """A publication and the reason it stands behind a number."""

    author: str
    year: int
    title: str
    doi: str
    reason: str

    def __post_init__(self) -> None:
        if not 1850 < self.year < 2200:
            raise ValueError(f"{self.year} is not the year of a publication")

    def __str__(self) -> str:
        where = f" doi:{self.doi}" if self.doi else ""
        return f"{self.author} ({self.year}). {self.title}.{where} [{self.reason}]"


class Cited(Protocol):
    """Any result that knows what it rests on."""

    @property
    def citations(self) -> tuple[Citation, ...]: ...


HENDERSON_1975 = Citation(
    "Henderson CR",
    1975,
    "Best linear unbiased estimation and prediction under a selection model. Biometrics 31:423",
    "10.2307/2529430",
    "mixed-model equations, BLUP and its prediction error variance",
)
HENDERSON_1976 = Citation(
    "Henderson CR",
    1976,
    "A simple method for computing the inverse of a numerator relationship matrix used in "
    "prediction of breeding values. Biometrics 32:69",
    "10.2307/2529339",
    "inverse of the relationship matrix from the pedigree",
)
QUAAS_1976 = Citation(
    "Quaas RL",
    1976,
    "Computing the diagonal elements and inverse of a large numerator relationship matrix. "
    "Biometrics 32:949",
    "10.2307/2529279",
    "inbreeding counted in the inverse of the relationship matrix",
)
SARGOLZAEI_2005 = Citation(
    "Sargolzaei M, Iwaisaki H, Colleau JJ",
    2005,
    "A fast algorithm for computing inbreeding coefficients in large populations. "
    "J Anim Breed Genet 122:325",
    "10.1111/j.1439-0388.2005.00538.x",
    "inbreeding coefficients, grouped by sire",
)
COLLEAU_2002 = Citation(
    "Colleau JJ",
    2002,
    "An indirect approach to the extensive calculation of relationship coefficients. "
    "Genet Sel Evol 34:409",
    "10.1186/1297-9686-34-4-409",
    "relationships as products with A, which is never formed",
)
AMESTOY_1996 = Citation(
    "Amestoy PR, Davis TA, Duff IS",
    1996,
    "An approximate minimum degree ordering algorithm. SIAM J Matrix Anal Appl 17:886",
    "10.1137/S0895479894278952",
    "order of elimination in the sparse Cholesky factor",
)
ERISMAN_1975 = Citation(
    "Erisman AM, Tinney WF",
    1975,
    "On computing certain elements of the inverse of a sparse matrix. Commun ACM 18:177",
    "10.1145/360680.360704",
    "exact prediction error variances by the selected inverse",
)
STRANDEN_1999 = Citation(
    "Stranden I, Lidauer M",
    1999,
    "Solving large mixed linear models using preconditioned conjugate gradient iteration. "
    "J Dairy Sci 82:2779",
    "10.3168/jds.S0022-0302(99)75535-9",
    "iterative solution of the mixed-model equations",
)


def cite(result: Cited) -> str:
    """The citations of a result, one a line."""
    return "\n".join(str(citation) for citation in result.citations)
