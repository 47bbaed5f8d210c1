"""Evaluations: genetic evaluations of frozen data, their breeding values and who may see them."""

from hub.evaluations.results import (
    breeding_values,
    content,
    diagnostics,
    of_animal,
    trends,
    variances,
)
from hub.evaluations.schemas import (
    AnimalValue,
    BreedingValueRead,
    BreedingValuesQuery,
    DiagnosticsRead,
    EvaluationCreate,
    EvaluationRead,
    EvaluationsQuery,
    ModelDeclaration,
    ResultQuery,
    TrendRead,
    VarianceRead,
)
from hub.evaluations.service import (
    cancel,
    create,
    get,
    latest,
    publish,
    retry,
    search,
    withdraw,
)
from hub.evaluations.tasks import run_evaluation

__all__ = [
    "AnimalValue",
    "BreedingValueRead",
    "BreedingValuesQuery",
    "DiagnosticsRead",
    "EvaluationCreate",
    "EvaluationRead",
    "EvaluationsQuery",
    "ModelDeclaration",
    "ResultQuery",
    "TrendRead",
    "VarianceRead",
    "breeding_values",
    "cancel",
    "content",
    "create",
    "diagnostics",
    "get",
    "latest",
    "of_animal",
    "publish",
    "retry",
    "run_evaluation",
    "search",
    "trends",
    "variances",
    "withdraw",
]
