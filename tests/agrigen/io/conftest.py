"""A small flock that every format is tried on."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag


@pytest.fixture(scope="session")
def flock() -> tuple[pd.DataFrame, ag.Pedigree]:
    """Sixty animals of four generations and two hundred records of two traits."""
    rng = np.random.default_rng(7)
    ids = [f"A{i}" for i in range(60)]
    sire, dam = ["0"] * 60, ["0"] * 60
    for i in range(20, 60):
        born = i - i % 10  # parents are of earlier tens
        sire[i] = ids[2 * int(rng.integers(0, born // 2))] if rng.random() < 0.9 else "0"
        dam[i] = ids[2 * int(rng.integers(0, born // 2)) + 1]
    animals = rng.integers(20, 60, 200)
    data = pd.DataFrame(
        {
            "animal": [ids[i] for i in animals],
            "dam": [dam[i] for i in animals],
            "farm": rng.choice(["north", "south", "west"], 200),
            "sex": rng.choice(["f", "m"], 200),
            "age": rng.normal(10.0, 2.0, 200).round(3),
            "days": rng.integers(5, 305, 200),
            "precision": rng.uniform(0.5, 2.0, 200).round(4),
            "weight": rng.normal(30.0, 5.0, 200).round(2),
            "fleece": rng.normal(4.0, 1.0, 200).round(2),
        }
    )
    data.loc[::7, "fleece"] = np.nan
    data.loc[3, "weight"] = np.nan
    data.loc[5, "farm"] = ""
    data.loc[9, "age"] = np.nan
    return data, ag.Pedigree(ids, sire, dam)
