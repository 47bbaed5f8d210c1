"""Write a model as a RENUMF90 instruction: raw ids and levels, which RENUMF90 gives its codes."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, NotAvailable, Problem, name_some
from agrigen.evaluation.model import Animal, Model, RandomEffect, effect_traits
from agrigen.evaluation.variances import check_variances
from agrigen.io.blupf90_parameters import EffectLine, Parameters, RandomGroup, matrix_lines
from agrigen.io.blupf90_write import Blupf90Job, JobWriter
from agrigen.pedigree import Pedigree
from agrigen.types import Texts

DATA, PEDIGREE, INSTRUCTION = "raw.dat", "raw.ped", "renum.par"
UNKNOWN = "0"
AS_BLUPF90 = "Write the job with codes instead (format blupf90)."


def write_renumf90(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    variances: Mapping[str, Any],
    folder: str | PathLike[str],
) -> Blupf90Job:
    """Write a model with its records, pedigree and variances as an instruction for RENUMF90.

    The files are renum.par, raw.dat and raw.ped; RENUMF90 makes renf90.par of them, and keeps the
    whole pedigree (PED_DEPTH 0).

    Raises
    ------
    NotAvailable
        For what the instruction has no word for: curves, maternal effects of other animals than
        the dams in the pedigree, sire models; and all that `write_blupf90` refuses.
    """
    writer = _InstructionWriter(model, data, pedigree, check_variances(model, variances))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return writer.write(target)


class _InstructionWriter(JobWriter):
    """The same collection, with texts for levels."""

    def _level_column(self, codes: np.ndarray, words: list[str]) -> Texts:
        """Texts of levels, 0 where a record has none; refused if RENUMF90 would misread them."""
        bad = [w for w in words if w.split() != [w] or "#" in w or '"' in w or w.startswith("-")]
        if bad or UNKNOWN in words:
            texts = name_some([repr(word) for word in bad] or [repr(UNKNOWN)])
            text = f"{texts} cannot be ids or levels of RENUMF90 (blanks, #, a leading -, or 0)."
            raise DataError([Problem("level_text", (), text, AS_BLUPF90)])
        return np.array([*words, UNKNOWN], dtype=object)[codes]

    def _coded(
        self, name: str, columns: Mapping[str, str]
    ) -> tuple[dict[str, int], int, dict[str, int]]:
        codes, words = self.reader.common_levels(columns.values())
        places = {
            trait: self.table.add(("level", column), self._level_column(codes[column], words))
            for trait, column in columns.items()
        }
        return places, len(words), {}

    def _animals(self, columns: Mapping[str, str]) -> tuple[dict[str, int], int]:
        assert self.structure is not None  # a model with an animal effect has one
        ids = [str(name) for name in self.structure.names]
        places = {
            trait: self.table.add(
                ("level", column), self._level_column(self.reader.animals(column), ids)
            )
            for trait, column in columns.items()
        }
        return places, len(ids)

    def _files(self, folder: Path, parameters: Parameters) -> Blupf90Job:
        self._refuse_instruction()
        self.table.write(folder / DATA)
        if self.structure is not None:
            self._write_raw_pedigree(folder / PEDIGREE)
        path = folder / INSTRUCTION
        path.write_text("\n".join(self._instruction(parameters)) + "\n", encoding="utf-8")
        effects = pd.DataFrame(self.effects)[["number", "effect", "coefficient", "traits"]]
        levels = pd.DataFrame(columns=["table", "code", "level"])
        return Blupf90Job(folder, path, effects, levels, tuple(self.notes))

    # What an instruction cannot say

    def _refuse_instruction(self) -> None:
        problems = []
        for effect in self.model.random:
            if effect.basis is not None:
                problems.append(_refused(f"Effect {effect.name!r} is a curve."))
            if isinstance(effect, Animal) and effect.relationship == "sire_mgs":
                problems.append(_refused(f"Effect {effect.name!r} is a sire model."))
        blocks = [block for block in self.model.blocks if isinstance(block[0], Animal)]
        if len(blocks) > 1 or any(len(block) > 2 for block in blocks):
            problems.append(_refused("The model has several independent genetic effects."))
        elif blocks and len(blocks[0]) == 2 and not self._is_maternal(*blocks[0]):
            name = blocks[0][1].name
            text = f"Effect {name!r} is not that of the dams in the pedigree, for the same traits."
            problems.append(_refused(text))
        if problems:
            raise NotAvailable(problems)

    def _is_maternal(self, direct: RandomEffect, other: RandomEffect) -> bool:
        """Whether an effect is that of the dam of the other's animal, as OPTIONAL mat means."""
        own, dams = (effect_traits(effect, self.model) for effect in (direct, other))
        if list(own) != list(dams) or len({*own.values()}) > 1 or len({*dams.values()}) > 1:
            return False
        assert self.structure is not None and self.structure.dam is not None
        animals = self.reader.animals(next(iter(own.values())))[self.table.rows]
        written = self.reader.animals(next(iter(dams.values())))[self.table.rows]
        return bool((self.structure.dam[animals] == written).all())

    # Text

    def _instruction(self, parameters: Parameters) -> list[str]:
        lines = ["# Written by AgriGen.", "DATAFILE", DATA, "TRAITS", _row(parameters.observations)]
        lines += ["FIELDS_PASSED TO OUTPUT", "", "WEIGHT(S)", _row(parameters.weights)]
        lines += ["RESIDUAL_VARIANCE", *matrix_lines(parameters.residual)]
        home = {number: group for group in parameters.groups for number in group.effects}
        related = next((g for g in parameters.groups if g.file), None)
        shared = self._shared(parameters, related)
        for number, line in enumerate(parameters.effects, start=1):
            group = home.get(number)
            if group is None:
                lines += _effect(line)
            elif group is related:
                if number == group.effects[0]:
                    lines += _effect(line) + self._animal(group, shared)
            elif number not in {n for g in shared.values() for n in g.effects}:
                lines += [*_effect(line), "RANDOM", "diagonal"]
                lines += ["(CO)VARIANCES", *matrix_lines(group.matrix)]
        return lines + [" ".join(("OPTION", *words)) for words in parameters.options]

    def _shared(
        self, parameters: Parameters, related: RandomGroup | None
    ) -> dict[str, RandomGroup]:
        """Permanent environments, which RENUMF90 makes of the animals and of their dams."""
        if related is None:
            return {}
        lines = parameters.effects
        kinds = dict(zip(("pe", "mpe"), related.effects, strict=False))
        found: dict[str, RandomGroup] = {}
        for kind, number in kinds.items():
            for group in parameters.groups:
                same = lines[group.effects[0] - 1].positions == lines[number - 1].positions
                if (
                    not group.file
                    and len(group.effects) == 1
                    and same
                    and group not in found.values()
                ):
                    found.setdefault(kind, group)
        return found

    def _animal(self, group: RandomGroup, shared: Mapping[str, RandomGroup]) -> list[str]:
        words = ["pe"] if "pe" in shared else []
        words += ["mat"] if len(group.effects) > 1 else []
        words += ["mpe"] if "mpe" in shared else []
        lines = ["RANDOM", "animal"]
        lines += ["OPTIONAL", " ".join(words)] if words else []
        lines += ["FILE", PEDIGREE, "FILE_POS", "1 2 3 0 0", "PED_DEPTH", "0"]
        assert self.structure is not None
        lines += ["UPG_TYPE", "in_pedigrees"] if self.structure.base is not None else []
        lines += ["INBREEDING", "pedigree"] if self.model.inbreeding else []
        lines += ["(CO)VARIANCES", *matrix_lines(group.matrix)]
        for kind, keyword in (("pe", "(CO)VARIANCES_PE"), ("mpe", "(CO)VARIANCES_MPE")):
            lines += [keyword, *matrix_lines(shared[kind].matrix)] if kind in shared else []
        return lines

    def _write_raw_pedigree(self, path: Path) -> None:
        """Ids of animals and parents; groups are -1, -2, ..."""
        structure = self.structure
        assert structure is not None and structure.sire is not None and structure.dam is not None
        animals = len(structure.sire)
        groups = [f"-{n}" for n in range(1, len(structure) - animals + 1)]
        names = np.array([*structure.names[:animals], *groups, UNKNOWN], dtype=object)
        frame = pd.DataFrame(
            {
                "id": names[:animals],
                "sire": names[structure.sire],
                "dam": names[structure.dam],
            }
        )
        frame.to_csv(path, sep=" ", header=False, index=False)


def _effect(line: EffectLine) -> list[str]:
    kind = "cross alpha" if line.kind == "cross" else "cov"
    lines = ["EFFECT", f"{_row(line.positions)} {kind}"]
    return lines + (["NESTED", f"{_row(line.nested)} alpha"] if line.nested else [])


def _row(numbers: tuple[int, ...]) -> str:
    return " ".join(str(number) for number in numbers)


def _refused(text: str) -> Problem:
    return Problem("not_available", (), f"{text} RENUMF90 has no word for it.", AS_BLUPF90)
