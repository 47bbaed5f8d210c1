"""Designs made by hand: small models of every kind as plain arrays, and their dense reading."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import eye_array

import agrigen as ag
from agrigen.evaluation.arrays import Block, Component, Covariances, Design, Records
from agrigen.pedigree.structure import Structure

MODEL = ag.Model("y", [ag.Animal()])


def structure(sire, dam):
    """The pedigree's relationship structure without inbreeding counted."""
    sire, dam = np.asarray(sire, np.int32), np.asarray(dam, np.int32)
    known = (sire >= 0).astype(float) + (dam >= 0)
    mendelian = 1 - known / 4
    names = np.array([f"a{i}" for i in range(sire.size)], dtype=object)
    return Structure(
        names,
        float(np.log(mendelian).sum()),
        np.ones(sire.size),
        sire=sire,
        dam=dam,
        precision=1 / mendelian,
    )


def independent(levels):
    return Structure.independent(np.array([f"l{i}" for i in range(levels)], dtype=object))


def block(name, components, levels, offset):
    """components: (effect, trait, coefficient) each."""
    found = tuple(Component(*c) for c in components)
    return Block(name, tuple(dict.fromkeys(c.effect for c in found)), found, levels, offset)


def design(rows, blocks, fixed, *, traits=1, pinned=(), model=MODEL, groups=1):
    """rows: (weight, group, [(trait, y, {column: value}), ...]) of every record."""
    size = (blocks[-1].span.stop if blocks else 0) + fixed
    y, trait, start, first, column, value, patterns, pattern, weight = (
        [], [], [0], [0], [], [], {}, [], [],
    )  # fmt: skip
    for w, group, observations in rows:
        for t, observed, entries in observations:
            y.append(observed)
            trait.append(t)
            column += list(entries)
            value += list(entries.values())
            first.append(len(column))
        start.append(len(y))
        weight.append(w)
        key = (tuple(t in [o[0] for o in observations] for t in range(traits)), group)
        pattern.append(patterns.setdefault(key, len(patterns)))
    records = Records(
        np.array(y, float),
        np.array(trait, np.int32),
        np.array(start, np.int64),
        np.array(first, np.int64),
        np.array(column, np.int32),
        np.array(value, float),
        np.array(pattern, np.int32),
        np.array(weight, float),
        np.array([k[0] for k in patterns], bool),
        np.array([k[1] for k in patterns], np.int32),
    )
    held = np.zeros(size, bool)
    held[list(pinned)] = True
    return Design(
        model, records, tuple(blocks), slice(size - fixed, size), held, [],
        eye_array(fixed, format="csr"), len(rows), {}, [str(g) for g in range(groups)], [],
    )  # fmt: skip


@dataclass
class Dense:
    """The same model as dense matrices: W, R and the prior precision of all unknowns."""

    w: np.ndarray
    r: np.ndarray
    penalty: np.ndarray

    @property
    def c(self):
        return self.w.T @ np.linalg.solve(self.r, self.w) + self.penalty


def inverse_of(structure):
    lower = structure.inverse_lower().toarray()
    return lower + np.tril(lower, -1).T


def dense(d, covariances):
    """Dense matrices of a design, pinned unknowns included."""
    n, size, s = d.records.y.size, d.size, d.records
    w, r, penalty = np.zeros((n, size)), np.zeros((n, n)), np.zeros((size, size))
    for o in range(n):
        for e in range(s.first[o], s.first[o + 1]):
            w[o, s.column[e]] += s.value[e]
    for k in range(s.weight.size):
        own = np.arange(s.start[k], s.start[k + 1])
        residual = covariances.residual[s.group[s.pattern[k]]]
        r[np.ix_(own, own)] = residual[np.ix_(s.trait[own], s.trait[own])] / s.weight[k]
    for b, g in zip(d.blocks, covariances.blocks, strict=True):
        penalty[b.span, b.span] = np.kron(inverse_of(b.structure), np.linalg.inv(g))
    return Dense(w, r, penalty)


