"""Any model of the model file as dense matrices, written straight from its words.

`dense_model(mapping, frame, pedigree)` takes the mapping of a model file, records and pedigree
rows; `.at(variances)` gives the model at given variances. Readable and slow, for small data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial import legendre

from tests.agrigen.reference.dense_kinship import Kinship, kinship
from tests.agrigen.reference.dense_mixed import Dense, independent_columns

Component = tuple[str, str, int | None]
NONE, CURVE = -1, -2


@dataclass(frozen=True, eq=False)
class Part:
    """One block of random effects; column of (level, component) is level * q + component."""

    name: str
    effects: tuple[str, ...]
    components: tuple[Component, ...]
    kinship: Kinship
    z: np.ndarray


@dataclass(frozen=True, eq=False)
class DenseModel:
    """Everything but the variances; X begins with the columns of unknown-parent groups.

    `kept` are its columns that do not depend on earlier ones; the solutions of others are 0.
    """

    mapping: Mapping[str, Any]
    y: np.ndarray
    x: np.ndarray
    parts: tuple[Part, ...]
    record: np.ndarray
    trait: np.ndarray
    weight: np.ndarray
    residual_group: np.ndarray
    kept: np.ndarray

    def at(self, variances: Mapping[str, Any]) -> Dense:
        """The model at variances given as in a model file."""
        z = np.hstack([part.z for part in self.parts])
        c = _block_diagonal([np.kron(p.kinship.k, g) for p, g in self.matrices(variances)])
        return Dense(self.y, self.x, z, c, self.residual(variances["residual"]))

    def matrices(self, variances: Mapping[str, Any]) -> list[tuple[Part, np.ndarray]]:
        """Each block with the covariance of its components."""
        found = []
        for part in self.parts:
            given = next(variances[name] for name in part.effects if name in variances)
            found.append((part, np.atleast_2d(np.array(given, float))))
        return found

    def residual(self, given: Any) -> np.ndarray:
        """R: records are independent, the traits of one record are not."""
        r = np.zeros((self.y.size, self.y.size))
        for i in range(self.y.size):
            level = self.residual_group[i]
            of_level = given[level] if isinstance(given, Mapping) else given
            r0 = np.atleast_2d(np.array(of_level, float))
            for j in np.flatnonzero(self.record == self.record[i]):
                r[i, j] = r0[self.trait[i], self.trait[j]] / self.weight[i]
        return r

    def predictions(self, variances: Mapping[str, Any], curves: Mapping[str, Any] = {}) -> Any:
        """Table of every level of every random effect: effect, trait, level, coefficient, value,
        pev and the variance that reliability counts against. Effects named in `curves` (weights of
        the coefficients) also have a row for that sum. Coefficient is NONE without a basis, CURVE
        for the sum.
        """
        dense = self.at(variances)
        rows, start = [], 0
        for part, g in self.matrices(variances):
            for weights, where in _wanted(part, curves):
                for level, name in enumerate(part.kinship.names):
                    m = np.zeros(dense.z.shape[1])
                    q = len(part.components)
                    m[start + level * q : start + (level + 1) * q] = weights
                    value, pev = dense.function(self._of_groups(part, level, weights), m)
                    scale = part.kinship.k[level, level] * (weights @ g @ weights)
                    rows.append((*where[:2], name, where[2], value, pev, scale))
            start += part.z.shape[1]
        columns = ["effect", "trait", "level", "coefficient", "value", "pev", "scale"]
        return pd.DataFrame(rows, columns=columns)

    def _of_groups(self, part: Part, level: int, weights: np.ndarray) -> np.ndarray:
        """Row of X that a level's share of fixed groups adds."""
        k = np.zeros(self.kept.size)
        if part.kinship.shares is not None:
            before = self.parts[: self.parts.index(part)]
            start = sum(p.kinship.shares.shape[1] * len(p.components) for p in before)
            share = np.kron(part.kinship.shares[level], weights)
            k[start : start + share.size] = share
        return k[self.kept]


