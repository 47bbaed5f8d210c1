"""Traits of performance that farms record: weights, scans, carcasses, milk, scores, feed, wool.

`icar` is the name that ICAR's Animal Data Exchange has for it, after the resource it is part of.
`ranges` are the plausible values of a species where they differ from those of the trait.
"""

from typing import Any

Range = tuple[float, float]

LINEAR_SCORES = {
    "stature": ("Stature", "Stature"),
    "chest_width": ("Chest width", "ChestWidth"),
    "body_depth": ("Body depth", "BodyDepth"),
    "angularity": ("Angularity", "Angularity"),
    "rump_angle": ("Rump angle", "RumpAngle"),
    "rump_width": ("Rump width", "RumpWidth"),
    "rear_legs_side": ("Rear legs, side view", "RearLegsSideView"),
    "rear_legs_rear": ("Rear legs, rear view", "RearLegsRearView"),
    "foot_angle": ("Foot angle", "FootAngle"),
    "fore_udder": ("Fore udder attachment", "ForeUdderAttachment"),
    "rear_udder_height": ("Rear udder height", "RearUdderHeight"),
    "central_ligament": ("Central ligament", "CentralLigament"),
    "udder_depth": ("Udder depth", "UdderDepth"),
    "front_teats": ("Front teat placement", "FrontTeatPlacement"),
    "rear_teats": ("Rear teat placement", "RearTeatPlacement"),
    "teat_length": ("Teat length", "TeatLength"),
    "locomotion": ("Locomotion", "Locomotion"),
    "muscularity": ("Muscularity", "Muscularity"),
}
"""Code of the score -> its name, and what ICAR calls it."""


def _trait(
    code: str,
    name: str,
    unit: str,
    span: Range,
    text: str,
    *,
    kind: str,
    icar: str = "",
    species: str | None = None,
    ranges: dict[str, Range] | None = None,
) -> dict[str, Any]:
    by_species = {one: list(two) for one, two in (ranges or {}).items()}
    return {
        "code": code, "name": name, "unit": unit, "species": species, "lowest": span[0],
        "highest": span[1], "description": text, "kind": kind, "icar": icar, "ranges": by_species,
    }  # fmt: skip


def _score(code: str, name: str, icar: str) -> dict[str, Any]:
    return _trait(
        f"type_{code}", name, "points", (1, 9), "Linear score, from 1 to 9 between the extremes",
        kind="type", icar=f"ConformationScore.{icar}",
    )  # fmt: skip


PERFORMANCE_TRAITS: list[dict[str, Any]] = [
    _trait(
        "weight", "Live weight", "kg", (0.1, 1500), "Weight on any day", kind="weight",
        icar="Weight", ranges={"sheep": (0.2, 250), "goat": (0.2, 200), "cattle": (5, 1500)},
    ),
    _trait("hip_height", "Height at the hips", "cm", (20, 220), "For frame scores", kind="size",
           icar="ConformationScore.HeightAtRump"),
    _trait("scrotal_circumference", "Scrotal circumference", "cm", (5, 60), "At its widest",
           kind="size"),
    _trait("muscle_depth", "Muscle depth by ultrasound", "mm", (3, 150),
           "Of the loin (longissimus), at the third lumbar vertebra or the 12th rib",
           kind="ultrasound", ranges={"sheep": (3, 60), "goat": (3, 50), "cattle": (15, 150)}),
    _trait("fat_depth", "Fat depth by ultrasound", "mm", (0, 60), "Over the loin",
           kind="ultrasound", ranges={"sheep": (0, 30), "goat": (0, 20)}),
    _trait("carcass_conformation", "Carcass conformation", "class", (1, 18),
           "EUROP in thirds: P- 1, P 2, P+ 3, O- 4 ... E+ 15, S- 16, S 17, S+ 18",
           kind="carcass", icar="CarcassObservations.Conformation"),
    _trait("carcass_fat_class", "Carcass fat class", "class", (1, 15),
           "Classes 1 to 5 in thirds: 1- 1, 1 2, 1+ 3 ... 5+ 15", kind="carcass",
           icar="CarcassObservations.FatClass"),
    _trait("lactose_percent", "Lactose percentage", "%", (1, 8), "Lactose of a test day",
           kind="milk", icar="TestDayResult.LAC"),
    _trait("milk_urea", "Milk urea", "mg/l", (10, 1500), "Urea of a test day", kind="milk",
           icar="TestDayResult.UREA"),
    _trait("body_condition", "Body condition score", "points", (1, 5),
           "From 1, emaciated, to 5, obese, in halves or quarters", kind="condition",
           icar="ConformationScore.BodyConditionScore"),
    *(_score(code, name, icar) for code, (name, icar) in LINEAR_SCORES.items()),
    _trait("type_final", "Final score of type", "points", (50, 100), "Overall classification",
           kind="type", icar="ConformationScore.FinalScore"),
    _trait("feed_intake", "Feed intake", "kg/d", (0, 60), "Dry matter eaten on one day",
           kind="feed", icar="FeedIntake", ranges={"sheep": (0, 8), "goat": (0, 8)}),
    _trait("fleece_weight", "Greasy fleece weight", "kg", (0.1, 25), "Of one shearing",
           kind="wool", ranges={"goat": (0.05, 12)}),
    _trait("fiber_diameter", "Fiber diameter", "micron", (8, 60), "Mean of a wool sample",
           kind="wool"),
    _trait("staple_length", "Staple length", "mm", (10, 400), "Of one shearing", kind="wool"),
]  # fmt: skip

_YIELD = {"sheep": (0.05, 12), "goat": (0.05, 20), "cattle": (0.05, 120)}

KNOWN_BEFORE: dict[str, dict[str, Any]] = {
    "birth_weight": {
        "kind": "weight", "icar": "Weight",
        "ranges": {"sheep": (0.2, 15), "goat": (0.2, 12), "cattle": (5, 90)},
    },
    "weaning_weight": {
        "kind": "weight", "icar": "Weight",
        "ranges": {"sheep": (3, 100), "goat": (3, 80), "cattle": (30, 500)},
    },
    "pre_weaning_gain": {"kind": "weight", "icar": "", "ranges": {}},
    "milk_yield": {"kind": "milk", "icar": "TestDayResult.milkWeight24Hours", "ranges": _YIELD},
    "fat_percent": {"kind": "milk", "icar": "TestDayResult.FAT", "ranges": {}},
    "protein_percent": {"kind": "milk", "icar": "TestDayResult.PROTEIN", "ranges": {}},
    "somatic_cell_count": {"kind": "milk", "icar": "TestDayResult.SCC", "ranges": {}},
    "somatic_cell_score": {"kind": "milk", "icar": "", "ranges": {}},
    "milk_305d": {"kind": "lactation", "icar": "", "ranges": {}},
    "fat_305d": {"kind": "lactation", "icar": "", "ranges": {}},
    "protein_305d": {"kind": "lactation", "icar": "", "ranges": {}},
    "litter_size": {"kind": "reproduction", "icar": "Parturition.totalProgeny", "ranges": {}},
    "carcass_weight": {"kind": "carcass", "icar": "CarcassObservations.Weight", "ranges": {}},
    "drip_loss": {"kind": "carcass", "icar": "", "ranges": {}},
}  # fmt: skip
"""What the traits of the releases before gain."""
