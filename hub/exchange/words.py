"""ADE's words for the hub's, and back."""

from hub.events.codes import DisposalReason


def _back(words: dict[str, str]) -> dict[str, str]:
    return {theirs: ours for ours, theirs in reversed(words.items())}


SPECIES = {"cattle": "Cattle", "sheep": "Sheep", "goat": "Goat", "pig": "Pig"}
FROM_SPECIES = _back(SPECIES)

SEXES = {"F": "Female", "M": "Male", "U": "Unknown"}
FROM_SEXES = _back(SEXES) | {"FemaleNeuter": "F", "MaleCryptorchid": "M", "MaleNeuter": "M"}

STATUSES = {"alive": "Alive", "dead": "Dead", "sold": "OffFarm", "unknown": "Unknown"}
FROM_STATUSES = _back(STATUSES)

CHECK_METHODS = {
    "ultrasound": "Echography", "palpation": "Palpation", "blood": "Blood", "milk": "Milk",
    "visual": "Visual", "other": "Other",
}  # fmt: skip
FROM_CHECK_METHODS = _back(CHECK_METHODS)

INTENSITIES = {
    "VeryWeak": "weak", "Weak": "weak", "Normal": "normal", "Strong": "strong",
    "VeryStrong": "strong",
}  # fmt: skip

ARRIVALS = {"purchase": "Purchase", "return": "AgistmentReturn", "loan": "Agistment",
            "other": "Other"}  # fmt: skip
FROM_ARRIVALS = _back(ARRIVALS) | {
    "Sale": "purchase", "SaleReturn": "return", "StudService": "loan",
    "StudServiceReturn": "return", "Show": "loan", "ShowReturn": "return",
}  # fmt: skip
"""Any other reason is `other`."""

DEATHS = {"died": "Perished", "euthanized": "Culled", "lost": "Lost"}
FROM_DEATHS = _back(DEATHS) | {
    "Slaughter": "slaughtered", "Theft": "lost", "Accident": "died", "Other": "died",
}  # fmt: skip

BIRTH_STATES = {"Alive": "live", "Stillborn": "stillborn", "Aborted": "stillborn"}
"""Any other state of a newborn is that it died."""

DOSES = {"ml": "MLT", "l": "LTR", "mg": "MGM", "g": "GRM"}
FROM_DOSES = _back(DOSES)

WEIGHING = {
    "scale": "LoadCell", "tape": "Girth", "assessed": "Assessed", "walk-over scale": "WalkOver",
    "predicted": "Predicted", "imaged": "Imaged", "front end": "FrontEndCorrelated",
    "group average": "GroupAverage",
}  # fmt: skip
FROM_WEIGHING = _back(WEIGHING)

KILOGRAMS = {"KGM": 1.0, "GRM": 1e-3, "MGM": 1e-6, "MC": 1e-9, "TNE": 1e3, "LBR": 0.45359237,
             "PN": 0.45359237, "ONZ": 0.028349523125}  # fmt: skip
"""Kilograms of one unit of mass of UN/CEFACT; the pound and ounce are the international ones."""

CHARACTERISTICS = {"FAT": "fat_percent", "PROTEIN": "protein_percent", "PRO": "protein_percent",
                   "LAC": "lactose_percent", "SCC": "somatic_cell_count",
                   "UREA": "milk_urea"}  # fmt: skip


def departure_reason(word: str) -> DisposalReason:
    """The first of our reasons that ADE calls so for a departure; those without a word: other."""
    return _first("departure", word)


def death_reason(word: str) -> DisposalReason:
    return _first("death", word)


def _first(where: str, word: str) -> DisposalReason:
    if word == "Other":
        return DisposalReason.OTHER
    return next((one for one in DisposalReason if getattr(one, where) == word),
                DisposalReason.OTHER)  # fmt: skip
