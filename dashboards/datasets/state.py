"""What the viewer of datasets has chosen; everything stands in the address."""

import param

from dashboards.components.address import Text

MOST = 300
"""Versions that are looked through; older ones are on the pages of their datasets."""
MOST_TAGGED = 25
"""Datasets whose tags are asked for."""
FROZEN, INPUTS = "frozen", "inputs"
SHOWN = {"Tables that somebody froze": FROZEN, "What evaluations used": INPUTS}
USUAL = ("animals", "records", "events")
TABLES = {
    "Animals with their parents": "animals",
    "Records: what was measured": "records",
    "Events: births, matings, treatments": "events",
    "Milk recording, a row a test day": "milk_recording",
    "Identifiers: every name of an animal": "identifiers",
    "Groups, and who was in them": "groups",
    "Places": "places",
    "Breeding values that were published": "breeding_values",
    "Genotyped samples": "genotype_samples",
}


class DatasetsState(param.Parameterized):
    """`job` and `made` are the freeze that is followed, and where its version will be."""

    show = param.String(FROZEN)
    find = Text("")
    job = param.String("")
    made = param.String("")
