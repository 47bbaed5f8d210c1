"""How far each published example is from what was printed: python tests/benchmarks/exactness.py

Prints a Markdown table; docs/reference/exactness.md holds one run. The tests assert the tolerances.
"""

import numpy as np

from tests.agrigen.golden.published_examples import NAMES, example, found


def row(name, solver):
    """Largest difference over the printed tolerance, and the difference itself."""
    result = example(name).evaluate(solver=solver)
    made = {"solutions": result.solutions, "breeding_values": result.breeding_values}
    values, worst, share = 0, 0.0, 0.0
    for check in example(name).checks:
        difference = np.abs(np.asarray(found(check, made)) - check["values"]).max()
        values += len(check["values"])
        worst = max(worst, difference)
        share = max(share, difference / check["atol"])
    return values, worst, share


def main():
    """All examples by the direct solver."""
    print("| example | published values | largest difference | of what the print allows |")
    print("|---|---|---|---|")
    for name in NAMES:
        values, worst, share = row(name, "direct")
        title = name.replace("mrode_", "Mrode ").replace("blupf90_", "BLUPF90 tutorial: ")
        for digits in range(10):
            title = title.replace(f" {digits}_", f" {digits}.")
        print(f"| {title.replace('_', ' ')} | {values} | {worst:.1e} | {share:.0%} |")


if __name__ == "__main__":
    main()
