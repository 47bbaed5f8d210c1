"""Breeding values of newly genotyped animals from stored marker effects."""

from agrigen.prediction.alignment import Alignment
from agrigen.prediction.effects import MarkerEffects, Precision
from agrigen.prediction.predict import Prediction, predict

__all__ = ["Alignment", "MarkerEffects", "Precision", "Prediction", "predict"]
