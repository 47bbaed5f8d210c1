"""What the statistics of a pedigree rest on."""

from agrigen.citations import Citation

BOICHARD_1997 = Citation(
    "Boichard D, Maignel L, Verrier E",
    1997,
    "The value of using probabilities of gene origin to measure genetic variability in a "
    "population. Genet Sel Evol 29:5",
    "10.1186/1297-9686-29-1-5",
    "effective numbers of founders and ancestors, equivalent complete generations",
)
LACY_1989 = Citation(
    "Lacy RC",
    1989,
    "Analysis of founder representation in pedigrees: founder equivalents and founder genome "
    "equivalents. Zoo Biol 8:111",
    "10.1002/zoo.1430080203",
    "effective number of founders, founder genome equivalents",
)
CABALLERO_2000 = Citation(
    "Caballero A, Toro MA",
    2000,
    "Interrelations between effective population size and other pedigree tools for the management "
    "of conserved populations. Genet Res 75:331",
    "",
    "founder genome equivalents as half the inverse of the mean coancestry",
)
GUTIERREZ_2009 = Citation(
    "Gutierrez JP, Cervantes I, Goyache F",
    2009,
    "Improving the estimation of realized effective population sizes in farm animals. "
    "J Anim Breed Genet 126:327",
    "10.1111/j.1439-0388.2009.00810.x",
    "effective size from the individual increase in inbreeding",
)
CERVANTES_2011 = Citation(
    "Cervantes I, Goyache F, Molina A, Valera M, Gutierrez JP",
    2011,
    "Estimation of effective population size from the rate of coancestry in pedigreed "
    "populations. J Anim Breed Genet 128:56",
    "10.1111/j.1439-0388.2010.00881.x",
    "effective size from the increase in coancestry of pairs",
)
WRIGHT_1931 = Citation(
    "Wright S",
    1931,
    "Evolution in Mendelian populations. Genetics 16:97",
    "10.1093/genetics/16.2.97",
    "effective size from the numbers of sires and dams",
)
