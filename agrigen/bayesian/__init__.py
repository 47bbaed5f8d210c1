"""Bayesian regression on markers: BayesA, B, C, Cpi, R, lasso and ridge, also in a single step."""

from agrigen.bayesian.fit import bayes
from agrigen.bayesian.methods import METHODS
from agrigen.bayesian.priors import BayesPriors
from agrigen.bayesian.result import Bayes

__all__ = ["METHODS", "Bayes", "BayesPriors", "bayes"]
