"""Random small evaluations of every kind of model, in the words of the model file."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import agrigen as ag
from tests.agrigen.reference.dense_model import DenseModel, basis_values, dense_model
from tests.agrigen.strategies import parents

LEGENDRE = {"legendre": "day", "order": 1, "range": [1, 10]}
SPLINE = {"spline": "day", "knots": [1, 4, 10]}


@dataclass(frozen=True, eq=False)
class Case:
    """A model file's mapping, records, pedigree rows and variances."""

    mapping: dict[str, Any]
    data: pd.DataFrame
    rows: list[tuple[str, str, str]]
    variances: dict[str, Any]
    groups: tuple[str, ...] = ()
    gamma: Any = None

    @property
    def model(self) -> ag.Model:
        return ag.load_model({**self.mapping, "variances": self.variances}).model

    @property
    def pedigree(self) -> ag.Pedigree:
        options = {"groups": list(self.groups), "gamma": self.gamma} if self.groups else {}
        return ag.Pedigree(*map(list, zip(*self.rows, strict=True)), **options)

    def evaluate(self, **options: Any) -> ag.Evaluation:
        return ag.evaluate(self.model, self.data, self.pedigree, self.variances, **options)

    def dense(self) -> DenseModel:
        return dense_model(self.mapping, self.data, self.rows, groups=self.groups, gamma=self.gamma)

    def curves(self) -> dict[str, np.ndarray]:
        """Weights of each curve's coefficients in its breeding value."""
        found = {}
        for effect in self.mapping["effects"]:
            basis = effect.get("basis")
            if basis and effect["type"] == "animal":
                low, high = basis.get("range") or (basis["knots"][0], basis["knots"][-1])
                found[effect["name"]] = basis_values(basis, np.arange(low, high + 1)).sum(axis=0)
        return found

    def changed(self, **changes: Any) -> "Case":
        return replace(self, **changes)


def covariance(rng: np.random.Generator, size: int, scale: float = 1.0) -> list[list[float]]:
    """A well-conditioned covariance matrix."""
    half = rng.normal(size=(size, size))
    matrix = scale * (half @ half.T / size + 0.5 * np.eye(size))
    return [[float(v) for v in row] for row in (matrix + matrix.T) / 2]


def records(rng: np.random.Generator, animals: int, count: int) -> pd.DataFrame:
    """Records with factors, covariates, a mother, groups of residuals, two traits with gaps."""
    data = pd.DataFrame(
        {
            "animal": [f"a{i}" for i in rng.integers(0, animals, count)],
            "mother": [f"a{i}" for i in rng.integers(0, animals, count)],
            "year": rng.integers(2019, 2022, count),
            "herd": rng.choice(list("xyz"), count),
            "pen": rng.choice(list("pq"), count),
            "age": rng.uniform(1, 9, count).round(1),
            "day": rng.integers(1, 11, count),
            "half": rng.choice(["first", "second"], count),
            "w": rng.uniform(0.5, 3, count),
            "y1": rng.normal(50, 5, count),
            "y2": rng.normal(20, 3, count),
        }
    )
    gaps = rng.random(count) < 0.3
    data.loc[gaps & (np.arange(count) > 5), "y2"] = np.nan
    data.loc[(rng.random(count) < 0.2) & data.y2.notna() & (np.arange(count) > 5), "y1"] = np.nan
    return data


@st.composite
def cases(draw: st.DrawFn, groups: bool = False, traits: int | None = None) -> Case:
    """Any model of the contract on up to twelve animals and 24 records."""
    sire, dam = draw(parents(largest=12))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    names = traits or draw(st.integers(1, 2))
    y = ["y1", "y2"][:names]
    effects, variances = _random_effects(draw, rng, names)
    data = records(rng, len(sire), draw(st.integers(10, 24)))
    mapping: dict[str, Any] = {"traits": y, "effects": [*_fixed_effects(draw, names), *effects]}
    mapping["inbreeding"] = draw(st.booleans()) or groups
    if draw(st.booleans()):
        mapping["weights"] = "w"
    variances["residual"] = covariance(rng, names, 5.0)
    if draw(st.booleans()):
        mapping["residual_by"] = "half"
        variances["residual"] = {h: covariance(rng, names, 5.0) for h in sorted(set(data.half))}
    rows = [(f"a{i}", _parent(sire[i]), _parent(dam[i])) for i in range(len(sire))]
    if not groups:
        return Case(mapping, data, rows, variances)
    used = [(a, s or rng.choice(["g1", "g2"]), d or rng.choice(["g2", "g3"])) for a, s, d in rows]
    present = sorted({p for row in used for p in row[1:] if p.startswith("g")})
    gamma = np.array(covariance(rng, len(present), 0.5))
    gamma *= 1.9 / max(1.9, gamma.max())  # a metafounder is at most 2 with itself
    return Case(mapping, data, used, variances, tuple(present), gamma)


def _parent(place: int) -> str:
    return f"a{place}" if place >= 0 else ""


def _fixed_effects(draw: st.DrawFn, traits: int) -> list[dict[str, Any]]:
    year: dict[str, Any] = {"name": "year", "type": "fixed"}
    age: dict[str, Any] = {"name": "age", "type": "covariate", "degree": 2}
    if traits == 2 and draw(st.booleans()):
        year["traits"] = {"y1": "year", "y2": "pen"}
        age["traits"] = ["y2"]
    if draw(st.booleans()):
        age["within"] = "pen"
    found = [year, age]
    if draw(st.booleans()):
        found.append({"name": "cell", "type": "fixed", "column": "herd:pen"})
    return found


def _random_effects(
    draw: st.DrawFn, rng: np.random.Generator, traits: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    basis = draw(st.sampled_from([None, None, LEGENDRE, SPLINE]))
    width = {"legendre": 2, "spline": 3}[next(iter(basis))] if basis else 1
    a: dict[str, Any] = {"name": "a", "type": "animal"}
    if basis:
        a["basis"] = basis
    effects, size = [a], width * traits
    if draw(st.booleans()):
        m = {"name": "m", "type": "animal", "column": "mother", "correlated_with": "a"}
        limited = traits == 2 and draw(st.booleans())
        effects.append({**m, "traits": ["y1"]} if limited else m)
        size += 1 if limited else traits
    variances: dict[str, Any] = {"a": covariance(rng, size, 3.0)}
    if draw(st.booleans()):
        pe: dict[str, Any] = {"name": "pe", "type": "random", "column": "animal"}
        if basis:
            pe["basis"] = basis
        effects.append(pe)
        variances["pe"] = covariance(rng, width * traits, 1.5)
    if draw(st.booleans()):
        herd: dict[str, Any] = {"name": "h", "type": "random", "column": "herd"}
        own = traits == 2 and draw(st.booleans())
        effects.append({**herd, "traits": ["y2"]} if own else herd)
        variances["h"] = covariance(rng, 1 if own else traits, 2.0)
    return effects, variances