def dense_log_likelihood(d, covariances):
    """REML log-likelihood with its constant, from V, for designs without fixed groups."""
    m = dense(d, covariances)
    random = np.arange(d.fixed.start)
    z = m.w[:, random]
    v = m.r + z @ np.linalg.inv(m.penalty[np.ix_(random, random)]) @ z.T
    kept = np.flatnonzero(~d.pinned[d.fixed]) + d.fixed.start
    x = m.w[:, kept]
    vi = np.linalg.inv(v)
    xvx = x.T @ vi @ x
    p = vi - vi @ x @ np.linalg.solve(xvx, x.T @ vi)
    y = d.records.y
    determinants = np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1]
    return -0.5 * ((y.size - kept.size) * np.log(2 * np.pi) + determinants + y @ p @ y)


def spd(rng, size, *, scale=1.0):
    """A well-conditioned random covariance matrix."""
    a = rng.normal(size=(size, size))
    return scale * (a @ a.T / size + 0.5 * np.eye(size))


def covariances_of(d, rng):
    traits = d.records.observed.shape[1]
    return Covariances(
        tuple(spd(rng, b.width) for b in d.blocks),
        np.stack([spd(rng, traits) for _ in d.groups]),
    )


def family(rng, animals=14):
    """Parents before offspring, as the pedigree structure wants them."""
    sire = [rng.integers(-1, i) if i else -1 for i in range(animals)]
    dam = [rng.integers(-1, i) if i else -1 for i in range(animals)]
    return structure(sire, [-1 if s == d else d for s, d in zip(sire, dam, strict=True)])


def single(rng, *, animals=14, records=20):
    """Animal and litter effects, two fixed classes and a dependent column, weights."""
    a = block("a", [("a", "y", None)], family(rng, animals), 0)
    c = block("c", [("c", "y", None)], independent(4), animals)
    base = animals + 4
    rows = []
    for _ in range(records):
        sex = int(rng.integers(2))
        entries = {int(rng.integers(animals)): 1.0, animals + int(rng.integers(4)): 1.0}
        entries |= {base: 1.0, base + 1 + sex: 1.0, base + 3: rng.normal()}
        rows.append((float(rng.uniform(0.5, 2)), 0, [(0, rng.normal(10, 2), entries)]))
    return design(rows, [a, c], 4, pinned=[base + 2])


def maternal(rng, *, animals=14, records=40):
    """Two traits with missing ones: direct and maternal effects correlated, two residual groups."""
    components = [("a", "y", None), ("a", "z", None), ("m", "y", None)]
    a = block("a", components, family(rng, animals), 0)
    pe = block("pe", [("pe", "y", None), ("pe", "z", None)], independent(5), 3 * animals)
    base = 3 * animals + 10
    rows = []
    for _ in range(records):
        animal, dam = rng.choice(animals, 2, replace=False)
        litter, sex = rng.integers(5), rng.integers(2)
        observations = []
        for t in np.flatnonzero([True, False] if rng.random() < 0.3 else [True, True]):
            entries = {3 * int(animal) + t: 1.0, 3 * animals + 2 * int(litter) + t: 1.0}
            if t == 0:
                entries[3 * int(dam) + 2] = 1.0
            entries |= {base + t: 1.0}
            if sex:
                entries |= {base + 2 + t: 1.0}
            observations.append((int(t), rng.normal(5, 1), entries))
        if rng.random() < 0.2:
            observations = observations[-1:]
        rows.append((1.0, int(sex), observations))
    return design(rows, [a, pe], 4, traits=2, groups=2)


def regression(rng, *, animals=10, records=40):
    """Random regression on a covariate: intercept and slope an animal."""
    a = block("a", [("a", "y", 0), ("a", "y", 1)], family(rng, animals), 0)
    pe = block("pe", [("pe", "y", 0), ("pe", "y", 1)], independent(animals), 2 * animals)
    base = 4 * animals
    rows = []
    for _ in range(records):
        animal, x = int(rng.integers(animals)), float(rng.uniform(-1, 1))
        entries = {2 * animal: 0.7, 2 * animal + 1: 1.2 * x}
        entries |= {2 * (animals + animal): 0.7, 2 * (animals + animal) + 1: 1.2 * x}
        rows.append((1.0, 0, [(0, rng.normal(), entries | {base: 1.0, base + 1: x})]))
    return design(rows, [a, pe], 2)


KINDS = {"single": single, "maternal": maternal, "regression": regression}
