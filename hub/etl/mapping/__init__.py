"""Which column of a file is which of ours: suggestions by name, unit and content."""

from hub.etl.mapping.suggest import Trait, cleaning_of, mapping_of, suggest, traits_of
from hub.etl.mapping.suggestion import GOOD, Suggestion

__all__ = ["GOOD", "Suggestion", "Trait", "cleaning_of", "mapping_of", "suggest", "traits_of"]
