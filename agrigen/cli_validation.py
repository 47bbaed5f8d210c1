"""The command that validates a model file."""

import argparse
import sys
from typing import Any


def add_commands(commands: Any) -> None:
    """Add validate to the `agrigen` command."""
    validate = commands.add_parser(
        "validate", help="hide records of a model file and see how well they are predicted"
    )
    validate.add_argument("model", help="YAML model file (docs/reference/evaluate.md)")
    cut = validate.add_argument_group("a cut: records beyond it are hidden")
    cut.add_argument("--column", help="column of dates (2024-03-31) or numbers")
    cut.add_argument("--after", help="the last date or number that stays")
    parts = validate.add_argument_group("or parts, hidden one at a time")
    parts.add_argument("--folds", type=int, help="random parts of the animals")
    parts.add_argument("--families", help="sire, dam, or a column of the records")
    parts.add_argument("--seed", type=int, default=1, help="of the random parts")
    validate.add_argument("--csv", action="store_true", help="print the table as CSV")
    validate.set_defaults(run=_validate)


def _validate(options: argparse.Namespace) -> int:
    from agrigen.errors import ModelError, Problem

    cut = options.column is not None and options.after is not None
    parts = options.folds is not None or options.families is not None
    if cut == parts:
        text = "Say what to hide, in one way."
        remedy = "Give --column and --after, or --folds, or --families."
        raise ModelError([Problem("nothing_hidden", (), text, remedy)])
    result = _run(options, cut=cut)
    if options.csv:
        result.table.to_csv(sys.stdout, index=False)
    else:
        sys.stdout.write(f"{result}\n")
    return 0


def _run(options: argparse.Namespace, *, cut: bool) -> Any:
    from agrigen.evaluation.files import load_model, read_pedigree
    from agrigen.evaluation.validation import cross_validate, validate
    from agrigen.genotypes import Genotypes
    from agrigen.io.csv import read_csv

    spec = load_model(options.model)
    data = read_csv(spec.data or "", "data")
    pedigree = genotypes = None
    if spec.genotypes is not None:
        genotypes = Genotypes.read(spec.genotypes)
    if spec.pedigree is not None or genotypes is None:
        pedigree = read_pedigree(spec.pedigree or "", groups=spec.groups, gamma=spec.gamma)
    common: dict[str, Any] = {
        "model": spec.model,
        "data": data,
        "pedigree": pedigree,
        "variances": spec.variances,
        "genotypes": genotypes,
        "estimate": spec.estimate,
        "solver": spec.solver,
    }
    if cut:
        return validate(column=options.column, after=_number(options.after), **common)
    common |= {} if options.folds is None else {"folds": options.folds}
    return cross_validate(families=options.families, rng=options.seed, **common)


def _number(word: str) -> str | float:
    try:
        return float(word)
    except ValueError:
        return word
