"""Bayesian regression on markers: BayesA, B, C, Cpi, R, lasso and ridge, also in a single step."""

from agrigen.bayes.fit import bayes
from agrigen.bayes.methods import METHODS
from agrigen.bayes.priors import BayesPriors
from agrigen.bayes.result import Bayes

__all__ = ["METHODS", "Bayes", "BayesPriors", "bayes"]
