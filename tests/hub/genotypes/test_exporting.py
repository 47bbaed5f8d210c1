"""Exports whose formats part columns by blanks."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from hub.errors import Invalid
from hub.genotypes import exporting


def made(ids: list[str]) -> ag.Genotypes:
    markers = ag.MarkerMap.of(["m1", "m2"], counted=["A"] * 2, other=["C"] * 2)
    return ag.Genotypes.from_dosages(np.ones((len(ids), 2), np.int8), ids, markers)


def test_names_with_blanks_are_joined_and_a_table_says_what_they_were(tmp_path: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO(exporting._archive(made(["HILL 001", "b"]), "plink")))
    archive.extractall(tmp_path)
    names = pd.read_csv(tmp_path / "names.csv")
    assert list(ag.Genotypes.read(tmp_path / "genotypes.bed").ids) == ["HILL_001", "b"]
    assert dict(zip(names["name"], names["sample"], strict=True)) == {
        "HILL_001": "HILL 001",
        "b": "b",
    }


def test_names_that_would_clash_are_refused() -> None:
    with pytest.raises(Invalid, match="HILL 1"):
        exporting._archive(made(["HILL 1", "HILL_1"]), "plink")


def test_names_that_fit_stay_and_need_no_table() -> None:
    archive = zipfile.ZipFile(io.BytesIO(exporting._archive(made(["a", "b"]), "plink")))
    assert "names.csv" not in archive.namelist()
