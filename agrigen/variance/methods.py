"""The estimators that `evaluate` knows by name."""

from collections.abc import Callable, Mapping
from typing import Any

from agrigen.evaluation.arrays import Design
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.result import Components
from agrigen.variance.gibbs import gibbs_components
from agrigen.variance.reml import reml_of

Estimator = Callable[..., Components]
"""Called with a design, starting values, stages, and its own options."""


def _reml(
    design: Design, start: Mapping[str, Any] | None, stage: Stages, **options: Any
) -> Components:
    return reml_of(design, start, stage, **options)


def _gibbs(
    design: Design, start: Mapping[str, Any] | None, stage: Stages, **options: Any
) -> Components:
    return gibbs_components(design, start, stage, **options)


estimators: dict[str, Estimator] = {"reml": _reml, "gibbs": _gibbs}
