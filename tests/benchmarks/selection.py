"""Time of decisions against SciPy's solvers, in one run: python tests/benchmarks/selection.py

Optimum contributions of 1,000 candidates against SLSQP (a general solver of quadratic programs) at
200 candidates, where it still ends; mate allocation of 2,000 females to 40 males against
linear_sum_assignment (a column for each place) and HiGHS (the transport problem as a linear
program); kinship of 500 ewes and 30 rams in the 100,000 animals of pedigree_and_blup.py. Every
pair of programs must agree on the optimum. Prints rows of a Markdown table; the best of three.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog, minimize
from scipy.sparse import csr_array, kron

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import agrigen as ag
from tests.benchmarks.pedigree_and_blup import population

ANIMALS = 100_000
FEMALES, MALES, ROOM = 2000, 40, 55
RATE = 0.01


def timed(call: Callable[[], object], times: int = 3) -> tuple[float, object]:
    """Seconds of the fastest call, and its answer."""
    best, answer = np.inf, None
    for _ in range(times):
        start = perf_counter()
        answer = call()
        best = min(best, perf_counter() - start)
    return best, answer


def pedigree() -> ag.Pedigree:
    sires, dams = population(ANIMALS)
    return ag.Pedigree(np.arange(1, ANIMALS + 1), sires, dams)


def report(what: str, seconds: float, note: str = "") -> None:
    print(f"| {what} | {seconds:.3f} s | {note} |", flush=True)


def kinships() -> None:
    sires, dams = population(ANIMALS)
    rams = [str(one) for one in np.unique(sires[-20_000:])[-30:]]
    ewes = [str(one) for one in np.unique(dams[-20_000:])[-500:]]
    fresh = iter([pedigree() for _ in range(3)])
    seconds, _ = timed(lambda: ag.kinship(next(fresh), ewes, rams))
    report("kinship of 500 ewes x 30 rams, 100,000 animals", seconds, "inbreeding of all included")


def contributions(candidates: int, whole: ag.Pedigree) -> None:
    rng = np.random.default_rng(1)
    ids = [str(one) for one in rng.choice(np.arange(80_000, ANIMALS), candidates, replace=False)]
    sex = np.where(np.arange(candidates) % 10 == 0, "M", "F")
    u = rng.normal(size=candidates)
    k = whole.relationship_matrix(ids)
    for kind, given in (("A as a matrix", k), ("a pedigree of 100,000", whole)):
        seconds, found = timed(
            lambda given=given: ag.optimum_contributions(ids, u, sex, given, inbreeding_rate=RATE)
        )
        chosen = int((found.contribution > 0).sum())
        note = f"{chosen} chosen, gap {found.gap:.0e}"
        report(f"optimum contributions, {candidates} candidates, {kind}", seconds, note)
    if candidates <= 200:
        against_slsqp(u, sex, k, found)


def against_slsqp(
    u: np.ndarray, sex: np.ndarray, k: np.ndarray, found: ag.selection.OptimumContributions
) -> None:
    male = (sex == "M").astype(float)
    limit = 2 * found.coancestry
    rules = [{"type": "eq", "fun": lambda c, m=m: c @ m - 0.5} for m in (male, 1 - male)]
    rules.append({"type": "ineq", "fun": lambda c: limit - c @ k @ c, "jac": lambda c: -2 * k @ c})
    start = np.where(male > 0, 0.5 / male.sum(), 0.5 / (1 - male).sum())
    seconds, other = timed(
        lambda: minimize(
            lambda c: -u @ c, start, jac=lambda c: -u, bounds=[(0, 0.5)] * u.size,
            constraints=rules, method="SLSQP", options={"maxiter": 1000, "ftol": 1e-10},
        ),
        1,
    )  # fmt: skip
    assert found.merit >= -other.fun - 1e-5, (found.merit, -other.fun)
    report(f"the same by SLSQP, {u.size} candidates", seconds, f"merit {-other.fun:.6f}")


def matings() -> None:
    rng = np.random.default_rng(3)
    f = rng.beta(1, 30, (FEMALES, MALES))
    u, v = rng.normal(size=FEMALES), rng.normal(size=MALES)
    names = [f"f{i}" for i in range(FEMALES)], [f"m{i}" for i in range(MALES)]
    seconds, plan = timed(
        lambda: ag.mate(
            *names, f, female_merit=u, male_merit=v, penalty=10, capacity=ROOM,
            most_inbreeding=0.0625,
        )
    )  # fmt: skip
    report("mates for 2,000 x 40", seconds, f"sum {plan.total:.6f}")
    value = np.where(np.isfinite(plan.value), plan.value, -1e6)
    places = np.repeat(value, ROOM, axis=1)
    seconds, (rows, columns) = timed(lambda: linear_sum_assignment(-places), 1)
    total = places[rows, columns].sum()
    assert abs(total - plan.total) < 1e-6
    report("the same by linear_sum_assignment", seconds, f"sum {total:.6f}")
    each = csr_array(kron(np.eye(FEMALES), np.ones((1, MALES))))
    room = csr_array(kron(np.ones((1, FEMALES)), np.eye(MALES)))
    seconds, found = timed(
        lambda: linprog(
            -value.ravel(), A_ub=room, b_ub=np.full(MALES, ROOM), A_eq=each,
            b_eq=np.ones(FEMALES), method="highs",
        ),
        1,
    )  # fmt: skip
    assert abs(-found.fun - plan.total) < 1e-6
    report("the same by HiGHS", seconds, f"sum {-found.fun:.6f}")


if __name__ == "__main__":
    print("| | time | |\n| --- | --- | --- |")
    ag.kinship(ag.Pedigree(["a", "b"], ["", ""], ["", ""]), ["a"], ["b"])
    ag.mate(["a"], ["b"], [[0.0]])
    kinships()
    whole = pedigree()
    whole.inbreeding()
    for candidates in (200, 1000):
        contributions(candidates, whole)
    matings()
