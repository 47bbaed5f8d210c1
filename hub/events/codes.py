"""Codes of reasons, with what the ICAR Animal Data Exchange calls them."""

from enum import StrEnum


class DisposalReason(StrEnum):
    """Why an animal left; `departure` and `death` are the ICAR values (1.5.1).

    ICAR's two lists do not match one to one: a code without a word of its own becomes Other.
    """

    departure: str
    death: str

    def __new__(cls, value: str, departure: str, death: str) -> "DisposalReason":
        member = str.__new__(cls, value)
        member._value_ = value
        member.departure, member.death = departure, death
        return member

    AGE = "age", "Age", "Age"
    SURPLUS = "surplus", "Superfluous", "Culled"
    SALE = "sale", "Sale", "Other"
    SLAUGHTER = "slaughter", "Slaughter", "Consumption"
    YOUNG = "young", "Newborn", "Other"
    LEGS = "legs", "LegOrClaw", "LegOrClaw"
    NUTRITION = "nutrition", "Nutrition", "Nutrition"
    PARTURITION = "parturition", "Parturition", "Parturition"
    MASTITIS = "mastitis", "Mastitis", "Mastitis"
    FERTILITY = "fertility", "Fertility", "Fertility"
    DISEASE = "disease", "Health", "Disease"
    PRODUCTION = "production", "Production", "Production"
    MILKING_ABILITY = "milking_ability", "MilkingAbility", "MilkingAbility"
    TYPE = "type", "BadType", "Culled"
    BEHAVIOR = "behavior", "Behaviour", "Culled"
    ACCIDENT = "accident", "Health", "Accident"
    PREDATOR = "predator", "Other", "Other"
    MISSING = "missing", "Other", "Missing"
    OTHER = "other", "Other", "Other"
    UNKNOWN = "unknown", "Unknown", "Unknown"


ICAR_EASE = {
    1: "EasyUnassisted",
    2: "EasyAssisted",
    3: "DifficultExtraAssistance",
    4: "DifficultVeterinaryCare",
    5: "CaesareanOrSurgery",
}
"""Parturition ease, by ICAR's names (icarReproCalvingEaseType; the Interbeef scale)."""
