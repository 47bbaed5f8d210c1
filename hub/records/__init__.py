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
    correct,
    get,
    get_many,
    of_animal,
    of_farm,
    remove,
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
    "correct",
    "get",
    "get_many",
    "of_animal",
    "of_farm",
    "remove",
    "trait",
    "traits",
]
