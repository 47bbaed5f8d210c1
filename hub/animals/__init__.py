"""Animals: who they are, what they are called, and who their genetic parents are."""

from hub.animals.merging import merge, merges, unmerge
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
    MergeRead,
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
    "MergeRead",
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
    "merge",
    "merges",
    "offspring",
    "pedigree",
    "resolve",
    "search",
    "unmerge",
    "update",
]
