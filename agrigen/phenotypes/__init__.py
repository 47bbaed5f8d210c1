"""Performance: weights, milk, reproduction and identifiers; each formula once, with its source."""

from agrigen.phenotypes.best_prediction import (
    BestPrediction,
    best_prediction,
    daily_prediction,
)
from agrigen.phenotypes.curves import LactationCurves, curve_basis, fit_curves
from agrigen.phenotypes.electronic import ElectronicId, read_electronic
from agrigen.phenotypes.feed import (
    ResidualIntake,
    average_daily_gain,
    feed_conversion,
    gain_on_test,
    residual_feed_intake,
)
from agrigen.phenotypes.fertility import (
    Rate,
    age_at_first_birth,
    birth_intervals,
    conception_rate,
    days_open,
    litter_summary,
    non_return_rate,
    pregnancy_rate,
)
from agrigen.phenotypes.identifiers import (
    Identifier,
    read_identifier,
    read_identifiers,
    uk_check_digit,
)
from agrigen.phenotypes.lactation import (
    IntervalRules,
    LactationYields,
    lactation_yields,
    persistency,
    yield_between,
)
from agrigen.phenotypes.lactation_standard import LactationStandard
from agrigen.phenotypes.milk import (
    component_yield,
    corrected_milk,
    daily_yield,
    milking_factor,
    somatic_cell_score,
    somatic_cells,
)
from agrigen.phenotypes.standards import dairy_standards, expected_yields, standard_for
from agrigen.phenotypes.survival import SurvivalCurve, survival_curve
from agrigen.phenotypes.weights import (
    BIF_AGE_OF_DAM,
    AgeOfDam,
    ClassFactors,
    adjusted_later_weight,
    adjusted_weight,
    frame_score,
    weaning_weight_205,
    weight_ratio,
    yearling_weight_365,
)

__all__ = [
    "BIF_AGE_OF_DAM", "AgeOfDam", "BestPrediction", "ClassFactors", "ElectronicId",
    "Identifier", "IntervalRules", "LactationCurves", "LactationStandard", "LactationYields",
    "Rate", "ResidualIntake", "SurvivalCurve", "adjusted_later_weight", "adjusted_weight",
    "age_at_first_birth", "average_daily_gain", "best_prediction", "birth_intervals",
    "component_yield", "conception_rate", "corrected_milk", "curve_basis", "daily_prediction",
    "daily_yield", "dairy_standards", "days_open", "expected_yields", "feed_conversion",
    "fit_curves", "frame_score", "gain_on_test", "lactation_yields", "litter_summary",
    "milking_factor", "non_return_rate", "persistency", "pregnancy_rate", "read_electronic",
    "read_identifier", "read_identifiers", "residual_feed_intake", "somatic_cell_score",
    "somatic_cells", "standard_for", "survival_curve", "uk_check_digit", "weaning_weight_205",
    "weight_ratio", "yearling_weight_365", "yield_between",
]  # fmt: skip
