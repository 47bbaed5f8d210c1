"""The command that turns test days into lactation yields."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CONTENTS = ("fat", "protein")


def add_commands(commands: Any) -> None:
    """Add lactation to the `agrigen` command."""
    parser = commands.add_parser(
        "lactation", help="lactation yields from test days, by ICAR's test-interval method"
    )
    parser.add_argument("file", help="CSV file, one row a test day: lactation, dim (days since "
                        "calving), milk; fat and protein in percent, end (day in milk of the "
                        "dry-off) and parity if there are such columns")  # fmt: skip
    for name in ("lactation", "dim", "milk", "end", "parity"):
        parser.add_argument(f"--{name}", default=name, help=f"its column (default {name})")
    parser.add_argument("--days", type=int, default=305, help="standard length (default 305)")
    parser.add_argument("--project", action="store_true",
                        help="best prediction of dairy cows' lactations in progress, with its "
                             "standard error and reliability")  # fmt: skip
    parser.add_argument("-o", "--output", help="CSV file of yields (without it: to the screen)")
    parser.set_defaults(run=_lactation)


def _lactation(options: argparse.Namespace) -> int:
    import pandas as pd

    from agrigen.phenotypes import lactation_yields

    tests = pd.read_csv(options.file)
    found = lactation_yields(
        tests, lactation=options.lactation, dim=options.dim, milk=options.milk, days=options.days,
        components=[name for name in CONTENTS if name in tests], end=_ends(tests, options),
    )  # fmt: skip
    frame = found.to_frame()
    if options.project:
        frame = frame.merge(_projected(tests, options), on="lactation", how="left")
    frame.to_csv(options.output or sys.stdout, index=False, float_format="%.8g")
    sys.stderr.write(f"{found!r}\n")
    if options.output:
        sys.stderr.write(f"written to {options.output}\n")
    return 0


def _ends(tests: "pd.DataFrame", options: argparse.Namespace) -> "pd.Series | None":
    """Last day in milk by lactation, from whichever of its rows has one."""
    if options.end not in tests:
        return None
    ends = tests.groupby(options.lactation)[options.end].max().dropna()
    return ends if len(ends) else None


def _projected(tests: "pd.DataFrame", options: argparse.Namespace) -> "pd.DataFrame":
    """Of lactations without an end, at the level of the herd that the file is of."""
    from agrigen.phenotypes import best_prediction, dairy_standards, expected_yields, standard_for

    ends = _ends(tests, options)
    if ends is not None:
        tests = tests[~tests[options.lactation].isin(ends.index)]
    parity = tests[options.parity].fillna(1) if options.parity in tests else 1
    tests = tests.assign(_parity=parity)
    standards = dairy_standards()
    expected = expected_yields(
        tests, standards, dim=options.dim, milk=options.milk, parity="_parity", days=options.days
    )
    of = tests.groupby(options.lactation)["_parity"].first()
    found = best_prediction(
        tests, standards, lactation=options.lactation, dim=options.dim, milk=options.milk,
        parity="_parity", expected=of.map(lambda one: standard_for(expected, one)),
        days=options.days,
    ).frame  # fmt: skip
    names = {"yield_kg": "projected_kg", "standard_error": "projected_error_kg"}
    return found.rename(columns=names)[["lactation", *names.values(), "reliability"]]
