"""Quality control of newly genotyped animals: what must hold before they are predicted."""

from agrigen.genotypes import Genotypes
from agrigen.genotypes.quality import QualityReport, QualityRules, quality_control

RULES = QualityRules(
    minor_frequency=None, monomorphic=False, hardy_weinberg=None, identity=None,
    mendelian_markers=None, mendelian_samples=None, chromosomes="all",
)  # fmt: skip
"""Call rates and outliers of heterozygosity. How frequent alleles are among a few new animals says
nothing about a marker whose effect is known."""


def check(genotypes: Genotypes, rules: QualityRules = RULES) -> QualityReport:
    """Samples and markers fit for prediction; `report.apply(genotypes)` leaves out the others."""
    return quality_control(genotypes, rules)
