"""Rules for records of traits, one value of one animal at a time.

The check prepares: animal, farm_id (of a known animal), species, birth_date, trait, trait_species,
lowest, highest, unit, value and value_text, date and date_text, undated, occasion, today.
"""

import polars as pl

from hub.etl.rules import common
from hub.etl.rules.rule import Rule, RuleSet

OUTLIER_Z = 6.0
"""Robust z: of 1 M values that are normal, one or none is farther from the middle by chance."""
SMALLEST_GROUP = 10

_has = pl.col("animal").is_not_null()

RULES: tuple[Rule, ...] = (
    *common.OF_EVERY_FILE,
    Rule(
        code="missing_animal", column="animal", says="Every row names its animal.",
        message="The row names no animal.", remedy="Fill in the animal's identifier.", wrong=~_has,
    ),
    Rule(
        code="unknown_animal", column="animal",
        says="The animal is one of the farm, by its tag or another of its identifiers.",
        message="{cell} is no animal of farm {farm}.",
        remedy="Correct the identifier, or import the animal first.",
        wrong=_has & pl.col("farm_id").is_null(), cell="animal",
    ),
    Rule(
        code="missing_trait", column="trait", says="Every row names its trait.",
        message="The row names no trait.", remedy="Fill in the trait.",
        wrong=pl.col("trait").is_null(),
    ),
    Rule(
        code="unknown_trait", column="trait", says="The trait is one that the hub knows.",
        message="The hub knows no trait {cell!r}.", remedy="Write one of {traits}.",
        wrong=pl.col("trait").is_not_null() & pl.col("lowest").is_null(), cell="trait",
    ),
    Rule(
        code="other_species", column="trait", says="The trait is one of the animal's species.",
        message="{cell} is a trait of {of}, but {animal} is of species {species}.",
        remedy="Correct the trait or the animal.",
        wrong=pl.col("trait_species") != pl.col("species"),
        shown={"of": "trait_species", "animal": "animal", "species": "species"}, cell="trait",
    ),
    Rule(
        code="missing_value", column="value", says="Every row has a value.",
        message="The row has no value.", remedy="Fill in the value, or remove the row.",
        wrong=pl.col("value_text").is_null(),
    ),
    Rule(
        code="bad_number", column="value", says="A value is a number.",
        message="{cell!r} is not a number.",
        remedy="Write digits with a point, such as 12.5, without units or thousands separators.",
        wrong=pl.col("value_text").is_not_null() & ~pl.col("value").is_finite().fill_null(False),
        cell="value_text",
    ),
    Rule(
        code="out_of_range", column="value",
        says="A value lies in the range of its trait and species.",
        message="{value:.10g} {unit} is not plausible for {trait}: it lies between {lowest:.10g} "
        "and {highest:.10g} {unit}.",
        remedy="Check the unit and the decimal point, or leave the record out.",
        wrong=pl.col("value").is_finite()
        & ((pl.col("value") < pl.col("lowest")) | (pl.col("value") > pl.col("highest"))),
        shown={
            "value": "value", "unit": "unit", "trait": "trait", "lowest": "lowest",
            "highest": "highest",
        },
        cell="value_text",
    ),
    common.bad_date("date"),
    Rule(
        code="missing_date", column="date",
        says="A record has a date, or an occasion such as a lactation.",
        message="The record has neither a date nor an occasion.", remedy="Fill in the date.",
        wrong=pl.col("date_text").is_null() & ~pl.col("undated") & pl.col("occasion").is_null(),
    ),
    common.in_the_future("date"),
    Rule(
        code="before_birth", column="date", says="Nothing is dated before the birth of its animal.",
        message="{animal} was born on {born}; the record is dated {date}.",
        remedy="Correct the date of the record or the birth date of the animal.",
        wrong=pl.col("date") < pl.col("birth_date"),
        shown={"animal": "animal", "born": "birth_date", "date": "date"}, cell="date_text",
    ),
    Rule(
        code="duplicate_row", column="animal",
        says="A file has one value for an animal, trait, date and occasion; the first is taken.",
        message="Row {first} has a value of {trait} for {animal} on that day already.",
        remedy="Keep one, or tell them apart by an occasion column in the mapping.",
        shown={"first": "first", "trait": "trait_code", "animal": "tag"}, cell="tag",
    ),
    Rule(
        code="outlier", column="value",
        says="A value is not far from those of its contemporary group: the same trait, day or "
        f"occasion, sex and year of birth on the farm, {SMALLEST_GROUP} or more of them. Far is "
        f"{OUTLIER_Z:g} robust standard deviations (1.4826 times the median distance from the "
        "median).",
        message="{value:.10g} {unit} is far from the other {others:,} of its group, which lie "
        "around {middle:.10g} {unit}.",
        remedy="Look whether it was written down rightly. It was loaded.",
        severity="warning",
        shown={"value": "value", "unit": "unit", "others": "others", "middle": "middle"},
        cell="value",
    ),
)  # fmt: skip
RECORDS = RuleSet("records", 2, RULES)
