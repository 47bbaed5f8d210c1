"""What BLUPF90 computes from a job's files, slowly: dense equations as its manual describes them.

Independent of the reader and writer under test but for the taking apart of the parameter file.
"""

from pathlib import Path

import numpy as np

from agrigen.io.blupf90_parameters import Parameters, parse_parameters


def solve_job(path: Path) -> dict[tuple[int, int, int], float]:
    """Solutions by (trait, effect, level), numbered from 1."""
    job = parse_parameters(path.read_text())
    data = np.loadtxt(path.parent / job.data, ndmin=2)
    traits = job.traits
    starts = np.cumsum([0, *(effect.levels * traits for effect in job.effects)])
    lhs = np.zeros((starts[-1], starts[-1]))
    rhs = np.zeros(starts[-1])
    missing = float((job.option("missing") or ["0"])[0])
    for row in data:
        seen = [t for t in range(traits) if row[job.observations[t] - 1] != missing]
        if not seen:
            continue
        weight = row[job.weights[0] - 1] if job.weights else 1.0
        inverse = np.linalg.inv(job.residual[np.ix_(seen, seen)]) * weight
        x = np.zeros((len(seen), starts[-1]))
        for number, effect in enumerate(job.effects):
            for place, trait in enumerate(seen):
                _incidence(x[place], row, effect, starts[number], trait, traits)
        y = np.array([row[job.observations[t] - 1] for t in seen])
        lhs += x.T @ inverse @ x
        rhs += x.T @ inverse @ y
    _add_groups(lhs, job, starts, path.parent)
    solution = np.linalg.pinv(lhs, rcond=1e-11, hermitian=True) @ rhs
    return {
        (trait + 1, number + 1, level + 1): solution[starts[number] + level * traits + trait]
        for number, effect in enumerate(job.effects)
        for level in range(effect.levels)
        for trait in range(traits)
    }


def write_solutions(path: Path, solutions: dict[tuple[int, int, int], float]) -> Path:
    """A file as blupf90 leaves it."""
    lines = ["trait/effect level  solution"]
    lines += [
        f"{t:4d}{e:4d}{level:10d}{value:24.14f}" for (t, e, level), value in solutions.items()
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def _incidence(x, row, effect, start, trait, traits):
    position = effect.positions[trait]
    if not position:
        return
    value, level = 1.0, 1
    if effect.kind == "cov":
        value = row[position - 1]
        if effect.nested:
            level = int(row[effect.nested[trait] - 1])
    else:
        level = int(row[position - 1])
    if level:
        x[start + (level - 1) * traits + trait] += value


def _add_groups(lhs: np.ndarray, job: Parameters, starts: np.ndarray, folder: Path) -> None:
    traits = job.traits
    for group in job.groups:
        levels = job.effects[group.effects[0] - 1].levels
        if group.kind == "diagonal":
            kinv = np.eye(levels)
        else:
            kinv = _relationship_inverse(folder / group.file, group.kind, levels)
        ginv = np.linalg.pinv(group.matrix, hermitian=True)
        for a, first in enumerate(group.effects):
            for b, second in enumerate(group.effects):
                part = ginv[a * traits : (a + 1) * traits, b * traits : (b + 1) * traits]
                rows = slice(starts[first - 1], starts[first - 1] + levels * traits)
                columns = slice(starts[second - 1], starts[second - 1] + levels * traits)
                lhs[rows, columns] += np.kron(kinv, part)


def _relationship_inverse(path: Path, kind: str, levels: int) -> np.ndarray:
    inverse = np.zeros((levels, levels))
    lines = [line.split() for line in path.read_text().splitlines()]
    animals = {int(words[0]) for words in lines}
    shares = (0.5, 0.25) if kind == "add_sire" else (0.5, 0.5)
    for words in lines:
        own, *parents = (int(word) for word in words[:3])
        t = np.zeros(levels)
        t[own - 1] = 1.0
        variance = 1.0
        for parent, share in zip(parents, shares, strict=True):
            if parent:
                t[parent - 1] -= share
            if parent in animals:
                variance -= share**2
        if kind == "add_an_upginb":
            variance = 1000.0 / float(words[3])
        inverse += np.outer(t, t) / variance
    return inverse
