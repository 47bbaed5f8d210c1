"""The Python client of an AgriGen hub: `hub = ag.connect()`, then the same nouns as everywhere.

    import agrigen as ag

    hub = ag.connect()
    hub.evaluations.latest("weaning_weight").frame()

Needs httpx (`pip install agrigen[client]`); nothing else in agrigen imports this package.
"""

from agrigen.client.associations import Association
from agrigen.client.errors import (
    ApiError,
    Conflict,
    Denied,
    Failed,
    FieldError,
    Invalid,
    Limited,
    Missing,
    NotSignedIn,
    Unavailable,
    Unreachable,
)
from agrigen.client.evaluations import Components, Evaluation, EvaluationDataset
from agrigen.client.genotypes import GenotypeSet
from agrigen.client.hub import Hub, connect
from agrigen.client.item import Item

__all__ = [
    "ApiError",
    "Association",
    "Components",
    "Conflict",
    "Denied",
    "Evaluation",
    "EvaluationDataset",
    "Failed",
    "FieldError",
    "GenotypeSet",
    "Hub",
    "Invalid",
    "Item",
    "Limited",
    "Missing",
    "NotSignedIn",
    "Unavailable",
    "Unreachable",
    "connect",
]
