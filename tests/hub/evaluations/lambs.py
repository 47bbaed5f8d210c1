"""Lambs of two farms with weights that genes, mothers and chance made: a two-trait maternal model.

Every farm has its own ewes; the rams of a stud serve both, so that the farms are connected.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

STUD, FARMS = "STUD", ("EAST", "WEST")
YEARS = range(2019, 2024)
RAMS, EWES, LAMBS = 12, 40, 40  # ewes and lambs of a farm (and year)
DIRECT = np.array([[0.12, 0.30], [0.30, 4.0]])  # birth weight, weaning weight, kg2
MATERNAL = 1.5
RESIDUAL = np.array([[0.30, 0.35], [0.35, 7.0]])


@dataclass(frozen=True)
class Farm:
    """Its two files."""

    animals: str
    records: str


def make(seed: int = 5) -> dict[str, Farm]:
    """The files of the stud and of both farms."""
    random = np.random.default_rng(seed)
    rows = _animals(random)
    frame = pd.DataFrame(rows, columns=["id", "sex", "birth_date", "sire", "dam", "farm"])
    weights = _weights(frame, random)
    found = {}
    for farm in (STUD, *FARMS):
        mine = frame[frame["farm"] == farm]
        lambs = mine[mine["sire"] != ""]
        lines = [line for one in lambs.itertuples() for line in _records(one, weights[one.id])]
        animals = mine.drop(columns="farm").to_csv(index=False)
        found[farm] = Farm(animals, "\n".join(["animal,trait,date,value", *lines]) + "\n")
    return found


def _records(lamb: Any, weights: np.ndarray) -> list[str]:
    """Weighed at birth and eighty days later."""
    born = date.fromisoformat(lamb.birth_date)
    weaned = born + timedelta(days=80)
    return [
        f"{lamb.id},birth_weight,{born},{weights[0]:.3f}",
        f"{lamb.id},weaning_weight,{weaned},{weights[1]:.3f}",
    ]


def _animals(random: np.random.Generator) -> list[tuple[str, ...]]:
    rows = [(f"R{n}", "M", "2016-03-01", "", "", STUD) for n in range(RAMS)]
    ewes = {farm: [f"{farm[0]}E{n}" for n in range(EWES)] for farm in FARMS}
    rows += [(ewe, "F", "2016-03-05", "", "", farm) for farm in FARMS for ewe in ewes[farm]]
    for year in YEARS:
        for farm in FARMS:
            new = []
            for n in range(LAMBS):
                sex = "FM"[n % 2]
                name = f"{farm[0]}{year}{sex}{n}"
                ram, ewe = f"R{random.integers(RAMS)}", random.choice(ewes[farm])
                rows.append((name, sex, f"{year}-03-{1 + n % 28:02d}", ram, str(ewe), farm))
                new += [name] if sex == "F" else []
            ewes[farm] = [*ewes[farm][10:], *new[:10]]
    return rows


def _weights(frame: pd.DataFrame, random: np.random.Generator) -> dict[str, np.ndarray]:
    direct, maternal, weights = {"": np.zeros(2)}, {"": 0.0}, {}
    half = np.linalg.cholesky(DIRECT)
    for one in frame.itertuples():
        share = 1.0 if not one.sire else 0.5
        noise = half @ random.standard_normal(2) * np.sqrt(share)
        direct[one.id] = (direct[one.sire] + direct[one.dam]) / 2 + noise
        alone = random.standard_normal() * np.sqrt(MATERNAL * share)
        maternal[one.id] = (maternal[one.sire] + maternal[one.dam]) / 2 + alone
        chance = np.linalg.cholesky(RESIDUAL) @ random.standard_normal(2)
        mean = np.array([4.5, 30.0]) + (one.sex == "M") * np.array([0.2, 1.5])
        weights[one.id] = mean + direct[one.id] + np.array([0.0, maternal[one.dam]]) + chance
    return weights
