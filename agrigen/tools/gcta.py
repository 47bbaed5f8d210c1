"""GCTA on genotypes in memory: its relationships, and REML with one.

Yang et al. 2011, Am. J. Hum. Genet. 88:76.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import ModelError, Problem
from agrigen.genotypes import Genotypes
from agrigen.io.gcta import read_grm, write_grm
from agrigen.io.lines import lines, refusal, text_of
from agrigen.io.plink import write_bed
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.species import Species, species
from agrigen.tools.runner import LIMIT, ToolRun, folder, run, version

METHODS = {"yang": "0", "vanraden1": "1"}


def gcta(arguments: Sequence[str], place: Path, *, limit: float = LIMIT) -> ToolRun:
    """Run GCTA in a folder that holds its input; what it writes stays there."""
    said, seconds = run("gcta64", arguments, place, limit=limit)
    return ToolRun("gcta64", version("gcta64"), ("gcta64", *arguments), seconds, said, {})


def gcta_relationship(
    genotypes: Genotypes, *, method: str = "yang", kind: str | Species | None = None,
    threads: int = 2, limit: float = LIMIT,
) -> GenomicRelationship:  # fmt: skip
    """Relationships of GCTA's own ("yang") or VanRaden's first method, of the autosomes."""
    if method not in METHODS:
        text = f"GCTA has no relationships {method!r}."
        raise ModelError([Problem("method", (), text, f"Use {' or '.join(METHODS)}.")])
    rule = species(kind)
    with folder() as place:
        write_bed(genotypes, place / "chip.bed")
        arguments = ["--bfile", "chip", "--autosome-num", str(min(rule.autosomes, 95)),
                     "--autosome", "--make-grm", "--make-grm-alg", METHODS[method], "--out", "out",
                     "--thread-num", str(threads)]  # fmt: skip
        gcta(arguments, place, limit=limit)
        return read_grm(place / "out")


def gcta_reml(
    relationship: GenomicRelationship, phenotype: pd.Series, *, threads: int = 2,
    limit: float = LIMIT,
) -> pd.DataFrame:  # fmt: skip
    """Variance components of one trait: the table of the .hsq file."""
    with folder() as place:
        write_grm(relationship, place / "g")
        named = phenotype.copy()
        named.index = pd.Index([str(name) for name in named.index])
        values = named.reindex(relationship.ids)
        rows = "".join(f"0 {name} {value if np.isfinite(value) else 'NA'}\n"
                       for name, value in values.astype(float).items())  # fmt: skip
        (place / "y.txt").write_text(rows, encoding="utf-8")
        arguments = ["--grm", "g", "--pheno", "y.txt", "--reml", "--out", "out", "--thread-num",
                     str(threads)]  # fmt: skip
        gcta(arguments, place, limit=limit)
        return read_hsq(place / "out.hsq")


def read_hsq(path: str | PathLike[str]) -> pd.DataFrame:
    """Sources of a .hsq file with variance and standard error, nan where there is none."""
    rows = []
    for number, line in lines(path, 2**16):
        cells = text_of(path, line, number).split("\t")
        if number == 1 and cells[:2] != ["Source", "Variance"]:
            raise refusal(path, "it does not begin as a .hsq file does.", "Give one of GCTA.", 1)
        if cells[0] == "Fix_eff":  # what follows is of fixed effects
            break
        if number == 1 or len(cells) < 2:
            continue
        try:
            error = float(cells[2]) if len(cells) > 2 and cells[2] else np.nan
            rows.append((cells[0], float(cells[1]), error))
        except ValueError:
            raise refusal(path, "a value is no number.", "Give one of GCTA.", number) from None
    return pd.DataFrame(rows, columns=["source", "variance", "se"]).set_index("source")
