"""What Bayesian regression on markers rests on."""

from agrigen.citations import Citation

MEUWISSEN_2001 = Citation(
    "Meuwissen THE, Hayes BJ, Goddard ME",
    2001,
    "Prediction of total genetic value using genome-wide dense marker maps. Genetics 157:1819",
    "10.1093/genetics/157.4.1819",
    "marker effects with variances of their own (BayesA, BayesB)",
)
HABIER_2011 = Citation(
    "Habier D, Fernando RL, Kizilkaya K, Garrick DJ",
    2011,
    "Extension of the Bayesian alphabet for genomic selection. BMC Bioinformatics 12:186",
    "10.1186/1471-2105-12-186",
    "a share pi of markers without an effect, given or estimated (BayesC, BayesCpi)",
)
ERBE_2012 = Citation(
    "Erbe M, Hayes BJ, Matukumalli LK, et al.",
    2012,
    "Improving accuracy of genomic predictions within and between dairy cattle breeds with "
    "imputed high-density single nucleotide polymorphism panels. J Dairy Sci 95:4114",
    "10.3168/jds.2011-5019",
    "effects from a mixture of normal distributions (BayesR)",
)
MOSER_2015 = Citation(
    "Moser G, Lee SH, Hayes BJ, Goddard ME, Wray NR, Visscher PM",
    2015,
    "Simultaneous discovery, estimation and prediction analysis of complex traits using a "
    "Bayesian mixture model. PLoS Genet 11:e1004969",
    "10.1371/journal.pgen.1004969",
    "the variance of the mixture sampled, markers standardized",
)
PARK_2008 = Citation(
    "Park T, Casella G",
    2008,
    "The Bayesian lasso. J Am Stat Assoc 103:681",
    "10.1198/016214508000000337",
    "double-exponential marker effects and their Gibbs sampler",
)
DE_LOS_CAMPOS_2009 = Citation(
    "de los Campos G, Naya H, Gianola D, et al.",
    2009,
    "Predicting quantitative traits with regression models for dense molecular markers and "
    "pedigree. Genetics 182:375",
    "10.1534/genetics.109.101501",
    "the Bayesian lasso with a polygenic effect of the pedigree",
)
PEREZ_2014 = Citation(
    "Perez P, de los Campos G",
    2014,
    "Genome-wide regression and prediction with the BGLR statistical package. Genetics 198:483",
    "10.1534/genetics.114.164442",
    "scales of the priors from an expected heritability",
)
CHENG_2015 = Citation(
    "Cheng H, Qu L, Garrick DJ, Fernando RL",
    2015,
    "A fast and efficient Gibbs sampler for BayesB in whole-genome analyses. Genet Sel Evol 47:80",
    "10.1186/s12711-015-0157-x",
    "BayesB by Gibbs sampling",
)
FERNANDO_2013 = Citation(
    "Fernando RL, Garrick D",
    2013,
    "Bayesian methods applied to GWAS. Methods Mol Biol 1019:237",
    "10.1007/978-1-62703-447-0_10",
    "posterior probability that a window of the genome explains variance",
)
FERNANDO_2014 = Citation(
    "Fernando RL, Dekkers JCM, Garrick DJ",
    2014,
    "A class of Bayesian methods to combine large numbers of genotyped and non-genotyped animals "
    "for whole-genome analyses. Genet Sel Evol 46:50",
    "10.1186/1297-9686-46-50",
    "animals without genotypes: imputed covariates and an imputation residual",
)
VEHTARI_2021 = Citation(
    "Vehtari A, Gelman A, Simpson D, Carpenter B, Buerkner PC",
    2021,
    "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence "
    "of MCMC. Bayesian Anal 16:667",
    "10.1214/20-BA1221",
    "agreement of the chains by ranks",
)
GEWEKE_1992 = Citation(
    "Geweke J",
    1992,
    "Evaluating the accuracy of sampling-based approaches to the calculation of posterior "
    "moments. Bayesian Statistics 4:169",
    "",
    "the beginning of a chain against its end",
)
