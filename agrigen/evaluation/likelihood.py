"""The restricted likelihood of a model at given covariances."""

import numpy as np

from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.system import System
from agrigen.types import Floats


def log_likelihood(
    system: System, covariances: Covariances, solutions: Floats, logdet: float
) -> float:
    """REML log-likelihood; constants included, covariates unscaled as they stand in the records.

    Parameters
    ----------
    solutions
        Of the mixed-model equations at these covariances.
    logdet
        Log-determinant of their matrix.
    """
    design = system.design
    weighted = system.weighted(design.records.y, covariances)
    quadratic = float(design.records.y @ weighted - solutions @ system.adjoint(weighted))
    determinants = system.log_residual(covariances) + system.log_penalty(covariances)
    return -0.5 * (constant(system) + determinants + logdet + quadratic)


def constant(system: System) -> float:
    """What -2 log-likelihood holds at any covariances: of pi, and of how covariates are scaled."""
    design = system.design
    kept = ~design.pinned[design.fixed]
    # The scale of a column is on the diagonal of `report`.
    unscaled = -2.0 * float(np.log(design.report.diagonal()[kept]).sum())
    return (system.observations - system.rank) * float(np.log(2.0 * np.pi)) + unscaled
