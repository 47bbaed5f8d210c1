"""The command that predicts newly genotyped animals from stored marker effects."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes


def add_commands(commands: Any) -> None:
    """Add predict to the `agrigen` command."""
    parser = commands.add_parser(
        "predict", help="breeding values of newly genotyped animals from marker effects"
    )
    parser.add_argument("effects", help="marker_effects.npz of an evaluation, or a .parquet")
    parser.add_argument("genotypes", help=".bed, .ped, .vcf, .vcf.gz, .csv, FinalReport")
    parser.add_argument("--qc", action="store_true",
                        help="leave out samples and markers of low call rate, and outliers of "
                             "heterozygosity")  # fmt: skip
    parser.add_argument("--least", type=float, default=0.8,
                        help="share of the markers that must be there (default 0.8)")  # fmt: skip
    parser.add_argument("-o", "--output", help="CSV file of values (without it: to the screen)")
    parser.set_defaults(run=_predict)


def _predict(options: argparse.Namespace) -> int:
    from agrigen.genotypes import Genotypes
    from agrigen.prediction import predict

    genotypes = Genotypes.read(options.genotypes)
    if options.qc:
        genotypes = _checked(genotypes)
    result = predict(genotypes, options.effects, least=options.least)
    sys.stderr.write(f"{result.alignment!r}\n")
    result.values.to_csv(options.output or sys.stdout, index=False, float_format="%.8g")
    if options.output:
        sys.stderr.write(f"written to {options.output}\n")
    return 0


def _checked(genotypes: "Genotypes") -> "Genotypes":
    from agrigen.prediction.check import check

    report = check(genotypes)
    sys.stderr.write(f"{report!r}\n")
    for row in report.samples[~report.samples["keep"]].itertuples():
        sys.stderr.write(f"  left out {row.id}: {', '.join(row.reasons)}\n")
    return report.apply(genotypes)
