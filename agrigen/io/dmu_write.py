"""Write a DMU job: driver, data and pedigree with codes, and tables that say the codes."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import NotAvailable, Problem
from agrigen.evaluation.model import Model
from agrigen.evaluation.variances import check_variances
from agrigen.io.blupf90_parameters import Parameters
from agrigen.io.blupf90_write import Blupf90Job, JobWriter
from agrigen.pedigree import Pedigree
from agrigen.types import Floats

DATA, PEDIGREE, DRIVER = "dmu.dat", "dmu.ped", "dmu.DIR"
SPAN = 10.0
"""The code for missing lies this many times below the lowest real, as DMU wants it lower."""


def write_dmu(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    variances: Mapping[str, Any],
    folder: str | PathLike[str],
) -> Blupf90Job:
    """Write a model with its records, pedigree and variances as a DMU job (BLUP by DMU4).

    The files are dmu.DIR, dmu.dat and dmu.ped; traits.csv, effects.csv and levels.csv say what the
    codes stand for. Matrices of $PRIOR are written trait by trait, and within a trait in the order
    of its line in $MODEL.

    Raises
    ------
    NotAvailable
        For curves and slopes within levels, and for groups together with inbreeding; and all that
        `write_blupf90` refuses.
    """
    writer = _DmuWriter(model, data, pedigree, check_variances(model, variances))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return writer.write(target)


class _DmuWriter(JobWriter):
    """The same collection, as integers first and reals after."""

    def _files(self, folder: Path, parameters: Parameters) -> Blupf90Job:
        self._refuse_dmu(parameters)
        integers = [p for p, c in enumerate(self.table.columns, start=1) if c.dtype.kind == "i"]
        reals = [p for p in range(1, len(self.table.columns) + 1) if p not in integers]
        place = {p: n for part in (integers, reals) for n, p in enumerate(part, start=1)}
        columns = {p: self.table.columns[p - 1] for p in [*integers, *reals]}
        missing = self._below([columns[p] for p in reals])
        old = float((parameters.option("missing") or ["0"])[0])
        for position in parameters.observations:
            values = columns[position]
            columns[position] = np.where(values == old, missing, values)
        pd.DataFrame(columns).to_csv(folder / DATA, sep=" ", header=False, index=False)
        if self.structure is not None:
            self._write_pedigree(folder / PEDIGREE)
        lines = ["$COMMENT", "Written by AgriGen.", "", "$ANALYSE 11 9 0 0", ""]
        lines += [f"$DATA ASCII ({len(integers)},{len(reals)},{missing:g}) {DATA}", ""]
        lines += ["$VARIABLE", " ".join(f"i{n}" for n, _ in enumerate(integers, start=1))]
        lines += [" ".join(f"r{n}" for n, _ in enumerate(reals, start=1)), ""]
        lines += [*self._model(parameters, place), "", *self._structures(parameters), ""]
        lines += self._prior(parameters)
        path = folder / DRIVER
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self._tables(folder, path)

    def _below(self, reals: list[Any]) -> float:
        lowest = min((float(np.min(values)) for values in reals), default=0.0)
        return -float(10.0 ** np.ceil(np.log10(max(-lowest, 100.0) * SPAN)))

    def _refuse_dmu(self, parameters: Parameters) -> None:
        problems = []
        if any(line.nested for line in parameters.effects):
            text = "The model has curves or slopes within levels."
            problems.append(_refused(text))
        grouped = self.structure is not None and self.structure.base is not None
        if grouped and self.model.inbreeding:
            problems.append(_refused("Groups in DMU do not count inbreeding."))
        if problems:
            raise NotAvailable(problems)

    def _model(self, parameters: Parameters, place: Mapping[int, int]) -> list[str]:
        """Classes, random factors and regressions of every trait."""
        factor = {n: k for k, g in enumerate(parameters.groups, start=1) for n in g.effects}
        weight = place[parameters.weights[0]] if parameters.weights else 0
        classes, random, regressions = [], [], []
        for t, position in enumerate(parameters.observations):
            lines = [(n, e) for n, e in enumerate(parameters.effects, start=1) if e.positions[t]]
            fixed = [
                place[e.positions[t]] for n, e in lines if e.kind == "cross" and n not in factor
            ]
            drawn = [(place[e.positions[t]], factor[n]) for n, e in lines if n in factor]
            slopes = [place[e.positions[t]] for _, e in lines if e.kind == "cov"]
            columns = [*fixed, *(column for column, _ in drawn)]
            classes.append(_row([place[position], weight, len(columns), *columns]))
            random.append(_row([len(drawn), *(number for _, number in drawn)]))
            regressions.append(_row([len(slopes), *slopes]))
        count = str(parameters.traits)
        return ["$MODEL", count, *["0"] * parameters.traits, *classes, *random, *regressions, "0"]

    def _structures(self, parameters: Parameters) -> list[str]:
        method = {"add_sire": 4, "add_an_upg": 6, "add_animal": 2, "add_an_upginb": 1}
        return [
            f"$VAR_STR {number} PED {method[group.kind]} ASCII {PEDIGREE}"
            for number, group in enumerate(parameters.groups, start=1)
            if group.file
        ]

    def _prior(self, parameters: Parameters) -> list[str]:
        lines, traits = ["$PRIOR"], parameters.traits
        for number, group in enumerate(parameters.groups, start=1):
            order = [
                k * traits + t
                for t in range(traits)
                for k, effect in enumerate(group.effects)
                if parameters.effects[effect - 1].positions[t]
            ]
            lines += _lower(number, group.matrix[np.ix_(order, order)])
        return lines + _lower(len(parameters.groups) + 1, parameters.residual)

    def _write_pedigree(self, path: Path) -> None:
        """Codes of animal, sire and dam (groups are negative, 0 unknown), and an order of birth."""
        structure = self.structure
        assert structure is not None and structure.sire is not None and structure.dam is not None
        animals = len(structure.sire)
        codes = [
            np.where(p >= animals, animals - 1 - p, p + 1) for p in (structure.sire, structure.dam)
        ]
        own = np.arange(1, animals + 1)
        frame = pd.DataFrame({"id": own, "sire": codes[0], "dam": codes[1], "birth": own})
        frame.to_csv(path, sep=" ", header=False, index=False)


def _lower(number: int, matrix: Floats) -> list[str]:
    return [
        f"{number} {row + 1} {column + 1} {float(matrix[row, column])!r}"
        for row in range(len(matrix))
        for column in range(row + 1)
    ]


def _row(numbers: list[int]) -> str:
    return " ".join(str(number) for number in numbers)


def _refused(text: str) -> Problem:
    remedy = "Write the job for BLUPF90 (format blupf90), or evaluate here."
    return Problem("not_available", (), text, remedy)
