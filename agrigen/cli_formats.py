"""Commands between our files and those of other programs."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from agrigen.cli_convert import add_commands as add_merge
from agrigen.cli_convert import add_genotype_options, convert_genotypes

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from agrigen.io.dataset import DataSet

FORMATS = ("blupf90", "dmu", "genotypes")


def add_commands(commands: Any) -> None:
    """Add convert, merge, export and solutions to the `agrigen` command."""
    text = "another program's job to a model file, or genotypes to another format"
    convert = commands.add_parser("convert", help=text)
    convert.add_argument("format", choices=FORMATS, help="blupf90 reads RENUMF90 files too")
    convert.add_argument(
        "job", help="parameter, instruction (renum), driver (.DIR) or genotype file"
    )
    convert.add_argument(
        "--output",
        required=True,
        help="folder for model.yaml and its CSV files; or a genotype file",
    )
    convert.add_argument(
        "--drop-zero",
        action="store_true",
        help="leave out records that have no level (0) of an effect, instead of refusing them",
    )
    add_genotype_options(convert)
    convert.set_defaults(run=_convert)
    add_merge(commands)

    export = commands.add_parser("export", help="a model file to another program's job")
    export.add_argument("format", choices=("blupf90", "renumf90", "dmu"))
    export.add_argument("model", help="YAML model file (docs/reference/evaluate.md)")
    export.add_argument("--output", required=True, help="folder for the job")
    export.set_defaults(run=_export)

    solutions = commands.add_parser("solutions", help="solutions of blupf90 with names, as CSV")
    solutions.add_argument("solutions", help="the file 'solutions' that blupf90 wrote")
    solutions.add_argument("--job", required=True, help="folder that `agrigen export` wrote")
    solutions.set_defaults(run=_solutions)


def _convert(options: argparse.Namespace) -> int:
    if options.format == "genotypes":
        return convert_genotypes(options)
    data_set = _read(options)
    path = data_set.write(options.output)
    sys.stdout.write(f"{data_set}\nwritten to {path}\n")
    return 0


def _read(options: argparse.Namespace) -> "DataSet":
    if options.format == "dmu":
        from agrigen.io.dmu import read_dmu

        return read_dmu(options.job)
    from agrigen.io.blupf90 import read_blupf90

    return read_blupf90(options.job, zero="drop" if options.drop_zero else "refuse")


def _export(options: argparse.Namespace) -> int:
    from agrigen.evaluation.files import load_model, read_pedigree
    from agrigen.io.blupf90_instruction import write_renumf90
    from agrigen.io.blupf90_write import write_blupf90
    from agrigen.io.csv import read_csv
    from agrigen.io.dmu_write import write_dmu

    spec = load_model(options.model)
    pedigree = None
    if spec.pedigree is not None and spec.model.animal is not None:
        pedigree = read_pedigree(spec.pedigree, groups=spec.groups, gamma=spec.gamma)
    data = read_csv(spec.data or "", "data")
    writers = {"blupf90": write_blupf90, "renumf90": write_renumf90, "dmu": write_dmu}
    job = writers[options.format](spec.model, data, pedigree, spec.variances, options.output)
    sys.stdout.write(f"{job}\n")
    return 0


def _solutions(options: argparse.Namespace) -> int:
    from agrigen.io.blupf90_results import read_blupf90_solutions

    read_blupf90_solutions(options.solutions, options.job).to_csv(sys.stdout, index=False)
    return 0
