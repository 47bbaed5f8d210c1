"""Which column of a file is which of ours: suggestions by name, unit and content."""

from hub.etl.mapping.suggest import (
    GOOD,
    Suggestion,
    Trait,
    cleaning_of,
    mapping_of,
    suggest,
    traits_of,
)

__all__ = ["GOOD", "Suggestion", "Trait", "cleaning_of", "mapping_of", "suggest", "traits_of"]
