"""Read a BLUPF90 job: its parameter file, data and pedigree as a model with records.

Facts of the format: I. Misztal and others, Manual for BLUPF90 family of programs (University of
Georgia); Y. Masuda, Introduction to BLUPF90 suite programs.
"""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Literal

from agrigen.io.blupf90_assemble import Assembly
from agrigen.io.blupf90_parameters import parse_parameters, read_text, sections
from agrigen.io.blupf90_renum import KEYWORDS as RENUM_KEYWORDS
from agrigen.io.blupf90_renum import read_instruction
from agrigen.io.blupf90_tables import PedigreeFile, read_pedigree_file, read_table
from agrigen.io.dataset import DataSet

Zero = Literal["refuse", "drop"]
"""What to do with records that have no level (code 0) of an effect."""


def read_blupf90(
    path: str | PathLike[str],
    *,
    names: Mapping[int, str] | None = None,
    zero: Zero = "refuse",
    inbreeding: bool | None = None,
) -> DataSet:
    """The data set of a BLUPF90 parameter file, or of a RENUMF90 instruction file.

    Parameters
    ----------
    path
        The parameter file; the files it names are looked for beside it.
    names
        What the columns of the data file are called, by position from 1. Without a name, traits
        are called trait1, trait2, ..., effects effect1, effect2, ... and columns c1, c2, ...
    zero
        BLUPF90 leaves an effect out of a record whose level is 0. Such records are refused, or
        (`drop`) left out.
    inbreeding
        Whether inbreeding counts; by default as the RANDOM_TYPE or INBREEDING of the file says.

    Returns
    -------
    DataSet
        Solutions of the model are those of BLUPF90; fixed effects are told as differences from
        the first level of each factor.

    Raises
    ------
    NotAvailable
        For genotypes, categories and relationships from files, each by its name.
    ModelError, DataError, PedigreeError
        With every problem of the parameter file, the data or the pedigree.
    """
    source = Path(path)
    text = read_text(source, "parameter file")
    if _is_instruction(text):
        return read_instruction(
            text, source.parent, names=names or {}, zero=zero, inbreeding=inbreeding
        )
    parameters = parse_parameters(text)
    frame = read_table(source.parent / parameters.data, "data")
    return Assembly(
        parameters,
        frame,
        pedigrees=_pedigrees(source.parent),
        names=names or {},
        zero=zero,
        inbreeding=inbreeding,
    ).dataset()


def _is_instruction(text: str) -> bool:
    found = {section.keyword for section in sections(text, {*RENUM_KEYWORDS, "NUMBER_OF_TRAITS"})}
    return "TRAITS" in found and "NUMBER_OF_TRAITS" not in found


def _pedigrees(folder: Path) -> Callable[[str, str], PedigreeFile]:
    def read(file: str, kind: str) -> PedigreeFile:
        return read_pedigree_file(
            folder / file, kind, grouped="upg" in kind, inbred=kind == "add_an_upginb"
        )

    return read
