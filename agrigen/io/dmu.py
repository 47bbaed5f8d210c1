"""Read a DMU job: its driver file, data and pedigree as a model with records."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import DataError, ModelError, NotAvailable, Problem
from agrigen.io.blupf90_assemble import Assembly
from agrigen.io.blupf90_parameters import (
    EffectLine,
    Parameters,
    RandomGroup,
    fortran_number,
    read_text,
)
from agrigen.io.blupf90_tables import PedigreeFile, build_pedigree, read_table
from agrigen.io.dataset import DataSet
from agrigen.io.dmu_driver import (
    GRANDSIRES,
    INBRED,
    PHANTOM,
    Driver,
    Relationship,
    parse_driver,
    prior_entries,
    prior_matrix,
)
from agrigen.types import Floats

ANY = 2**31 - 1
"""Levels are counted by DMU itself."""


def read_dmu(path: str | PathLike[str]) -> DataSet:
    """The data set of a DMU driver file (.DIR); the files it names are looked for beside it.

    Columns are called as $VARIABLE does. Records without a level (0) of a class are left out, as
    DMU leaves them out, and counted in the notes. Matrices of $PRIOR are read trait by trait, and
    within a trait in the order of its line in $MODEL.

    Raises
    ------
    NotAvailable
        For genotypes, other covariance structures, categories and nested regressions.
    ModelError, DataError, PedigreeError
        With what is wrong in the driver, the data or the pedigree.
    """
    source = Path(path)
    driver = parse_driver(read_text(source, "driver file"))
    if driver.prior_file:
        text = read_text(source.parent / driver.prior_file, "file of $PRIOR")
        lines = tuple(line for line in text.splitlines() if line.strip())
        driver = replace(driver, prior=prior_entries(lines))
    return _Reader(driver, source.parent).dataset()


class _Reader:
    def __init__(self, driver: Driver, folder: Path) -> None:
        self.driver = driver
        self.folder = folder
        self.notes: list[Problem] = []
        self.lines: list[EffectLine] = []
        self.groups: list[RandomGroup] = []

    def dataset(self) -> DataSet:
        driver = self.driver
        frame = self._frame()
        self._fixed()
        self._random()
        parameters = Parameters(
            driver.data.files[0],
            tuple(self._real(trait.trait) for trait in driver.traits),
            self._weights(),
            tuple(self.lines),
            self._residual(),
            tuple(self.groups),
            (("missing", repr(driver.data.missing)),),
        )
        return Assembly(
            parameters,
            frame,
            pedigrees=lambda file, kind: self._pedigree(file),
            names=dict(enumerate(driver.names, start=1)),
            zero="drop",
            notes=self.notes,
            inbreeding=self._inbreeding(),
        ).dataset()

    def _real(self, column: int) -> int:
        """Position of a real column, behind the integers."""
        return self.driver.data.integers + column

    def _frame(self) -> pd.DataFrame:
        """The data; an observation that lacks a covariate of its trait is missing."""
        data = self.driver.data
        parts = [read_table(self.folder / file, "data") for file in data.files]
        frame = pd.concat(parts, axis=1)
        wanted = data.integers + data.reals
        if len(frame.columns) < wanted:
            text = f"The data have {len(frame.columns)} columns; $DATA says {wanted}."
            raise DataError([Problem("missing_column", (), text, "Correct $DATA.")])
        frame.columns = pd.RangeIndex(1, len(frame.columns) + 1)
        code = repr(data.missing)
        missing = {}
        for column in range(1, data.reals + 1):
            words = frame[self._real(column)]
            numbers = words.map(fortran_number).astype(float)
            missing[column] = (numbers <= data.missing).to_numpy()
        for trait in self.driver.traits:
            lacking = missing[trait.trait].copy()
            for column in trait.regressions:
                lacking |= missing[column]
            place = self._real(trait.trait)
            frame[place] = frame[place].where(~lacking, code)
        self.ones = len(frame.columns) + 1
        frame[self.ones] = "1"
        return frame

    def _weights(self) -> tuple[int, ...]:
        weights = {trait.weight for trait in self.driver.traits}
        if len(weights) > 1:
            text = "The traits have different weights."
            raise NotAvailable(
                [Problem("not_available", (), text, "Use one weight for all traits of a record.")]
            )
        weight = weights.pop()
        return (self._real(weight),) if weight else ()

    def _fixed(self) -> None:
        """Classes and regressions, one line for each column."""
        traits = self.driver.traits
        if any(0 in trait.fixed for trait in traits):  # column 0 is an intercept
            positions = tuple(self.ones if 0 in trait.fixed else 0 for trait in traits)
            self.lines.append(EffectLine(positions, 1, "cov"))
        columns = dict.fromkeys(c for trait in traits for c in trait.fixed if c)
        for column in columns:
            positions = tuple(column if column in trait.fixed else 0 for trait in traits)
            self.lines.append(EffectLine(positions, ANY, "cross"))
        for column in dict.fromkeys(c for trait in traits for c in trait.regressions):
            place = self._real(column)
            positions = tuple(place if column in trait.regressions else 0 for trait in traits)
            self.lines.append(EffectLine(positions, 1, "cov"))

    def _random(self) -> None:
        """Effects with the same number of factor share a matrix; by order within each trait."""
        traits = self.driver.traits
        numbers = sorted({number for trait in traits for _, number in trait.random})
        for number in numbers:
            columns = [[c for c, n in trait.random if n == number] for trait in traits]
            start, count = len(self.lines), max(len(part) for part in columns)
            for place in range(count):
                positions = tuple(part[place] if place < len(part) else 0 for part in columns)
                self.lines.append(EffectLine(positions, ANY, "cross"))
            relationship = self.driver.relationships.get(number)
            self.groups.append(
                RandomGroup(
                    tuple(range(start + 1, start + count + 1)),
                    _kind(relationship),
                    relationship.file if relationship else "",
                    self._matrix(number, columns, count),
                )
            )

    def _matrix(self, number: int, columns: list[list[int]], count: int) -> Floats:
        """From trait by trait to effect by effect, zeros where a trait lacks an effect."""
        traits = len(columns)
        places = [e * traits + t for t, part in enumerate(columns) for e in range(len(part))]
        given = prior_matrix(self.driver, number, len(places))
        if given is None:
            self._without(f"random factor {number}")
            given = np.eye(len(places))
        matrix = np.zeros((traits * count, traits * count))
        matrix[np.ix_(places, places)] = given
        return matrix

    def _residual(self) -> Floats:
        traits = len(self.driver.traits)
        numbers = {number for trait in self.driver.traits for _, number in trait.random}
        matrix = prior_matrix(self.driver, max(numbers, default=0) + 1, traits)
        if matrix is None:
            self._without("the residual")
            matrix = np.eye(traits)
        for one, two in self.driver.uncorrelated:
            matrix[one - 1, two - 1] = matrix[two - 1, one - 1] = 0.0
        return matrix

    def _without(self, what: str) -> None:
        text = f"$PRIOR gives nothing for {what}: DMU takes 1."
        self.notes.append(Problem("no_variance", (), text, "Estimate it, or give it."))

    def _inbreeding(self) -> bool:
        methods = {r.method for r in self.driver.relationships.values()}
        if len({INBRED[method] for method in methods}) > 1:
            text = "Inbreeding counts in one random factor and not in another."
            raise NotAvailable(
                [Problem("not_available", (), text, "Use the same method of PED for both.")]
            )
        return all(INBRED[method] for method in methods)

    def _pedigree(self, file: str) -> PedigreeFile:
        frame = read_table(self.folder / file, "pedigree")
        if len(frame.columns) < 3:
            text = f"The pedigree file {file} has {len(frame.columns)} columns."
            raise ModelError([Problem("missing_column", (), text, "Give id, sire, dam, birth.")])
        grouped = any(r.method == PHANTOM for r in self.driver.relationships.values())
        parents = pd.unique(pd.concat([frame[2], frame[3]]))
        groups = {p: f"group {p}" for p in parents if grouped and str(p).startswith("-")}
        sire, dam = (frame[c].map(lambda code: groups.get(code, code)) for c in (2, 3))
        grandsires = any(
            r.method in GRANDSIRES for r in self.driver.relationships.values() if r.file == file
        )
        names = sorted(groups.values())
        return PedigreeFile(build_pedigree(frame[1], sire, dam, names, grandsires=grandsires), {})


def _kind(relationship: Relationship | None) -> str:
    if relationship is None:
        return "diagonal"
    if relationship.method in GRANDSIRES:
        return "add_sire"
    return "add_an_upginb" if INBRED[relationship.method] else "add_an_upg"
