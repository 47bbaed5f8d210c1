"""The `agrigen` command: evaluate, pedigree, relationship, inbreeding on files."""

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

from agrigen.cli_ade import add_commands as add_ade_commands
from agrigen.cli_formats import add_commands as add_format_commands
from agrigen.cli_genotypes import add_commands as add_genotype_commands
from agrigen.cli_gwas import add_commands as add_gwas_commands
from agrigen.cli_lactation import add_commands as add_lactation_commands
from agrigen.cli_login import add_commands as add_login_commands
from agrigen.cli_predict import add_commands as add_predict_commands
from agrigen.cli_validation import add_commands as add_validation_commands
from agrigen.errors import AgrigenError, Cancelled, ConvergenceWarning, ProblemsError
from agrigen.provenance import __version__

if TYPE_CHECKING:  # the library itself is loaded by the command that needs it
    from pathlib import Path

    from pandas import DataFrame

    from agrigen.pedigree import Pedigree

OK, BAD_INPUT, NOT_CONVERGED, INTERRUPTED = 0, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; exit code 0, 2 for bad input, 3 without convergence, 130 on Ctrl-C."""
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
    except KeyboardInterrupt:
        print("agrigen: interrupted.", file=sys.stderr)
        return INTERRUPTED
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
    _add_pedigree(commands)
    add_format_commands(commands)
    add_genotype_commands(commands)
    add_validation_commands(commands)
    add_gwas_commands(commands)
    add_predict_commands(commands)
    add_lactation_commands(commands)
    add_ade_commands(commands)
    add_login_commands(commands)
    return parser


def _add_pedigree(commands: Any) -> None:
    pedigree = commands.add_parser("pedigree", help="what is wrong with a pedigree, and what it is")
    actions = pedigree.add_subparsers(required=True, metavar="action")
    for name, run, text in (
        ("check", _check_pedigree, "every problem, with the animals and what to do"),
        ("summary", _summarize_pedigree, "size, depth, inbreeding, gene origin, effective size"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        action.add_argument("file", help="CSV file with a header")
        for column in ("id", "sire", "dam"):
            action.add_argument(f"--{column}", default=column, help=f"column (default {column})")
        action.add_argument("--sex", help="column of sexes, M or F")
        action.add_argument("--birth", help="column of birth dates, 2024-03-31")
        action.add_argument("--groups", help="names of unknown-parent groups: g1,g2")
        action.add_argument("--json", action="store_true", help="print as JSON")
        action.set_defaults(run=run)


def _evaluate(options: argparse.Namespace) -> int:
    from agrigen.evaluation import evaluate_file, load_model

    spec = load_model(options.model)
    with warnings.catch_warnings():
        # The exit code and the closing line say it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        progress = _Progress(sys.stderr) if options.progress and sys.stderr.isatty() else None
        try:
            result = evaluate_file(spec, progress=progress)
        except Cancelled as stop:
            return _interrupted(stop, spec.output)
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


def _interrupted(stop: Cancelled, folder: "Path") -> int:
    """Keep what an interrupted estimation had reached."""
    import yaml

    if stop.state is None:
        print("agrigen: interrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "variances.yaml"
    path.write_text(yaml.safe_dump({"variances": stop.state}), encoding="utf-8")
    text = f"agrigen: interrupted; the variances reached are in {path}. Put them into the model"
    print(f"{text} file to go on from there.", file=sys.stderr)
    return INTERRUPTED


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


def _check_pedigree(options: argparse.Namespace) -> int:
    from agrigen.errors import PedigreeError

    try:
        _pedigree_of(options)
        problems = []
    except PedigreeError as error:
        problems = error.problems
    if options.json:
        print(json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            print(f"{problem.kind}: {problem}")
        count = len(problems)
        print(f"{count} problem{'' if count == 1 else 's'}" if count else "No problems.")
    return BAD_INPUT if problems else OK


def _summarize_pedigree(options: argparse.Namespace) -> int:
    pedigree = _pedigree_of(options)
    summary = pedigree.summary()
    numbers: dict[str, Any] = {"summary": summary.to_mapping()}
    shown = [str(summary)]
    if ((pedigree.sire >= 0) & (pedigree.dam >= 0)).any():  # gene origin needs a reference
        diversity, sizes = pedigree.diversity(), pedigree.effective_size()
        numbers["diversity"] = diversity.numbers
        numbers["effective_size"] = _rows(sizes.table)
        shown += [str(diversity), str(sizes)]
    if options.birth:
        intervals = pedigree.generation_intervals()
        numbers["generation_intervals"] = _rows(intervals)
        shown.append("Generation intervals\n" + intervals.round(2).to_string(index=False))
    text = "\n\n".join(shown)
    print(json.dumps(numbers, indent=2, ensure_ascii=False) if options.json else text)
    return OK


def _rows(table: "DataFrame") -> list[dict[str, Any]]:
    """The rows of a table; what is not known is null."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows


def _pedigree_of(options: argparse.Namespace) -> "Pedigree":
    from agrigen.pedigree import Pedigree

    groups = options.groups.split(",") if options.groups else None
    columns = {name: getattr(options, name) for name in ("id", "sire", "dam", "sex", "birth")}
    return Pedigree.read_csv(options.file, groups=groups, **columns)


def _read_pedigree(path: str) -> "Pedigree":
    from agrigen.evaluation.files import read_pedigree

    return read_pedigree(path)


if __name__ == "__main__":
    sys.exit(main())
