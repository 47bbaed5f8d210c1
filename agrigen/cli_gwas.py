"""The command that tests markers for association with a trait."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agrigen.association import Association


def add_commands(commands: Any) -> None:
    """Add gwas to the `agrigen` command."""
    parser = commands.add_parser("gwas", help="test every marker of a genotype file for a trait")
    parser.add_argument("formula", help='"weight ~ sex + linear(age) + animal(id)"')
    parser.add_argument("data", help="CSV file of records, one an animal")
    parser.add_argument("genotypes", help=".bed, .ped, .vcf, .vcf.gz or .csv")
    parser.add_argument("--out", help="CSV file of all tests (without it the best are printed)")
    parser.add_argument("--manhattan", help="picture along the genome, .svg, .png or .pdf")
    parser.add_argument("--qq", help="picture of observed over expected p")
    parser.add_argument(
        "--relationship", default="vanraden1",
        help="vanraden1 (default), vanraden2, yang; none is linear regression",
    )  # fmt: skip
    parser.add_argument("--method", default="exact", help="exact (default) or approximate")
    parser.add_argument("--test", default="wald", help="wald (default), lrt or score")
    parser.add_argument("--binary", action="store_true", help="the trait is 0 and 1")
    parser.add_argument("--leave-one-chromosome-out", action="store_true",
                        help="relationships without the chromosome of the marker")  # fmt: skip
    parser.add_argument("--condition-on", default="", help="markers as covariates: m1,m2")
    parser.add_argument("--min-maf", type=float, default=0.01, help="rarer ones are not tested")
    parser.add_argument("--max-missing", type=float, default=0.05, help="share of animals")
    parser.set_defaults(run=_gwas)


def _gwas(options: argparse.Namespace) -> int:
    from agrigen.association import gwas
    from agrigen.genotypes import Genotypes
    from agrigen.io.csv import read_csv

    result = gwas(
        options.formula,
        read_csv(options.data, "data"),
        Genotypes.read(options.genotypes),
        relationship=None if options.relationship == "none" else options.relationship,
        method=options.method,
        test=options.test,
        kind="binary" if options.binary else "normal",
        leave_one_chromosome_out=options.leave_one_chromosome_out,
        condition_on=[name for name in options.condition_on.split(",") if name],
        min_maf=options.min_maf,
        max_missing=options.max_missing,
    )
    _write(result, options)
    return 0


def _write(result: "Association", options: argparse.Namespace) -> None:
    sys.stdout.write(f"{result}\n")
    if options.out:
        result.table.to_csv(options.out, index=False, float_format="%.10g")
    if options.manhattan:
        _save(result.manhattan(label=5), options.manhattan)
    if options.qq:
        _save(result.qq(), options.qq)
    for path in filter(None, (options.out, options.manhattan, options.qq)):
        sys.stdout.write(f"written to {path}\n")


def _save(figure: Any, path: str) -> None:
    from agrigen.errors import DataError, Problem

    if Path(path).suffix.lower() not in (".svg", ".png", ".pdf"):
        text = f"{path} is no picture that can be written."
        raise DataError([Problem("picture", (), text, "Name a file .svg, .png or .pdf.")])
    figure.savefig(path, dpi=150)
