"""Genetic evaluation: declare a model, solve its equations, get breeding values."""

from agrigen.evaluation.blup import evaluate
from agrigen.evaluation.files import ModelFile, evaluate_file, load_model
from agrigen.evaluation.model import (
    Animal,
    Basis,
    Core,
    Covariate,
    Effect,
    Fixed,
    Genomic,
    Model,
    Random,
)
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.validation import Validation, cross_validate, validate

__all__ = [
    "Animal",
    "Basis",
    "Core",
    "Covariate",
    "Effect",
    "Evaluation",
    "Fixed",
    "Genomic",
    "Model",
    "ModelFile",
    "Random",
    "Validation",
    "cross_validate",
    "evaluate",
    "evaluate_file",
    "load_model",
    "validate",
]
