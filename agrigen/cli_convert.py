"""Commands that turn genotype files into others: convert and merge."""

import argparse
import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from agrigen.genotypes import Genotypes
    from agrigen.genotypes.manifest import Manifest

CODINGS = ("AB", "TOP", "FWD", "PLUS")


def add_commands(commands: Any) -> None:
    """Add merge to the `agrigen` command."""
    merge = commands.add_parser("merge", help="several genotype files as one, with a report")
    merge.add_argument("files", nargs="+", metavar="file", help="two or more genotype files")
    merge.add_argument("--output", required=True, metavar="GENOTYPES", help="such as all.bed")
    merge.add_argument("--markers", choices=("union", "intersection"), default="union")
    merge.add_argument("--samples", choices=("union", "intersection"), default="union")
    merge.add_argument("--duplicates", choices=("refuse", "first", "missing"), default="refuse",
                       help="where a sample has different genotypes in two files")  # fmt: skip
    merge.add_argument(
        "--ambiguous",
        choices=("frequency", "letters", "drop"),
        default="frequency",
        help="A/T and C/G markers of unknown strand",
    )
    merge.add_argument("--positions", choices=("refuse", "first"), default="refuse",
                       help="markers with other places in a later file")  # fmt: skip
    merge.add_argument("--species", help="sheep, cattle, goat, pig, chicken, horse, mouse")
    merge.add_argument("--report", help="folder for alleles.csv, positions.csv, duplicates.csv")
    merge.add_argument("--json", action="store_true", help="print as JSON")
    merge.set_defaults(run=_merge)


def add_genotype_options(convert: argparse.ArgumentParser) -> None:
    """Options of `agrigen convert genotypes`."""
    group = convert.add_argument_group("genotypes")
    group.add_argument(
        "--from",
        dest="source",
        metavar="FORMAT",
        help="where name and content do not tell: bed, vcf, finalreport, ...",
    )
    group.add_argument("--to", metavar="FORMAT", help="where the ending does not tell")
    group.add_argument("--manifest", help="manifest of the chip (.csv), for strands and places")
    group.add_argument("--coding", choices=CODINGS, help="spell alleles so, by the manifest")
    group.add_argument("--known", choices=CODINGS, help="how alleles are spelled in the file")
    group.add_argument("--assembly", help="that positions are of")
    group.add_argument("--drop-unknown", action="store_true",
                       help="leave out markers whose strand is unknown")  # fmt: skip


def convert_genotypes(options: argparse.Namespace) -> int:
    """One genotype file to another."""
    from agrigen.errors import DataError, Problem
    from agrigen.genotypes.manifest import Manifest

    manifest = Manifest.read(options.manifest) if options.manifest else None
    if options.coding and manifest is None:
        message = f"Alleles are spelled in {options.coding} by the manifest of the chip."
        raise DataError([Problem("no_manifest", (), message, "Give --manifest.")])
    genotypes = _read(options, manifest)
    if options.assembly:
        markers = replace(genotypes.markers, assembly=options.assembly)
        genotypes = type(genotypes)(genotypes.packed, genotypes.samples, markers)
    if options.coding and manifest is not None:
        unknown = "drop" if options.drop_unknown else "refuse"
        genotypes = genotypes.recoded(manifest, options.coding, known=options.known,
                                      unknown=unknown)  # fmt: skip
    genotypes.write(options.output, **({"format": options.to} if options.to else {}))
    samples, markers_ = genotypes.shape
    sys.stdout.write(f"{samples:,} samples at {markers_:,} markers written to {options.output}\n")
    return 0


def _read(options: argparse.Namespace, manifest: "Manifest | None") -> "Genotypes":
    """The file's genotypes, with places of the manifest where the file has none."""
    from agrigen.genotypes import Genotypes
    from agrigen.io.genotypes import format_of

    source = options.source or format_of(Path(options.job))
    report = {"markers": manifest, "coding": options.known} if source == "finalreport" else {}
    genotypes = Genotypes.read(options.job, format=source, **report)
    bare = (genotypes.markers.chromosomes == "0").all()
    return manifest.place(genotypes) if manifest is not None and bare else genotypes


def _merge(options: argparse.Namespace) -> int:
    from agrigen.genotypes import Genotypes
    from agrigen.genotypes.alleles import AmbiguousWarning
    from agrigen.genotypes.merge import merge_genotypes

    sets = [Genotypes.read(path) for path in options.files]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", AmbiguousWarning)
        found = merge_genotypes(
            sets, names=options.files, markers=options.markers, samples=options.samples,
            duplicates=options.duplicates, ambiguous=options.ambiguous,
            positions=options.positions, kind=options.species,
        )  # fmt: skip
    for one in said:
        sys.stderr.write(f"agrigen: {one.message}\n")
    found.genotypes.write(options.output)
    text = json.dumps(found.to_mapping(), indent=2) if options.json else repr(found)
    sys.stdout.write(f"{text}\n")
    if options.report:
        sys.stderr.write(f"written to {found.write(options.report)}\n")
    return 0