def dense_model(
    mapping: Mapping[str, Any],
    frame: pd.DataFrame,
    pedigree: Sequence[tuple[str, str, str]] = (),
    *,
    groups: Sequence[str] = (),
    gamma: np.ndarray | None = None,
) -> DenseModel:
    """Matrices of a model file's mapping; records with a missing trait lack that observation."""
    traits = list(mapping["traits"])
    columns = [(t, frame[t].to_numpy(float)) for t in traits]
    seen = [
        (r, t) for r in range(len(frame)) for t, (_, y) in enumerate(columns) if np.isfinite(y[r])
    ]
    record, trait = (np.array(part, int) for part in zip(*seen, strict=True))
    rows = _Rows(frame, traits, record, trait)
    animals = kinship(
        pedigree,
        groups=groups,
        gamma=gamma,
        inbreeding=mapping.get("inbreeding", True),
        weights=_weights(mapping),
    )
    parts = tuple(_part(effects, rows, animals) for effects in _blocks(mapping["effects"]))
    shares = [_group_columns(part) for part in parts if part.kinship.shares is not None]
    x = np.hstack([*shares, _fixed(mapping["effects"], rows)])
    keep = independent_columns(x)
    by = mapping.get("residual_by")
    weights = frame[mapping["weights"]].to_numpy(float) if mapping.get("weights") else None
    return DenseModel(
        mapping,
        np.array([columns[t][1][r] for r, t in seen]),
        x[:, keep],
        parts,
        record,
        trait,
        weights[record] if weights is not None else np.ones(record.size),
        _texts(frame[by])[record] if by else np.full(record.size, ""),
        keep,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The observations' record and trait, and what columns hold for them."""

    frame: pd.DataFrame
    traits: list[str]
    record: np.ndarray
    trait: np.ndarray

    def texts(self, column: str) -> np.ndarray:
        parts = [_texts(self.frame[name]) for name in column.split(":")]
        joined = np.array([":".join(values) for values in zip(*parts, strict=True)], object)
        return joined[self.record]

    def numbers(self, column: str) -> np.ndarray:
        return self.frame[column].to_numpy(float)[self.record]


def _texts(column: pd.Series) -> np.ndarray:
    """Levels as texts; whole numbers without a decimal point."""
    whole = column.dtype.kind == "f" and np.all(column.dropna() % 1 == 0)
    return (column.astype("Int64") if whole else column).astype(str).to_numpy(object)


def _weights(mapping: Mapping[str, Any]) -> tuple[float, float]:
    kinds = {effect.get("relationship") for effect in mapping["effects"]}
    return (0.5, 0.25) if "sire_mgs" in kinds else (0.5, 0.5)


def _traits_of(effect: Mapping[str, Any], traits: Sequence[str]) -> dict[str, str]:
    """Column of the effect in each trait that has it."""
    default = {"animal": "animal"}.get(effect["type"], effect["name"])
    column = effect.get("column") or default
    limited = effect.get("traits")
    if isinstance(limited, Mapping):
        return {trait: limited[trait] for trait in traits if trait in limited}
    return {trait: column for trait in traits if limited is None or trait in limited}


def _blocks(effects: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    blocks: list[list[Mapping[str, Any]]] = []
    for effect in effects:
        if effect["type"] not in ("animal", "random"):
            continue
        partner = effect.get("correlated_with")
        home = next((b for b in blocks if partner in [member["name"] for member in b]), None)
        if home is None:
            blocks.append([effect])
        else:
            home.append(effect)
    return blocks


def basis_values(basis: Mapping[str, Any] | None, t: np.ndarray) -> np.ndarray:
    """Covariates of a basis: normalized Legendre polynomials or hat functions; 1 without."""
    if not basis:
        return np.ones((t.size, 1))
    if "legendre" in basis:
        low, high = basis["range"]
        x = 2 * (t - low) / (high - low) - 1
        return np.column_stack(
            [
                np.sqrt((2 * k + 1) / 2) * legendre.legval(x, np.eye(basis["order"] + 1)[k])
                for k in range(basis["order"] + 1)
            ]
        )
    knots = np.array(basis["knots"], float)
    return np.column_stack([np.interp(t, knots, row) for row in np.eye(knots.size)])


def _basis_column(basis: Mapping[str, Any] | None) -> str | None:
    return (basis.get("legendre") or basis["spline"]) if basis else None


def _part(effects: Sequence[Mapping[str, Any]], rows: _Rows, animals: Kinship) -> Part:
    components: list[Component] = []
    for effect in effects:
        width = basis_values(effect.get("basis"), np.zeros(1)).shape[1]
        for trait in _traits_of(effect, rows.traits):
            orders = range(width) if effect.get("basis") else [None]
            components += [(effect["name"], trait, order) for order in orders]
    levels = animals if effects[0]["type"] == "animal" else _independent(effects, rows)
    place = {name: i for i, name in enumerate(levels.names)}
    q = len(components)
    z = np.zeros((rows.record.size, len(place) * q))
    for effect in effects:
        basis = effect.get("basis")
        t = rows.numbers(_basis_column(basis)) if basis else np.zeros(rows.record.size)
        values = basis_values(basis, t)
        for trait, column in _traits_of(effect, rows.traits).items():
            first = components.index((effect["name"], trait, 0 if basis else None))
            names = rows.texts(column)
            for o in np.flatnonzero(rows.trait == rows.traits.index(trait)):
                at = place[names[o]] * q + first
                z[o, at : at + values.shape[1]] = values[o]
    names = tuple(effect["name"] for effect in effects)
    return Part(names[0], names, tuple(components), levels, z)


def _independent(effects: Sequence[Mapping[str, Any]], rows: _Rows) -> Kinship:
    names: set[str] = set()
    for effect in effects:
        for trait, column in _traits_of(effect, rows.traits).items():
            names |= set(rows.texts(column)[rows.trait == rows.traits.index(trait)])
    return Kinship(_sorted(names), np.eye(len(names)))


def _sorted(names: set[str]) -> list[str]:
    """As numbers where all are numbers."""
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def _fixed(effects: Sequence[Mapping[str, Any]], rows: _Rows) -> np.ndarray:
    """Intercepts, then effect by effect the columns of each trait."""
    one = [(rows.trait == t).astype(float) for t in range(len(rows.traits))]
    columns = list(one)
    for effect in effects:
        for trait, column in _traits_of(effect, rows.traits).items():
            mine = one[rows.traits.index(trait)]
            if effect["type"] == "fixed":
                names = rows.texts(column)
                levels = _sorted(set(names[mine > 0]))
                columns += [mine * (names == level) for level in levels[1:]]
            elif effect["type"] == "covariate":
                columns += [mine * value for value in _covariate(effect, column, rows)]
    return np.column_stack(columns)


def _covariate(effect: Mapping[str, Any], column: str, rows: _Rows) -> list[np.ndarray]:
    basis = effect.get("basis")
    if basis:
        values = list(basis_values(basis, rows.numbers(_basis_column(basis))).T)
    else:
        change = {"log": np.log, "sqrt": np.sqrt}.get(effect.get("transform"), np.array)
        x = change(rows.numbers(column))
        values = [x**power for power in range(1, effect.get("degree", 1) + 1)]
    if not effect.get("within"):
        return values
    names = rows.texts(effect["within"])
    return [v * (names == level) for level in _sorted(set(names)) for v in values]


def _wanted(part: Part, curves: Mapping[str, Any]) -> list[tuple[np.ndarray, tuple]]:
    found = [
        (row, (effect, trait, NONE if order is None else order))
        for row, (effect, trait, order) in zip(
            np.eye(len(part.components)), part.components, strict=True
        )
    ]
    for effect in part.effects:
        for trait in dict.fromkeys(t for e, t, _ in part.components if e == effect):
            if effect in curves:
                weights = np.zeros(len(part.components))
                at = part.components.index((effect, trait, 0))
                weights[at : at + len(curves[effect])] = curves[effect]
                found.append((weights, (effect, trait, CURVE)))
    return found


def _group_columns(part: Part) -> np.ndarray:
    """What each fixed group adds to each observation, component by component."""
    return part.z @ np.kron(part.kinship.shares, np.eye(len(part.components)))


def _block_diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    size = sum(b.shape[0] for b in blocks)
    out, at = np.zeros((size, size)), 0
    for b in blocks:
        out[at : at + len(b), at : at + len(b)] = b
        at += len(b)
    return out
