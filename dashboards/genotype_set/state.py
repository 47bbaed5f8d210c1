"""Which set is looked at, and which part of it; both stand in the address."""

import param

SHOWN = 50
"""Rows of a table; a search finds the others."""
REGION_MARKERS, REGION_ANIMALS = 60, 25

QUALITY, SAMPLES, PARENTS, REGION = "quality", "samples", "parents", "region"
ORIGIN, USE = "origin", "use"
PARTS = {
    "Quality": QUALITY, "Samples": SAMPLES, "Parents": PARENTS, "Region": REGION, "Origin": ORIGIN,
    "Use": USE,
}  # fmt: skip
PLAIN_PARTS = {"Animals": SAMPLES, "Parents": PARENTS, "Quality": QUALITY}

WHICH_SAMPLES = {
    "all": {}, "kept": {"state": "kept"}, "left out": {"state": "excluded"},
    "without an animal": {"linked": False},
}  # fmt: skip
WHICH_PARENTS = {
    "to look at": "open", "confirmed": "accepted", "not the parent": "excluded",
    "doubtful": "doubtful", "all": "",
}  # fmt: skip


class GenotypeSetState(param.Parameterized):
    id = param.String("")
    part = param.String("")
