"""What association tests rest on."""

from agrigen.citations import Citation

ZHOU_2012 = Citation(
    "Zhou X, Stephens M",
    2012,
    "Genome-wide efficient mixed-model analysis for association studies. Nat Genet 44:821",
    "10.1038/ng.2310",
    "exact mixed-model tests with the variance ratio of each marker",
)
ZHOU_2014 = Citation(
    "Zhou X, Stephens M",
    2014,
    "Efficient multivariate linear mixed model algorithms for genome-wide association studies. "
    "Nat Methods 11:407",
    "10.1038/nmeth.2848",
    "markers tested for several traits at once",
)
KANG_2010 = Citation(
    "Kang HM, Sul JH, Service SK, et al.",
    2010,
    "Variance component model to account for sample structure in genome-wide association "
    "studies. Nat Genet 42:348",
    "10.1038/ng.548",
    "variance ratio estimated once, without markers",
)
SVISHCHEVA_2012 = Citation(
    "Svishcheva GR, Axenovich TI, Belonogova NM, van Duijn CM, Aulchenko YS",
    2012,
    "Rapid variance components-based method for whole-genome association analysis. "
    "Nat Genet 44:1166",
    "10.1038/ng.2410",
    "variance of a score calibrated on some of the markers",
)
YANG_2014 = Citation(
    "Yang J, Zaitlen NA, Goddard ME, Visscher PM, Price AL",
    2014,
    "Advantages and pitfalls in the application of mixed-model association methods. "
    "Nat Genet 46:100",
    "10.1038/ng.2876",
    "relationships without the chromosome of the marker",
)
CHEN_2016 = Citation(
    "Chen H, Wang C, Conomos MP, et al.",
    2016,
    "Control for population structure and relatedness for binary traits in genetic association "
    "studies via logistic mixed models. Am J Hum Genet 98:653",
    "10.1016/j.ajhg.2016.02.012",
    "score test of a logistic mixed model",
)
DEVLIN_1999 = Citation(
    "Devlin B, Roeder K",
    1999,
    "Genomic control for association studies. Biometrics 55:997",
    "10.1111/j.0006-341X.1999.00997.x",
    "inflation of the tests",
)
