"""Time and memory of the sparse factor: python tests/benchmarks/factor.py [animals] [model]

The population of pedigree_and_blup.py; one record an animal. Models: `animal`, one trait and 500
herd-years; `herds`, 30,000 herd-years, dams stay in their herd; `maternal`, two traits, direct and
maternal values of every animal, permanent environment of dams. Up to 50,000 equations SuperLU of
SciPy factors the same matrix in the same run; so does CHOLMOD where kvxopt is installed.
"""

import sys
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import numpy as np
from pedigree_and_blup import population
from scipy.sparse import block_diag, csr_array, diags_array, hstack, kron, tril
from scipy.sparse.linalg import splu

import agrigen as ag
from agrigen.evaluation.factor import Factor, Hints

PEER_LIMIT = 50_000


def pedigree_of(animals, herds=1):
    """Sires (1-based numbers, 0 unknown), dams, and the herd of every animal."""
    sire, dam = population(animals)
    rng = np.random.default_rng(3)
    herd = rng.integers(0, herds, animals)
    if herds > 1:
        for i in range(animals):
            if dam[i] > 0:
                herd[i] = herd[dam[i] - 1]
    return sire, dam, herd


def indicator(codes, levels):
    """One 1 a row."""
    n = codes.size
    return csr_array((np.ones(n), codes, np.arange(n + 1)), shape=(n, levels))


def symmetric(lower):
    """Both triangles."""
    return (lower + tril(lower, -1).T).tocsr()


def animal_model(animals, herd_years, herds=1):
    """Lower triangle of the equations and the hints of a single-trait model."""
    sire, dam, herd = pedigree_of(animals, herds)
    rng = np.random.default_rng(2)
    years = herd_years // herds
    codes = herd * years + rng.integers(0, years, animals)
    ainverse = ag.Pedigree(np.arange(1, animals + 1), sire, dam).ainverse_lower() / 1.0
    w = hstack(
        [
            diags_array(np.ones(animals), format="csr"),
            np.ones((animals, 1)),
            indicator(codes, herd_years)[:, 1:],
        ],
        format="csr",
    )
    fixed = csr_array((w.shape[1] - animals,) * 2)
    lower = (tril(w.T @ w, format="csr") / 2.0 + block_diag([ainverse, fixed])).tocsr()
    lower.sort_indices()
    late = np.ones(w.shape[1], bool)
    late[:animals] = np.isin(np.arange(1, animals + 1), sire)
    return lower, Hints(-np.arange(w.shape[1]), late)


def maternal_model(animals, herd_years):
    """Two traits: four values an animal, two a dam, herd-years for each trait."""
    sire, dam, _ = pedigree_of(animals)
    rng = np.random.default_rng(2)
    codes = rng.integers(0, herd_years, animals)
    dams = np.unique(dam[dam > 0])
    known = np.flatnonzero(dam > 0)
    ainverse = symmetric(ag.Pedigree(np.arange(1, animals + 1), sire, dam).ainverse_lower())
    genetic = np.array([[4, 1, -0.5, 0], [1, 3, 0, -0.5], [-0.5, 0, 2, 0.5], [0, -0.5, 0.5, 2]])
    parts, eye = [], diags_array(np.ones(animals), format="csr")
    mother = csr_array((np.ones(known.size), (known, dam[known] - 1)), shape=(animals, animals))
    environment = csr_array(
        (np.ones(known.size), (known, np.searchsorted(dams, dam[known]))),
        shape=(animals, dams.size),
    )
    for trait in range(2):
        e = np.eye(2)[trait]
        direct = kron(eye, np.array([[*e, 0, 0]]))
        maternal = kron(mother, np.array([[0, 0, *e]]))
        random = [direct + maternal, kron(environment, e[None, :])]
        years = [indicator(codes, herd_years) * float(t == trait) for t in range(2)]
        parts.append(hstack([*random, *years], format="csr"))
    residual = np.linalg.inv(np.array([[5.0, 1.0], [1.0, 6.0]]))
    full = sum((parts[i].T @ parts[j]) * residual[i, j] for i in range(2) for j in range(2))
    penalty = block_diag(
        [
            kron(ainverse, np.linalg.inv(genetic)),
            diags_array(np.ones(2 * dams.size)),
            diags_array(np.full(2 * herd_years, 1e-6)),
        ]
    )
    lower = tril(full + penalty, format="csr")
    lower.sort_indices()
    rank = np.zeros(lower.shape[0], np.int64)
    late = np.zeros(lower.shape[0], bool)
    rank[: 4 * animals] = np.repeat(-2 * np.arange(animals), 4)
    rank[4 * animals : 4 * animals + 2 * dams.size] = np.repeat(-2 * (dams - 1) - 1, 2)
    late[: 4 * animals] = np.repeat(np.isin(np.arange(1, animals + 1), sire), 4)
    late[4 * animals + 2 * dams.size :] = True
    return lower, Hints(rank, late)


