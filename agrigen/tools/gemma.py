"""GEMMA on genotypes in memory: its relationships, and its mixed-model association tests.

Zhou and Stephens 2012, Nat. Genet. 44:821.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.genotypes import Genotypes
from agrigen.io.bimbam import read_gemma_kinship, write_gemma_kinship
from agrigen.io.plink import write_bed
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.tools.runner import LIMIT, ToolRun, folder, made, run, table, version

NAMES = {"rs": "marker", "chr": "chromosome", "ps": "position", "allele1": "counted",
         "allele0": "other", "af": "frequency", "n_miss": "missing", "beta": "effect", "se": "se",
         "l_remle": "lambda", "p_wald": "p", "p_lrt": "p_lrt", "p_score": "p_score"}  # fmt: skip


def gemma(
    genotypes: Genotypes,
    arguments: Sequence[str],
    *,
    phenotype: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
    relationship: GenomicRelationship | None = None,
    limit: float = LIMIT,
) -> ToolRun:
    """Run GEMMA on genotypes with any arguments; its association table is `tables["assoc"]`.

    Parameters
    ----------
    genotypes
        Written as a .bed for it.
    arguments
        What to do: ["-lmm", "1"], ["-gk", "1"], ...
    phenotype, covariates
        By sample id; without a phenotype all samples get one, as -gk wants. An intercept is added
        to covariates.
    relationship
        Of the samples, in their order.
    limit
        Seconds until it is ended.

    Raises
    ------
    NotAvailable, ToolError
        If it is not installed, fails, or takes longer.
    """
    return _run(genotypes, arguments, phenotype, covariates, relationship, limit)[0]


def gemma_relationship(
    genotypes: Genotypes, *, standardized: bool = False, min_maf: float = 0.01,
    max_missing: float = 0.05, limit: float = LIMIT,
) -> GenomicRelationship:  # fmt: skip
    """Relationships of GEMMA, centered (Z Z' / markers) or standardized.

    Parameters
    ----------
    genotypes
        Of the samples; missing ones are at the mean of their marker.
    standardized
        Divide every marker by its variance.
    min_maf, max_missing
        Markers that GEMMA leaves out: its own defaults.
    """
    arguments = ["-gk", "2" if standardized else "1", "-maf", f"{min_maf}", "-miss",
                 f"{max_missing}"]  # fmt: skip
    return made(_run(genotypes, arguments, None, None, None, limit)[1], "gemma")


def gemma_gwas(
    genotypes: Genotypes,
    phenotype: pd.Series,
    relationship: GenomicRelationship,
    *,
    covariates: pd.DataFrame | None = None,
    min_maf: float = 0.01,
    max_missing: float = 0.05,
    limit: float = LIMIT,
) -> pd.DataFrame:
    """Exact mixed-model association, Wald test (gemma -lmm 1).

    Returns
    -------
    pandas.DataFrame
        marker, chromosome, position, counted, other, frequency, missing, effect, se, lambda, p.
    """
    arguments = ["-lmm", "1", "-maf", f"{min_maf}", "-miss", f"{max_missing}"]
    done, _ = _run(genotypes, arguments, phenotype, covariates, relationship, limit)
    frame = done.tables["assoc"].rename(columns=NAMES)
    return frame[[name for name in NAMES.values() if name in frame.columns]]


def _run(
    genotypes: Genotypes, arguments: Sequence[str], phenotype: pd.Series | None,
    covariates: pd.DataFrame | None, relationship: GenomicRelationship | None, limit: float,
) -> tuple[ToolRun, GenomicRelationship | None]:  # fmt: skip
    with folder() as place:
        write_bed(genotypes, place / "chip.bed")
        _add_phenotype(place / "chip.fam", genotypes, phenotype)
        command = ["-bfile", "chip", "-outdir", ".", "-o", "out"]
        if covariates is not None:
            _write_covariates(place / "covariates.txt", genotypes, covariates)
            command += ["-c", "covariates.txt"]
        if relationship is not None:
            _check_ids(genotypes, relationship)
            write_gemma_kinship(relationship, place / "kinship.txt")
            command += ["-k", "kinship.txt"]
        said, seconds = run("gemma", [*command, *arguments], place, limit=limit)
        found = place / "out.assoc.txt"
        tables = {"assoc": table(found)} if found.exists() else {}
        whole = ("gemma", *command, *arguments)
        done = ToolRun("gemma", version("gemma"), whole, seconds, said, tables)
        kinship = next((path for path in place.glob("out.?XX.txt")), None)
        matrix = None if kinship is None else read_gemma_kinship(kinship, genotypes.ids)
    return done, matrix


def _add_phenotype(path: Path, genotypes: Genotypes, phenotype: pd.Series | None) -> None:
    """The last column of the .fam; GEMMA leaves out samples of -9, even of relationships."""
    if phenotype is None:
        values = np.arange(len(genotypes), dtype=np.float64)
    else:
        named = phenotype.copy()
        named.index = pd.Index([str(name) for name in named.index])
        values = named.reindex(genotypes.ids).to_numpy(np.float64)
        if (values == -9).any():
            message = "A phenotype is -9, which GEMMA takes for missing."
            raise DataError([Problem("minus_nine", (), message, "Add a constant to the trait.")])
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = [repr(float(value)) if np.isfinite(value) else "-9" for value in values]
    rows = [f"{line.rsplit(None, 1)[0]}\t{cell}\n" for line, cell in zip(lines, cells, strict=True)]
    path.write_text("".join(rows), encoding="utf-8")


def _write_covariates(path: Path, genotypes: Genotypes, covariates: pd.DataFrame) -> None:
    named = covariates.copy()
    named.index = pd.Index([str(name) for name in named.index])
    frame = named.reindex(genotypes.ids).astype(np.float64)
    frame.insert(0, "intercept", 1.0)
    frame.to_csv(path, sep="\t", header=False, index=False, na_rep="NA")


def _check_ids(genotypes: Genotypes, relationship: GenomicRelationship) -> None:
    if list(relationship.ids) != list(genotypes.ids):
        message = "The relationships are of other samples, or in other order."
        remedy = "Make them of the same genotypes."
        raise DataError([Problem("other_samples", (), message, remedy)])
