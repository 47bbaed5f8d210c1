"""The kinds of data that farms share one by one, in the words in which people agree to it."""

from hub.worded import Worded

TERMS = "2026-11"
"""Which wording of the sentences below somebody agreed to; changes with them."""


class DataKind(Worded):
    """One kind of a farm's data; `sentence` says what whoever gets it can see."""

    PEDIGREE = (
        "pedigree",
        "Animals with their names and numbers, sex, breed, birth, parents and status",
    )
    RECORDS = (
        "records",
        "What was weighed, measured and milked: weights, yields, scores, with their dates",
    )
    EVENTS = (
        "events",
        "What happened on the farm: matings, births, treatments, moves, groups, places, photos",
    )
    GENOTYPES = (
        "genotypes",
        "Genotypes of animals and results for single genes; they also tell who is related to whom",
    )
    EVALUATIONS = (
        "evaluations",
        "Breeding values of the farm's animals in published evaluations",
    )
