"""What the decisions rest on."""

from agrigen.citations import Citation

HAZEL_1943 = Citation(
    "Hazel LN", 1943, "The genetic basis for constructing selection indexes. Genetics 28:476",
    "10.1093/genetics/28.6.476", "selection index of several traits",
)  # fmt: skip
PESEK_1969 = Citation(
    "Pesek J, Baker RJ", 1969,
    "Desired improvement in relation to selection indices. Can J Plant Sci 49:803",
    "10.4141/cjps69-137", "index of desired gains",
)  # fmt: skip
MEUWISSEN_1997 = Citation(
    "Meuwissen THE", 1997,
    "Maximizing the response of selection with a predefined rate of inbreeding. J Anim Sci 75:934",
    "10.2527/1997.754934x", "optimum contributions",
)  # fmt: skip
MARKOWITZ_1956 = Citation(
    "Markowitz H", 1956,
    "The optimization of a quadratic function subject to linear constraints. "
    "Nav Res Logist Q 3:111",
    "10.1002/nav.3800030110", "exact path of contributions by the critical line",
)  # fmt: skip
KERR_1996 = Citation(
    "Kerr RJ, Kinghorn BP", 1996,
    "An efficient algorithm for segregation analysis in large populations. "
    "J Anim Breed Genet 113:457",
    "10.1111/j.1439-0388.1996.tb00636.x", "probabilities of genotypes by iterative peeling",
)  # fmt: skip
WARNER_2006 = Citation(
    "Warner R, Morris D, Dawson M", 2006,
    "PrP genotype progression in flocks participating in the National Scrapie Plan for Great "
    "Britain. Vet Rec 159:473",
    "", "NSP types 1 to 5 of PrP genotypes",
)  # fmt: skip