def timed(label, function):
    """Run once, print wall and processor seconds and the peak memory so far; the value, wall."""
    wall, processor = perf_counter(), process_time()
    value = function()
    wall, processor = perf_counter() - wall, process_time() - processor
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {label} | {wall:.3f} | {processor:.3f} | {peak:.0f} |", flush=True)
    return value, wall


def compare(lower, ours):
    """The same matrix in SuperLU and, where installed, CHOLMOD."""
    matrix = symmetric(lower).tocsc()
    _, wall = timed(
        "SuperLU (SciPy), analysis and factor",
        lambda: splu(
            matrix, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        ),
    )
    print(f"\nSuperLU takes {wall / ours:.1f} times as long")
    try:
        from kvxopt import cholmod, spmatrix
    except ImportError:
        print("CHOLMOD is not compared: kvxopt is not installed")
        return
    entries = lower.tocoo()
    other = spmatrix(entries.data, entries.row.astype(int), entries.col.astype(int), lower.shape)
    symbol, first = timed("CHOLMOD (kvxopt), analysis", lambda: cholmod.symbolic(other))
    _, second = timed("CHOLMOD (kvxopt), factor", lambda: cholmod.numeric(other, symbol))
    print(f"\nCHOLMOD takes {(first + second) / ours:.1f} times as long")


def main(animals, model):
    """Every step, after everything is compiled."""
    for lower, hints in (animal_model(2_000, 3),):
        Factor(lower).factorize(lower.data).inverse()
        Factor(lower, hints).factorize(lower.data).inverse()
    build = {
        "animal": lambda: animal_model(animals, 500),
        "herds": lambda: animal_model(animals, 30_000, 1_000),
        "maternal": lambda: maternal_model(animals, 500),
    }[model]
    print(f"{animals} animals, {model}\n\n| step | wall s | CPU s | peak MB |\n|---|---|---|---|")
    (lower, hints), _ = timed("(building the matrix)", build)
    factor, analysis = timed("order and counts", lambda: Factor(lower, hints))
    _, first = timed("pattern and numeric factor", lambda: factor.factorize(lower.data))
    _, again = timed("numeric factor again", lambda: factor.factorize(lower.data))
    b = np.random.default_rng(1).normal(size=lower.shape[0])
    x, _ = timed("solve", lambda: factor.solve(b))
    inverse, _ = timed("selected inverse", factor.inverse)
    off = np.ones(lower.nnz)
    off[lower.indptr[1:] - 1] = 0.5
    trace = 2 * float((inverse.values * lower.data * off).sum())
    residual = np.abs(symmetric(lower) @ x - b).max()
    print(f"\n{factor.size} equations, tail {factor.size - factor.sparse}, {factor.nonzeros} ")
    print(
        f"non-zeros, work {factor.work:.3g}; trace(C Z) / n - 1 = {trace / factor.size - 1:.1e}, "
    )
    print(f"residual {residual:.1e}; analysis about {analysis + first - again:.2f} s")
    if factor.size <= PEER_LIMIT:
        compare(lower, analysis + first)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        sys.argv[2] if len(sys.argv) > 2 else "animal",
    )
