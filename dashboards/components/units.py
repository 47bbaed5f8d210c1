"""Weights in the unit of the person who looks; the hub keeps kilograms."""

from typing import Any

import panel as pn

from dashboards.components.page import control
from dashboards.theme import MISSING, missing

KILOGRAM, POUND = "kg", "lb"
KG_OF_LB = 0.45359237
"""International pound, exact (NIST SP 811)."""
UNITS = {"Kilograms": KILOGRAM, "Pounds": POUND}


def known_unit(unit: str) -> str:
    """What stands in an address may be anything."""
    return unit if unit in UNITS.values() else KILOGRAM


def in_unit(kilograms: Any, unit: str) -> Any:
    """A weight, or a column of weights, in the unit."""
    return kilograms / KG_OF_LB if unit == POUND else kilograms


def weight(kilograms: Any, unit: str, digits: int = 1) -> str:
    """'31.5', in the unit; a dash when there is none."""
    return MISSING if missing(kilograms) else f"{in_unit(kilograms, unit):,.{digits}f}"


def weight_with_unit(kilograms: Any, unit: str, digits: int = 1) -> str:
    """'31.5 kg' or '69.4 lb'; a dash when there is none."""
    told = weight(kilograms, unit, digits)
    return told if told == MISSING else f"{told} {unit}"


def unit_chooser() -> pn.widgets.Select:
    """The switch between kilograms and pounds; link its value to a state in the address."""
    return control(
        pn.widgets.Select(name="Weights in", options=UNITS, value=KILOGRAM), basis="130px"
    )
