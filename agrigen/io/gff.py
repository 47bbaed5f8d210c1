"""Genes of GFF3 and GTF files, plain or gzip, read line by line.

GFF3: github.com/The-Sequence-Ontology/Specifications
GTF: ensembl.org/info/website/upload/gff.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.io.lines import lines, refusal, text_of
from agrigen.species import Species, species

COLUMNS = ("chromosome", "start", "stop", "strand", "gene", "name", "biotype", "description")
TYPES = ("gene", "ncRNA_gene", "pseudogene")
"""Features that are genes, as Ensembl and NCBI name them."""

REGIONS = ("region", "chromosome")
"""Features that tell what a sequence is (NCBI and Ensembl)."""

LONGEST = 2**20
QUOTED = re.compile(r'\s*([\w.:-]+)\s+(?:"([^"]*)"|([^\s;]+))\s*(?:;|$)')
NAMES = ("Name", "gene_name", "gene", "locus_tag", "gene_id", "ID")
IDS = ("gene_id", "ID", "Dbxref", "gene", "Name")
MITOCHONDRION = ("mitochondrion", "mitochondrial")


@dataclass(frozen=True, eq=False)
class Genes:
    """Genes of an assembly.

    Attributes
    ----------
    frame
        One row a gene: chromosome (as the library names it), start and stop (both count, from 1),
        strand, gene (its id), name, biotype, description.
    kind
        The species whose chromosome names are meant.
    """

    frame: pd.DataFrame
    kind: Species

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        on = self.frame["chromosome"].nunique()
        return f"{len(self):,} genes on {on} chromosomes and scaffolds"

    def within(self, chromosome: str | int, start: int, stop: int) -> pd.DataFrame:
        """Genes that touch the bases from start to before stop."""
        name = self.kind.normalize(str(chromosome))
        frame = self.frame
        inside = (frame["chromosome"] == name) & (frame["stop"] >= start) & (frame["start"] < stop)
        return frame[inside].reset_index(drop=True)

    def near(self, chromosome: str | int, position: int, distance: int) -> pd.DataFrame:
        """Genes no farther than a distance, the nearest first; `distance` is 0 inside a gene."""
        found = self.within(chromosome, position - distance, position + distance + 1)
        apart = np.maximum.reduce([
            (found["start"] - position).to_numpy(), (position - found["stop"]).to_numpy(),
            np.zeros(len(found), np.int64),
        ])  # fmt: skip
        return found.assign(distance=apart).sort_values(
            "distance", kind="stable", ignore_index=True
        )


def read_genes(
    path: str | PathLike[str],
    *,
    kind: str | Species | None = None,
    types: tuple[str, ...] = TYPES,
) -> Genes:
    """Genes of a GFF3 or GTF file, .gz too.

    Parameters
    ----------
    path
        The file; its first feature tells whether it is GFF3 or GTF.
    kind
        The species: "chr6", "OAR6" and "6" are one chromosome, and X, Y and MT have their names.
        Accessions (NC_056059.1) are named by the `chromosome=` of the file's own regions.
    types
        Features that count as genes (column 3). A GTF without them gives each gene the span of its
        exons and transcripts.

    Raises
    ------
    GenotypeError, DataError
        For a line that is no feature, named with its number; or a file without genes.
    """
    rule = species(kind)
    found: list[tuple[Any, ...]] = []
    spans: dict[str, list[Any]] = {}
    chromosomes: dict[str, str] = {}
    for fields, attributes in _features(path):
        feature = fields[2]
        if feature in REGIONS:
            _note_region(chromosomes, fields[0], attributes)
        elif feature in types:
            found.append(_gene(fields, attributes))
        elif "gene_id" in attributes and not found:
            _widen(spans, fields, attributes)
    rows = found or [tuple(row) for row in spans.values()]
    if not rows:
        text = "The file holds no feature of the types " + ", ".join(types) + "."
        raise DataError([Problem("no_genes", (), text, "Name the types of its genes in `types`.")])
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    names = {
        name: rule.normalize(chromosomes.get(name, name)) for name in frame["chromosome"].unique()
    }
    frame["chromosome"] = frame["chromosome"].map(names)
    order = {name: place for place, name in enumerate(rule.order(sorted(set(names.values()))))}
    place = frame["chromosome"].map(order)
    kept = frame.assign(_place=place).sort_values(["_place", "start", "stop"], kind="stable")
    return Genes(kept.drop(columns="_place").reset_index(drop=True), rule)


def _features(path: str | PathLike[str]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Fields and attributes of each feature; comments and sequences are passed over."""
    for number, line in lines(path, LONGEST):
        if line.startswith(b"##FASTA") or line.startswith(b">"):
            return
        if not line or line.startswith(b"#"):
            continue
        fields = text_of(path, line, number).split("\t")
        if len(fields) != 9:
            reason = f"there are {len(fields)} cells with tabs between, where 9 belong."
            raise refusal(path, reason, "Give a GFF3 or GTF file.", number)
        start, stop = _place(path, fields[3], number), _place(path, fields[4], number)
        if stop < start:
            reason = f"the feature ends at {stop:,}, before its start {start:,}."
            raise refusal(path, reason, "Correct the line.", number)
        yield fields, _attributes(fields[8])


def _place(path: str | PathLike[str], cell: str, number: int) -> int:
    if not cell.isdecimal() or int(cell) < 1:
        reason = f"{cell!r} is no position."
        raise refusal(path, reason, "Give whole numbers from 1 in columns 4 and 5.", number)
    return int(cell)


def _attributes(cell: str) -> dict[str, str]:
    """The last column of a feature, of GFF3 (key=value;) or GTF (key "value";)."""
    head = cell.split(";", 1)[0]
    if "=" in head and '"' not in head:
        pairs = (part.partition("=") for part in cell.split(";"))
        return {key.strip(): unquote(value.strip()) for key, _, value in pairs if value}
    return {m[1]: m[2] if m[2] is not None else m[3] for m in QUOTED.finditer(cell)}


def _note_region(chromosomes: dict[str, str], name: str, attributes: dict[str, str]) -> None:
    """What NCBI's `region` says about an accession: chromosome=6, or a mitochondrion."""
    if attributes.get("genome", "") in MITOCHONDRION:
        chromosomes[name] = "MT"
    elif "chromosome" in attributes and attributes.get("genome", "chromosome") == "chromosome":
        chromosomes.setdefault(name, attributes["chromosome"])


def _gene(fields: list[str], attributes: dict[str, str]) -> tuple[Any, ...]:
    name = next((attributes[key] for key in NAMES if attributes.get(key)), "")
    gene = next((attributes[key] for key in IDS if attributes.get(key)), name)
    biotype = next((attributes[key] for key in ("biotype", "gene_biotype", "gene_type")
                    if key in attributes), fields[2])  # fmt: skip
    return (fields[0], int(fields[3]), int(fields[4]), fields[6], gene.removeprefix("gene:"),
            name.removeprefix("gene:"), biotype, attributes.get("description", ""))  # fmt: skip


def _widen(spans: dict[str, list[Any]], fields: list[str], attributes: dict[str, str]) -> None:
    """The span of a gene from its parts, on the sequence where they were first seen."""
    key = f"{fields[0]}\t{attributes['gene_id']}"
    row = spans.setdefault(key, list(_gene(fields, attributes)))
    row[1], row[2] = min(row[1], int(fields[3])), max(row[2], int(fields[4]))
