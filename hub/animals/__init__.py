"""Animals: who they are, what they are called, and who their genetic parents are."""

from hub.animals.pedigree import count_offspring, offspring, pedigree
from hub.animals.reading import find, find_to_change
from hub.animals.schemas import (
    AnimalCount,
    AnimalCreate,
    AnimalQuery,
    AnimalRead,
    AnimalUpdate,
    IdentifierRead,
    IdentifierState,
    OtherIdentifier,
    ParentRead,
    PedigreeNode,
    Sex,
    Status,
)
from hub.animals.service import counts, create, get, get_many, resolve, search, update

__all__ = [
    "AnimalCount",
    "AnimalCreate",
    "AnimalQuery",
    "AnimalRead",
    "AnimalUpdate",
    "IdentifierRead",
    "IdentifierState",
    "OtherIdentifier",
    "ParentRead",
    "PedigreeNode",
    "Sex",
    "Status",
    "count_offspring",
    "counts",
    "create",
    "find",
    "find_to_change",
    "get",
    "get_many",
    "offspring",
    "pedigree",
    "resolve",
    "search",
    "update",
]
