"""PLINK 2 and 1.9 on genotypes in memory: their tables as frames, their matrices as relationships.

All samples count, not founders only, and chromosomes are those of the species. Chang et al. 2015,
GigaScience 4:7.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem, name_some
from agrigen.genotypes import Genotypes
from agrigen.genotypes.columns import frozen
from agrigen.io.gcta import read_grm
from agrigen.io.plink import read_bed, write_bed
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.species import Species, species
from agrigen.tools.runner import LIMIT, ToolRun, folder, made, run, table, version

TABLES = ("afreq", "acount", "frq", "vmiss", "smiss", "lmiss", "imiss", "hardy", "hwe", "het",
          "eigenval", "eigenvec", "ld", "vcor", "gcount", "genome", "hom", "prune.in",
          "sexcheck", "mendel", "lmendel", "kin0")  # fmt: skip
"""Endings of outputs that come back as frames, beside those of --glm and --linear."""

FEW = 50
"""Samples below which plink2 wants to be told that frequencies may be used."""

AUTOSOMES = 95
"""The most that PLINK takes."""

NAMES = {"ID": "marker", "CHROM": "chromosome", "POS": "position", "A1": "counted",
         "OBS_CT": "samples", "BETA": "effect", "SE": "se", "T_STAT": "statistic",
         "P": "p"}  # fmt: skip


def plink2(
    genotypes: Genotypes,
    arguments: Sequence[str],
    *,
    kind: str | Species | None = None,
    phenotypes: pd.DataFrame | None = None,
    covariates: pd.DataFrame | None = None,
    threads: int = 2,
    limit: float = LIMIT,
) -> ToolRun:
    """Run plink2 on genotypes with any arguments; outputs that are tables come back as frames.

    Parameters
    ----------
    genotypes
        Written as a .bed for it.
    arguments
        What to do: ["--freq"], ["--glm", "allow-no-covars"], ...
    kind
        The species.
    phenotypes, covariates
        One row a sample, indexed by id.
    threads, limit
        Processors, and seconds until it is ended.

    Raises
    ------
    NotAvailable, ToolError
        If it is not installed, fails, or takes longer.
    """
    return _run("plink2", genotypes, arguments, kind, phenotypes, covariates, threads, limit)[0]


def plink1(
    genotypes: Genotypes,
    arguments: Sequence[str],
    *,
    kind: str | Species | None = None,
    phenotypes: pd.DataFrame | None = None,
    covariates: pd.DataFrame | None = None,
    threads: int = 2,
    limit: float = LIMIT,
) -> ToolRun:
    """Run PLINK 1.9, as `plink2`."""
    return _run("plink1.9", genotypes, arguments, kind, phenotypes, covariates, threads, limit)[0]


def plink_counts(
    genotypes: Genotypes, *, kind: str | Species | None = None, limit: float = LIMIT
) -> pd.DataFrame:
    """Frequency of the counted allele, share missing and Hardy-Weinberg p of each marker.

    Returns
    -------
    pandas.DataFrame
        marker, frequency, missing, p_hwe, in the order of the markers; p_hwe is of autosomes.
    """
    found = plink2(genotypes, ["--freq", "--missing", "--hardy"], kind=kind, limit=limit)
    names = pd.Index(genotypes.markers.names)
    frequency = found.tables["afreq"].set_index("ID").reindex(names)
    missing = found.tables["vmiss"].set_index("ID").reindex(names)
    hardy = found.tables["hardy"].set_index("ID").reindex(names)
    counted = genotypes.markers.counted == frequency["ALT"].to_numpy(dtype=object)
    alt = frequency["ALT_FREQS"].to_numpy(np.float64)
    return pd.DataFrame({
        "marker": genotypes.markers.names, "frequency": np.where(counted, alt, 1 - alt),
        "missing": missing["F_MISS"].to_numpy(np.float64),
        "p_hwe": hardy["P"].to_numpy(np.float64),
    })  # fmt: skip


def plink_relationship(
    genotypes: Genotypes, *, kind: str | Species | None = None, threads: int = 2,
    limit: float = LIMIT,
) -> GenomicRelationship:  # fmt: skip
    """Relationships of plink2 --make-grm-bin: every marker divided by its own variance."""
    arguments = ["--make-grm-bin", *_few(genotypes)]
    found = _run("plink2", genotypes, arguments, kind, None, None, threads, limit)
    return made(found[1], "plink2")


def plink_pca(
    genotypes: Genotypes, count: int = 10, *, kind: str | Species | None = None,
    limit: float = LIMIT,
) -> pd.DataFrame:  # fmt: skip
    """Principal components of plink2: one row a sample, indexed by id; `attrs["eigenvalues"]`."""
    arguments = ["--pca", str(count), *_few(genotypes)]
    found = plink2(genotypes, arguments, kind=kind, limit=limit)
    frame = found.tables["eigenvec"].set_index("IID").reindex(genotypes.ids)
    frame = frame[[name for name in frame.columns if name.startswith("PC")]]
    frame.attrs["eigenvalues"] = found.tables["eigenval"].iloc[:, 0].tolist()
    return frame


def plink_gwas(
    genotypes: Genotypes,
    phenotype: pd.Series,
    *,
    covariates: pd.DataFrame | None = None,
    kind: str | Species | None = None,
    limit: float = LIMIT,
) -> pd.DataFrame:
    """Linear regression on each marker (plink2 --glm).

    Returns
    -------
    pandas.DataFrame
        marker, chromosome, position, counted, samples, effect, se, statistic, p.
    """
    alone = ["--glm", "allow-no-covars"]
    beside = ["--glm", "hide-covar", "--covar-variance-standardize"]
    arguments = alone if covariates is None else beside
    found = plink2(genotypes, arguments, kind=kind, phenotypes=phenotype.to_frame("trait"),
                   covariates=covariates, limit=limit)  # fmt: skip
    frame = found.tables["trait.glm.linear"].rename(columns=NAMES)
    return frame[[name for name in NAMES.values() if name in frame.columns]]


def _few(genotypes: Genotypes) -> list[str]:
    return ["--bad-freqs"] if len(genotypes) < FEW else []


def _run(
    program: str, genotypes: Genotypes, arguments: Sequence[str], kind: str | Species | None,
    phenotypes: pd.DataFrame | None, covariates: pd.DataFrame | None, threads: int, limit: float,
) -> tuple[ToolRun, GenomicRelationship | None]:  # fmt: skip
    rule = species(kind)
    with folder() as place:
        write_bed(_for_plink(genotypes, rule), place / "chip.bed")
        command = ["--bfile", "chip", "--out", "out", "--threads", str(threads),
                   "--allow-extra-chr", "--chr-set", str(min(rule.autosomes, AUTOSOMES)),
                   "--nonfounders"]  # fmt: skip
        for flag, frame in (("--pheno", phenotypes), ("--covar", covariates)):
            if frame is not None:
                _write_values(place / f"{flag[2:]}.txt", genotypes, frame)
                command += [flag, f"{flag[2:]}.txt"]
        said, seconds = run(program, [*command, *arguments], place, limit=limit)
        found = ToolRun(program, version(program), (program, *command, *arguments), seconds, said,
                       _tables(place))  # fmt: skip
        matrix = _matrix(place, genotypes) if (place / "out.grm.bin").exists() else None
    return found, matrix


def _for_plink(genotypes: Genotypes, rule: Species) -> Genotypes:
    """The same genotypes with PLINK's numbers of chromosomes, each of them in one piece."""
    markers = genotypes.markers
    codes, names = pd.factorize(markers.chromosomes)
    if rule.autosomes <= AUTOSOMES:
        numbers = np.array([rule.number(name) for name in names], dtype=object)
        markers = replace(markers, chromosomes=frozen(numbers[codes]))
    made_of = Genotypes(genotypes.packed, genotypes.samples, markers)
    pieces = 1 + int((codes[1:] != codes[:-1]).sum())
    if pieces <= len(names):
        return made_of
    return made_of[:, np.lexsort((markers.positions, codes))]


