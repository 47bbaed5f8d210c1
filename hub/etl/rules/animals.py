"""Rules for animals and their parents, over the file and everything that is stored together."""

import polars as pl

from hub.etl.cells import EARLIEST_BIRTH, STATUSES
from hub.etl.rules import common
from hub.etl.rules.rule import Rule, RuleSet
from hub.events import TABLES
from hub.farms import Species

USUAL_FIRST_BIRTH = {
    **{name: rules.first_mating.days + rules.gestation.low for name, rules in TABLES.items()},
    "pig": 320,  # a gilt of 7 months that carries 3 months, 3 weeks and 3 days, rounded down
}
"""Days of age of a dam from which on a birth is usual; the hub tells of earlier matings, too."""
OLDEST_DAM = {"cattle": 22, "sheep": 16, "goat": 18, "pig": 10}
"""Years of age at which births are unheard of in practice; set by us, on the safe side."""
PARENTS = ("sire", "dam")


def _of_parent(code: str, column: str, says: str) -> Rule:
    return Rule(code=code, column=column, says=says, remedy="As the message says.")


_CELLS: tuple[Rule, ...] = (
    Rule(
        code="missing_id", column="id", says="Every row names its animal.",
        message="The row names no animal.", remedy="Fill in the animal's identifier.",
        wrong=pl.col("id").is_null(),
    ),
    *(common.bad_text(name, 64) for name in ("id", *PARENTS)),
    *(common.bad_text(name, 200) for name in ("name", "breed")),
    common.bad_code("sex", "F, M or U (unknown)"),
    common.bad_code("status", ", ".join(STATUSES)),
    common.bad_code("species", ", ".join(species.value for species in Species)),
    Rule(
        code="bad_birth_type", column="birth_type",
        says="How many were born together is a whole number from 1 to 20.",
        message="{cell!r} is no whole number from 1 to 20.",
        remedy="Correct it, or leave it empty if it is unknown.",
        wrong=pl.col("birth_type_text").is_not_null() & pl.col("birth_type").is_null(),
        cell="birth_type_text",
    ),
    common.bad_date("birth_date"),
    common.in_the_future("birth_date"),
    Rule(
        code="too_long_ago", column="birth_date",
        says=f"No animal was born before {EARLIEST_BIRTH.year}.",
        message=f"{{date}} is before {EARLIEST_BIRTH.year}.", remedy="Correct the date.",
        wrong=pl.col("birth_date") < EARLIEST_BIRTH, shown={"date": "birth_date"},
        cell="birth_date_text",
    ),
    Rule(
        code="other_farm", column="farm", says="Rows that name a farm name the one of the import.",
        message="The row belongs to farm {cell}, but the import is for {farm}.",
        remedy="Import it for that farm, or correct the code.",
        wrong=pl.col("farm") != pl.col("this_farm"), cell="farm",
    ),
)  # fmt: skip

_ACROSS: tuple[Rule, ...] = (
    Rule(
        code="duplicate_row", column="id", says="An animal has one row; the first is taken.",
        message="The animal {cell} stands in row {first} already.",
        remedy="Keep one row for each animal.", shown={"first": "first"}, cell="id",
    ),
    *(
        Rule(
            code=f"ambiguous_{parent}", column=parent,
            says=f"The name of a {parent} is that of one animal of the shared farms.",
            message="{cell} is the name of several animals of shared farms.",
            remedy="Write a name that only one animal bears.", cell=parent,
        )
        for parent in PARENTS
    ),
    _of_parent("own_parent", "sire or dam", "No animal is its own parent."),
    _of_parent("sire_is_female", "sire", "A sire is not female, in the file or in stock."),
    _of_parent("dam_is_male", "dam", "A dam is not male, in the file or in stock."),
    _of_parent("other_species", "sire or dam", "Parents are of the species of their offspring."),
    _of_parent("born_before_parent", "sire or dam", "Offspring are born after their parents."),
    _of_parent(
        "parent_too_young", "sire or dam",
        "A parent is old enough: earliest puberty and shortest gestation of its species.",
    ),
    Rule(
        code="sire_is_dam", column="dam", says="Sire and dam are two animals.",
        message="{tag} has the same animal as sire and as dam.",
        remedy="Correct one of them or leave it empty.", shown={"tag": "tag"},
    ),
    _of_parent(
        "sire_is_dam_elsewhere", "sire",
        "An animal is a sire or a dam, not both; the rarer use is taken for the mistake.",
    ),
    _of_parent("dam_is_sire_elsewhere", "dam", "The same, seen from the dam."),
    _of_parent("loop", "sire or dam", "No animal is its own ancestor."),
    Rule(
        code="young_dam", column="dam", severity="warning",
        says="A dam is not younger than is usual at a first birth of her species ("
        + ", ".join(f"{name} {days} days" for name, days in sorted(USUAL_FIRST_BIRTH.items()))
        + ").",
        message="The dam {dam} was {days} days old when {tag} was born; a first birth is usual "
        "from {usual} days on.",
        remedy="Look whether dam and dates are right. The row was loaded.",
        shown={"dam": "parent_tag", "days": "days", "tag": "tag", "usual": "usual"},
    ),
    Rule(
        code="old_dam", column="dam", severity="warning",
        says="A dam is not older than dams become ("
        + ", ".join(f"{name} {years} years" for name, years in sorted(OLDEST_DAM.items())) + ").",
        message="The dam {dam} was {years} years old when {tag} was born.",
        remedy="Look whether dam and dates are right. The row was loaded.",
        shown={"dam": "parent_tag", "years": "years", "tag": "tag"},
    ),
    common.UNKNOWN_COLUMN,
)  # fmt: skip

ANIMALS = RuleSet("animals", 2, (*common.OF_EVERY_FILE, *_CELLS, *_ACROSS))
