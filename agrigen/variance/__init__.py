"""Variance components: restricted maximum likelihood, its tests and intervals."""

from agrigen.variance.compare import Comparison
from agrigen.variance.methods import estimators
from agrigen.variance.profile import Profile
from agrigen.variance.reml import reml
from agrigen.variance.result import Reml

__all__ = ["Comparison", "Profile", "Reml", "estimators", "reml"]
