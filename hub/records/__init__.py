"""Records: observations of traits on animals, and the traits that can be observed."""

from hub.records.schemas import RecordCreate, RecordQuery, RecordRead, TraitRead
from hub.records.service import add, of_animal, trait, traits

__all__ = [
    "RecordCreate",
    "RecordQuery",
    "RecordRead",
    "TraitRead",
    "add",
    "of_animal",
    "trait",
    "traits",
]
