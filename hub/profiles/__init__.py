"""What people tell about themselves and how they like the hub; what to do next."""

from hub.profiles.schemas import (
    Counted,
    ProfileRead,
    ProfileUpdate,
    Suggestion,
    SuggestionRead,
    Usage,
    WeightUnit,
)
from hub.profiles.service import get, mail_is_unwanted, of_person, suggestions, update, usage

__all__ = [
    "Counted",
    "ProfileRead",
    "ProfileUpdate",
    "Suggestion",
    "SuggestionRead",
    "Usage",
    "WeightUnit",
    "get",
    "mail_is_unwanted",
    "of_person",
    "suggestions",
    "update",
    "usage",
]