def _write_values(path: Path, genotypes: Genotypes, frame: pd.DataFrame) -> None:
    """A table with the ids that PLINK knows; values that are missing are NA."""
    rows = frame.copy()
    rows.index = pd.Index([str(name) for name in rows.index])
    wrong = rows.index[~rows.index.isin(genotypes.ids) | rows.index.duplicated()].tolist()
    if wrong:
        message = f"{name_some(wrong)}: no sample, or more than once in the table."
        remedy = "Index the table by sample ids, each once."
        raise DataError([Problem("unknown_sample", tuple(wrong), message, remedy)])
    family = dict(zip(genotypes.ids, genotypes.samples.family, strict=True))
    rows.insert(0, "IID", rows.index)
    rows.insert(0, "#FID", [family[name] or "0" for name in rows.index])
    rows.to_csv(path, sep="\t", index=False, na_rep="NA")


def _tables(place: Path) -> dict[str, pd.DataFrame]:
    found = {}
    for path in sorted(place.glob("out.*")):
        ending = path.name.removeprefix("out.")
        if ending in TABLES or ".glm." in ending or ending.startswith("assoc"):
            header = None if ending in ("eigenval", "prune.in") else 0
            found[ending] = table(path, header=header)
    return found


def _matrix(place: Path, genotypes: Genotypes) -> GenomicRelationship:
    found = read_grm(place / "out")
    if list(found.ids) == list(genotypes.ids):
        return found
    at = pd.Index(found.ids).get_indexer(pd.Index(genotypes.ids))
    return replace(found, ids=genotypes.ids, matrix=found.matrix[np.ix_(at, at)])


def read_pgen(path: str | PathLike[str], *, limit: float = LIMIT, **options: Any) -> Genotypes:
    """Genotypes of a .pgen with its .pvar and .psam, through plink2; parts of dosages are rounded.

    Raises
    ------
    NotAvailable
        If plink2 is not installed.
    """
    stem = Path(path).resolve()
    stem = stem.with_suffix("") if stem.suffix in (".pgen", ".pvar", ".psam") else stem
    autosomes = _autosomes(stem.with_name(stem.name + ".pvar"))
    command = ["--pfile", str(stem), "--make-bed", "--out", "chip", "--allow-extra-chr",
               "--chr-set", str(autosomes)]  # fmt: skip
    with folder() as place:
        run("plink2", command, place, limit=limit)
        return read_bed(place / "chip", mapped=False, **options)


def _autosomes(path: Path) -> int:
    """How many the header of a .pvar says that there are; plink2 wants to be told the same."""
    if path.exists():
        with path.open("rb") as file:
            for line in iter(lambda: file.readline(2**16), b""):
                if not line.startswith(b"##"):
                    break
                told = re.search(rb"chrSet=<.*autosomePairCt=(\d+)", line)
                if told:
                    return int(told[1])
    return AUTOSOMES
