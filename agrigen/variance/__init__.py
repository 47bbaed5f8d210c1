"""Variance components: restricted maximum likelihood, its tests, and Gibbs sampling."""

from agrigen.variance.compare import Comparison
from agrigen.variance.dense import dense_reml
from agrigen.variance.dense_result import DenseReml
from agrigen.variance.dense_traits import DenseTraits
from agrigen.variance.gibbs import gibbs
from agrigen.variance.methods import estimators
from agrigen.variance.posterior import Gibbs
from agrigen.variance.profile import Profile
from agrigen.variance.reml import reml
from agrigen.variance.result import Reml
from agrigen.variance.sampler import Prior

__all__ = [
    "Comparison",
    "DenseReml",
    "DenseTraits",
    "Gibbs",
    "Prior",
    "Profile",
    "Reml",
    "dense_reml",
    "estimators",
    "gibbs",
    "reml",
]
