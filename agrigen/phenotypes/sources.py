"""What formulas on performance rest on: give any of them to `ag.cite`."""

from agrigen.citations import Citation

ICAR_2 = Citation(
    "ICAR", 2020, "Procedure 2 of Section 2 of ICAR Guidelines: Computing of accumulated lactation "
    "yield", "", "test-interval method and its worked example",
)  # fmt: skip
SARGENT_1968 = Citation(
    "Sargent FD, Lytton VH, Wall OG", 1968,
    "Test interval method of calculating Dairy Herd Improvement Association records. "
    "J Dairy Sci 51:170",
    "", "test-interval method",
)  # fmt: skip
VANRADEN_1997 = Citation(
    "VanRaden PM", 1997,
    "Lactation yields and accuracies computed from test day yields and (co)variances by best "
    "prediction. J Dairy Sci 80:3015",
    "", "lactation yields in progress and their reliability",
)  # fmt: skip
COLE_2009 = Citation(
    "Cole JB, Null DJ, VanRaden PM", 2009,
    "Best prediction of yields for long lactations. J Dairy Sci 92:1796",
    "10.3168/jds.2007-0976", "correlations of test days: autoregressive and identity parts",
)  # fmt: skip
COLE_2006 = Citation(
    "Cole JB, VanRaden PM", 2006,
    "Genetic evaluation and best prediction of lactation persistency. J Dairy Sci 89:2722",
    "", "persistency that is independent of yield",
)  # fmt: skip
WILMINK_1987 = Citation(
    "Wilmink JBM", 1987,
    "Adjustment of test-day milk, fat and protein yield for age, season and stage of lactation. "
    "Livest Prod Sci 16:335",
    "10.1016/0301-6226(87)90003-0", "lactation curve",
)  # fmt: skip
KIRKPATRICK_1990 = Citation(
    "Kirkpatrick M, Lofsvold D, Bulmer M", 1990,
    "Analysis of the inheritance, selection and evolution of growth trajectories. "
    "Genetics 124:979",
    "10.1093/genetics/124.4.979", "normalized Legendre polynomials",
)  # fmt: skip
BIF_GUIDELINES = Citation(
    "Beef Improvement Federation", 2002,
    "Guidelines for uniform beef improvement programs", "",
    "205-day weights with the dam's age, ratios, 365-day weights and frame scores",
)  # fmt: skip
BOGGESS_1991 = Citation(
    "Boggess MV, Wilson DE, Rothschild MF, Morrical DG", 1991,
    "National sheep improvement program: age adjustment of weaning weight. J Anim Sci 69:3190",
    "", "linear adjustment of lambs' weights to one age, and how far it reaches",
)  # fmt: skip
KOCH_1963 = Citation(
    "Koch RM, Swiger LA, Chambers D, Gregory KE", 1963,
    "Efficiency of feed use in beef cattle. J Anim Sci 22:486",
    "", "residual feed intake",
)  # fmt: skip
KAPLAN_1958 = Citation(
    "Kaplan EL, Meier P", 1958,
    "Nonparametric estimation from incomplete observations. J Am Stat Assoc 53:457",
    "10.1080/01621459.1958.10501452", "survival with censored animals",
)  # fmt: skip
