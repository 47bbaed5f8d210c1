"""Evaluations: genetic evaluations of frozen data, their breeding values and who may see them."""

from hub.evaluations.schemas import (
    AnimalValue,
    BreedingValueRead,
    BreedingValuesQuery,
    EvaluationCreate,
    EvaluationRead,
    EvaluationsQuery,
    ModelDeclaration,
)
from hub.evaluations.service import (
    breeding_values,
    cancel,
    content,
    create,
    get,
    latest,
    of_animal,
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
    "EvaluationCreate",
    "EvaluationRead",
    "EvaluationsQuery",
    "ModelDeclaration",
    "breeding_values",
    "cancel",
    "content",
    "create",
    "get",
    "latest",
    "of_animal",
    "publish",
    "retry",
    "run_evaluation",
    "search",
    "withdraw",
]
