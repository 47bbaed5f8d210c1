"""Animals: who they are, what they are called, and who their genetic parents are."""

from hub.animals import custom, groups, identifiers, photos, places
from hub.animals.adding import create, create_many
from hub.animals.duplicates import duplicates
from hub.animals.history import history
from hub.animals.identifiers import lookup, retag
from hub.animals.merging import merge, merges, unmerge
from hub.animals.pedigree import count_offspring, offspring, pedigree
from hub.animals.reading import find, find_many, find_to_change, hold
from hub.animals.schemas import (
    AnimalCount,
    AnimalCreate,
    AnimalMatch,
    AnimalQuery,
    AnimalRead,
    AnimalUpdate,
    DuplicateRead,
    HistoryRead,
    IdentifierChange,
    IdentifierRead,
    IdentifierState,
    MergeRead,
    OtherIdentifier,
    ParentRead,
    PedigreeNode,
    Retag,
    Sex,
    Status,
    TagReason,
)
from hub.animals.service import change, counts, get, get_many, resolve, search, update

__all__ = [
    "AnimalCount",
    "AnimalCreate",
    "AnimalMatch",
    "AnimalQuery",
    "AnimalRead",
    "AnimalUpdate",
    "DuplicateRead",
    "HistoryRead",
    "IdentifierChange",
    "IdentifierRead",
    "IdentifierState",
    "MergeRead",
    "OtherIdentifier",
    "ParentRead",
    "PedigreeNode",
    "Retag",
    "Sex",
    "Status",
    "TagReason",
    "change",
    "count_offspring",
    "counts",
    "create",
    "create_many",
    "custom",
    "duplicates",
    "find",
    "find_many",
    "find_to_change",
    "get",
    "get_many",
    "groups",
    "history",
    "hold",
    "identifiers",
    "lookup",
    "merge",
    "merges",
    "offspring",
    "pedigree",
    "photos",
    "places",
    "resolve",
    "retag",
    "search",
    "unmerge",
    "update",
]
