"""Variance components: restricted maximum likelihood, its tests, and Gibbs sampling."""

from agrigen.variance.compare import Comparison
from agrigen.variance.gibbs import gibbs
from agrigen.variance.methods import estimators
from agrigen.variance.posterior import Gibbs
from agrigen.variance.profile import Profile
from agrigen.variance.reml import reml
from agrigen.variance.result import Reml
from agrigen.variance.sampler import Prior

__all__ = ["Comparison", "Gibbs", "Prior", "Profile", "Reml", "estimators", "gibbs", "reml"]
