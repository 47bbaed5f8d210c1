"""What results on genotypes rest on: give any of them to `ag.cite`."""

from agrigen.citations import Citation

CHANG_2015 = Citation(
    "Chang CC, Chow CC, Tellier LCAM, Vattikuti S, Purcell SM, Lee JJ", 2015,
    "Second-generation PLINK: rising to the challenge of larger and richer datasets. "
    "GigaScience 4:7",
    "10.1186/s13742-015-0047-8", "definitions of counts, pruning and runs, which are equal here",
)  # fmt: skip
WIGGINTON_2005 = Citation(
    "Wigginton JE, Cutler DJ, Abecasis GR", 2005,
    "A note on exact tests of Hardy-Weinberg equilibrium. Am J Hum Genet 76:887",
    "10.1086/429864", "exact test of Hardy-Weinberg proportions",
)  # fmt: skip
STRUCKEN_2016 = Citation(
    "Strucken EM, Lee SH, Lee HK, Song KD, Gibson JP, Gondro C", 2016,
    "How many markers are enough? Factors influencing parentage testing in different livestock "
    "populations. J Anim Breed Genet 133:13",
    "10.1111/jbg.12179", "share of opposing homozygotes at which a parent is accepted",
)  # fmt: skip
PATTERSON_2006 = Citation(
    "Patterson N, Price AL, Reich D", 2006,
    "Population structure and eigenanalysis. PLoS Genet 2:e190",
    "10.1371/journal.pgen.0020190", "principal components of standardized dosages",
)  # fmt: skip
MUSCO_2015 = Citation(
    "Musco C, Musco C", 2015,
    "Randomized block Krylov methods for stronger and faster approximate singular value "
    "decomposition. Adv Neural Inf Process Syst 28:1396",
    "", "randomized principal components",
)  # fmt: skip
MARRAS_2015 = Citation(
    "Marras G, Gaspa G, Sorbolini S, Dimauro C, Ajmone-Marsan P, Valentini A, Williams JL, "
    "Macciotta NPP", 2015,
    "Analysis of runs of homozygosity and their relationship with inbreeding in five cattle "
    "breeds farmed in Italy. Anim Genet 46:110",
    "10.1111/age.12259", "consecutive runs of homozygosity",
)  # fmt: skip
MCQUILLAN_2008 = Citation(
    "McQuillan R and others", 2008,
    "Runs of homozygosity in European populations. Am J Hum Genet 83:359",
    "10.1016/j.ajhg.2008.08.007", "inbreeding from runs of homozygosity",
)  # fmt: skip
BHATIA_2013 = Citation(
    "Bhatia G, Patterson N, Sankararaman S, Price AL", 2013,
    "Estimating and interpreting FST: the impact of rare variants. Genome Res 23:1514",
    "10.1101/gr.154831.113", "Hudson's Fst as a ratio of sums",
)  # fmt: skip
WEIR_1984 = Citation(
    "Weir BS, Cockerham CC", 1984,
    "Estimating F-statistics for the analysis of population structure. Evolution 38:1358",
    "10.2307/2408641", "Fst with heterozygotes counted",
)  # fmt: skip
