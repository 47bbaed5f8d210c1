"""The `agrigen` command: evaluate, relationship, inbreeding on files."""

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from agrigen.errors import AgrigenError, ConvergenceWarning, ProblemsError
from agrigen.io.commands import add_commands as add_format_commands
from agrigen.provenance import __version__

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from agrigen.pedigree import Pedigree

OK, BAD_INPUT, NOT_CONVERGED = 0, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 2 for bad input, 3 without convergence."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except ProblemsError as error:
        for problem in error.problems:
            print(f"agrigen: {problem}", file=sys.stderr)
        return BAD_INPUT
    except FileExistsError as error:  # the output is a folder
        print(f"agrigen: {error.filename} is a file. Name a folder as output.", file=sys.stderr)
        return BAD_INPUT
    except (AgrigenError, OSError) as error:
        print(f"agrigen: {error}", file=sys.stderr)
        return BAD_INPUT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("agrigen", description="Livestock genetics on files.")
    parser.add_argument("--version", action="version", version=f"agrigen {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    evaluate = commands.add_parser("evaluate", help="breeding values from a model file")
    evaluate.add_argument("model", help="YAML model file (docs/reference/evaluate.md)")
    evaluate.add_argument("--progress", action="store_true", help="show stages on a terminal")
    evaluate.add_argument("--json", action="store_true", help="print the summary as JSON")
    evaluate.set_defaults(run=_evaluate)

    relationship = commands.add_parser("relationship", help="additive relationship of two animals")
    relationship.add_argument("pedigree", help="CSV file with the columns id, sire, dam")
    relationship.add_argument("animals", nargs=2, metavar="animal")
    relationship.set_defaults(run=_relationship)

    inbreeding = commands.add_parser("inbreeding", help="inbreeding of every animal, as CSV")
    inbreeding.add_argument("pedigree", help="CSV file with the columns id, sire, dam")
    inbreeding.set_defaults(run=_inbreeding)
    add_format_commands(commands)
    return parser


def _evaluate(options: argparse.Namespace) -> int:
    from agrigen.evaluation import evaluate_file, load_model

    spec = load_model(options.model)
    with warnings.catch_warnings():
        # The exit code and the closing line say it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        progress = _Progress(sys.stderr) if options.progress and sys.stderr.isatty() else None
        result = evaluate_file(spec, progress=progress)
    folder = result.write(spec.output)
    if options.json:
        print(json.dumps(result.summary, indent=2, ensure_ascii=False))
    else:
        print(result)
        print(f"written to {folder}")
    if not result.converged:
        print("agrigen: the solver did not converge; results are marked.", file=sys.stderr)
        return NOT_CONVERGED
    return OK


class _Progress:
    """A progress line that overwrites itself."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __call__(self, fraction: float, message: str) -> None:
        end = "\n" if fraction >= 1 else ""
        self.stream.write(f"\r\x1b[K{fraction:4.0%} {message}{end}")
        self.stream.flush()


def _relationship(options: argparse.Namespace) -> int:
    pedigree = _read_pedigree(options.pedigree)
    print(f"{pedigree.relationship(*options.animals):.6g}")
    return OK


def _inbreeding(options: argparse.Namespace) -> int:
    frame = _read_pedigree(options.pedigree).to_frame()
    frame[["id", "inbreeding"]].to_csv(sys.stdout, index=False)
    return OK


def _read_pedigree(path: str) -> "Pedigree":
    from agrigen.evaluation.files import read_pedigree

    return read_pedigree(path)


if __name__ == "__main__":
    sys.exit(main())
