"""Named, ordered steps that clean a file before its rules; each change is kept and undoable."""

from hub.etl.cleaning.apply import CHANGES, Cleaned, State, apply, survey, unapply
from hub.etl.cleaning.steps import Cleaning, CleaningStep, dump, load, made, named

__all__ = [
    "CHANGES",
    "Cleaned",
    "Cleaning",
    "CleaningStep",
    "State",
    "apply",
    "dump",
    "load",
    "made",
    "named",
    "survey",
    "unapply",
]
