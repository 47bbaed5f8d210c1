"""Records: observations of traits on animals, and the traits that can be observed."""

from hub.records.schemas import (
    FarmRecordQuery,
    FarmRecordRead,
    RecordCorrect,
    RecordCreate,
    RecordQuery,
    RecordRead,
    RecordRemove,
    TraitRead,
)
from hub.records.service import (
    add,
    add_many,
    correct,
    get,
    get_many,
    of_animal,
    of_farm,
    remove,
    same,
    trait,
    traits,
)

__all__ = [
    "FarmRecordQuery",
    "FarmRecordRead",
    "RecordCorrect",
    "RecordCreate",
    "RecordQuery",
    "RecordRead",
    "RecordRemove",
    "TraitRead",
    "add",
    "add_many",
    "correct",
    "get",
    "get_many",
    "of_animal",
    "of_farm",
    "remove",
    "same",
    "trait",
    "traits",
]
