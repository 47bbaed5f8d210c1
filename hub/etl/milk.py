"""Files of milk recording: a row for each animal and test day, with several results in it."""

from hub.etl.columns import refuse
from hub.etl.read import Table
from hub.etl.schemas import Mapping

USUAL: dict[str, tuple[str, ...]] = {
    "animal": ("animal", "id", "animal_id", "tag", "ear_tag", "eartag", "cow", "ewe", "goat"),
    "date": ("date", "test_date", "testdate", "test_day", "recording_date", "sample_date"),
    "occasion": ("occasion", "milking", "sample", "lactation"),
    "undated": ("undated",),
}
TRAITS: dict[str, tuple[str, ...]] = {
    "milk_yield": ("milk_yield", "milk_kg", "milk", "kg_milk", "yield", "milk_24h"),
    "fat_percent": ("fat_percent", "fat_pct", "fat", "fat_%", "fat%"),
    "protein_percent": ("protein_percent", "protein_pct", "protein", "protein_%", "protein%"),
    "lactose_percent": ("lactose_percent", "lactose_pct", "lactose", "lactose_%"),
    "somatic_cell_count": ("somatic_cell_count", "scc", "cells", "somatic_cells"),
    "milk_urea": ("milk_urea", "urea", "mun"),
}
NAMES = tuple(name for names in (*USUAL.values(), *TRAITS.values()) for name in names)
"""By which names a header is recognized."""


def with_usual_names(table: Table, mapping: Mapping) -> Mapping:
    """The mapping with the columns that are called as laboratories usually call them.

    What the mapping says goes first. Other columns are left out, unless it keeps them.
    """
    there = {_plain(name): name for name in table.columns if name not in mapping.ignore}
    taken = {*mapping.columns.values(), *mapping.traits.values()}
    columns = {
        ours: there[name] for ours, names in USUAL.items() for name in reversed(names)
        if name in there and there[name] not in taken
    } | mapping.columns  # fmt: skip
    traits = {
        trait: there[name] for trait, names in TRAITS.items() for name in reversed(names)
        if name in there and there[name] not in taken
    } | mapping.traits  # fmt: skip
    if not traits:
        refuse(
            "columns", "No column of the file is a result of milk recording.",
            "Say in mapping.traits which is which, such as {'milk_yield': 'Milk (kg)'}.",
        )  # fmt: skip
    occasion = mapping.occasion or columns.pop("occasion", None)
    columns.pop("occasion", None)
    return mapping.model_copy(
        update={
            "columns": columns, "traits": traits, "occasion": occasion,
            "attributes": mapping.attributes or [],
        }
    )  # fmt: skip


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
