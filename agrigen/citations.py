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

LEGARRA_2018 = Citation(
    "Legarra A, Reverter A",
    2018,
    "Semi-parametric estimates of population accuracy and bias of predictions of breeding values "
    "and future phenotypes using the LR method. Genet Sel Evol 50:53",
    "10.1186/s12711-018-0426-6",
    "bias, dispersion and accuracy from evaluations with part and all of the records",
)
PATTERSON_1971 = Citation(
    "Patterson HD, Thompson R",
    1971,
    "Recovery of inter-block information when block sizes are unequal. Biometrika 58:545",
    "10.1093/biomet/58.3.545",
    "restricted maximum likelihood",
)
GILMOUR_1995 = Citation(
    "Gilmour AR, Thompson R, Cullis BR",
    1995,
    "Average information REML: an efficient algorithm for variance parameter estimation in "
    "linear mixed models. Biometrics 51:1440",
    "10.2307/2533274",
    "average information in place of second derivatives",
)
JOHNSON_1995 = Citation(
    "Johnson DL, Thompson R",
    1995,
    "Restricted maximum likelihood estimation of variance components for univariate animal "
    "models using sparse matrix techniques and average information. J Dairy Sci 78:449",
    "10.3168/jds.S0022-0302(95)76654-1",
    "REML of animal models by sparse matrices",
)
SELF_1987 = Citation(
    "Self SG, Liang KY",
    1987,
    "Asymptotic properties of maximum likelihood estimators and likelihood ratio tests under "
    "nonstandard conditions. J Am Stat Assoc 82:605",
    "10.1080/01621459.1987.10478472",
    "likelihood-ratio test of a variance of zero",
)
STRAM_1994 = Citation(
    "Stram DO, Lee JW",
    1994,
    "Variance components testing in the longitudinal mixed effects model. Biometrics 50:1171",
    "10.2307/2533455",
    "likelihood-ratio test of a variance and its covariances",
)
HOULE_2015 = Citation(
    "Houle D, Meyer K",
    2015,
    "Estimating sampling error of evolutionary statistics based on genetic covariance matrices "
    "using maximum likelihood. J Evol Biol 28:1542",
    "10.1111/jeb.12674",
    "intervals of functions of the estimates by sampling",
)
WILLHAM_1972 = Citation(
    "Willham RL",
    1972,
    "The role of maternal effects in animal breeding: III. Biometrical aspects of maternal "
    "effects in animals. J Anim Sci 35:1288",
    "10.2527/jas1972.3561288x",
    "total heritability with maternal effects",
)
WANG_1993 = Citation(
    "Wang CS, Rutledge JJ, Gianola D",
    1993,
    "Marginal inferences about variance components in a mixed linear model using Gibbs sampling. "
    "Genet Sel Evol 25:41",
    "10.1186/1297-9686-25-1-41",
    "Gibbs sampling of variance components",
)
GARCIA_CORTES_1996 = Citation(
    "Garcia-Cortes LA, Sorensen D",
    1996,
    "On a multivariate implementation of the Gibbs sampler. Genet Sel Evol 28:121",
    "10.1186/1297-9686-28-1-121",
    "joint draws of many effects by solving for simulated records",
)
GEYER_1992 = Citation(
    "Geyer CJ",
    1992,
    "Practical Markov chain Monte Carlo. Statist Sci 7:473",
    "10.1214/ss/1177011137",
    "effective sample size and Monte Carlo standard error",
)
GELMAN_1992 = Citation(
    "Gelman A, Rubin DB",
    1992,
    "Inference from iterative simulation using multiple sequences. Statist Sci 7:457",
    "10.1214/ss/1177011136",
    "agreement of the chains",
)
MISZTAL_2013 = Citation(
    "Misztal I, Tsuruta S, Aguilar I, Legarra A, VanRaden PM, Lawlor TJ",
    2013,
    "Methods to approximate reliabilities in single-step genomic evaluation. J Dairy Sci 96:647",
    "10.3168/jds.2012-5656",
    "reliabilities from information outside the genotyped animals and genomic relationships",
)
MISZTAL_1988 = Citation(
    "Misztal I, Wiggans GR",
    1988,
    "Approximation of prediction error variance in large-scale animal models. "
    "J Dairy Sci 71(Suppl 2):27",
    "",
    "approximate reliabilities from own records, offspring and parents",
)
GARCIA_CORTES_1995 = Citation(
    "Garcia-Cortes LA, Moreno C, Varona L, Altarriba J",
    1995,
    "Estimation of prediction error variances by resampling. J Anim Breed Genet 112:176",
    "",
    "prediction error variances from simulated data sets",
)
HICKEY_2009 = Citation(
    "Hickey JM, Veerkamp RF, Calus MPL, Mulder HA, Thompson R",
    2009,
    "Estimation of prediction error variances via Monte Carlo sampling methods using different "
    "formulations of the prediction error variance. Genet Sel Evol 41:23",
    "10.1186/1297-9686-41-23",
    "which estimate of a sampled prediction error variance is the most exact",
)
SIDEN_2018 = Citation(
    "Siden P, Lindgren F, Bolin D, Villani M",
    2018,
    "Efficient covariance approximations for large sparse precision matrices. "
    "J Comput Graph Stat 27:898",
    "",
    "part of a sampled variance that is known exactly",
)


def cite(result: Cited) -> str:
    """The citations of a result, one a line."""
    return "\n".join(str(citation) for citation in result.citations)


VANRADEN_2008 = Citation(
    "VanRaden PM",
    2008,
    "Efficient methods to compute genomic predictions. J Dairy Sci 91:4414",
    "10.3168/jds.2007-0980",
    "relationships from markers, and effects of markers from breeding values",
)
AGUILAR_2010 = Citation(
    "Aguilar I, Misztal I, Johnson DL, Legarra A, Tsuruta S, Lawlor TJ",
    2010,
    "Hot topic: a unified approach to utilize phenotypic, full pedigree, and genomic information "
    "for genetic evaluation of Holstein final score. J Dairy Sci 93:743",
    "10.3168/jds.2009-2730",
    "inverse of the relationships of genotyped and other animals together",
)
CHRISTENSEN_2010 = Citation(
    "Christensen OF, Lund MS",
    2010,
    "Genomic prediction when some animals are not genotyped. Genet Sel Evol 42:2",
    "10.1186/1297-9686-42-2",
    "genomic relationships carried to animals without genotypes",
)
MISZTAL_2009 = Citation(
    "Misztal I, Legarra A, Aguilar I",
    2009,
    "Computing procedures for genetic evaluation including phenotypic, full pedigree, and genomic "
    "information. J Dairy Sci 92:4648",
    "10.3168/jds.2009-2064",
    "genomic models solved by products with relationships, without their inverse",
)
MISZTAL_2016 = Citation(
    "Misztal I",
    2016,
    "Inexpensive computation of the inverse of the genomic relationship matrix in populations with "
    "small effective population size. Genetics 202:401",
    "10.1534/genetics.115.182089",
    "genomic relationships by a core of animals",
)
LEGARRA_2015 = Citation(
    "Legarra A, Christensen OF, Vitezica ZG, Aguilar I, Misztal I",
    2015,
    "Ancestral relationships using metafounders: finite ancestral populations and across "
    "population relationships. Genetics 200:455",
    "10.1534/genetics.115.177014",
    "relationships among the founders of a pedigree",
)
