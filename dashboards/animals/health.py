"""Diagnoses and treatments of an animal, and what is withheld."""

from collections.abc import Mapping
from typing import Any

from dashboards.animals.data import AnimalCard
from dashboards.animals.identity import held
from dashboards.components.pieces import Cell, card, table, text
from dashboards.theme import MISSING, day


def health(known: AnimalCard) -> str:
    """ "" for an animal that never was ill or treated."""
    told = known.health
    if not told or not (told["treatments"] or told["diagnoses"]):
        return ""
    unknown = len(told["withdrawal_unknown"])
    note = (
        '<p class="held">The withdrawal period of a treatment of the last 60 days is not known: '
        "ask before meat or milk is sold.</p>"
        if unknown
        else ""
    )
    return card("Health", held(told) + note + _treatments(told) + _diagnoses(told))


def _treatments(told: Mapping[str, Any]) -> str:
    if not told["treatments"]:
        return ""
    head = [("Treated", ""), ("Medicine", ""), ("For", ""), ("Meat until", ""), ("Milk until", "")]
    rows = (
        [
            text(day(one["treated_on"])), text(_dose(one)), text(one["disease"]),
            _until(one["meat_until"], told["on"]), _until(one["milk_until"], told["on"]),
        ]
        for one in told["treatments"]
    )  # fmt: skip
    return table("Treatments", head, rows)


def _dose(one: Mapping[str, Any]) -> str:
    dose = f", {one['dose']:g} {one['dose_unit']}".rstrip() if one["dose"] else ""
    return f"{one['product']}{dose}"


def _until(last: str | None, on: str) -> Cell:
    if not last:
        return Cell(MISSING)
    return Cell(f'<span class="held">{day(last)}</span>' if last >= on else day(last))


def _diagnoses(told: Mapping[str, Any]) -> str:
    if not told["diagnoses"]:
        return ""
    head = [("Found", ""), ("What", ""), ("Where", ""), ("Severity", "")]
    rows = (
        [text(day(one["diagnosed_on"])), text(one["disease"]), text(one["site"]),
         text(one["severity"])]
        for one in told["diagnoses"]
    )  # fmt: skip
    return f'<div class="part">{table("Diagnoses", head, rows)}</div>'
