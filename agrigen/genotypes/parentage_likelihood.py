"""Parents by likelihood: LOD scores of candidates with genotyping errors, and their confidence.

Beside opposing homozygotes this uses heterozygotes too, so that it also tells apart candidates on
panels of a hundred markers, and says how sure it is.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from agrigen.citations import Citation
from agrigen.errors import DataError, GenotypeError, Problem
from agrigen.genotypes.columns import Key, chosen
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.imputation import transmission
from agrigen.genotypes.recorded import Recorded, recorded
from agrigen.random import Seed, generator
from agrigen.species import Kind, Species, species
from agrigen.types import Flags, Floats, Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

ROLES = ("sire", "dam")
BLOCK = 2048
"""Markers of one product."""

PAIRED = 4
"""Best candidates of each role that are combined to pairs."""

UNLIKELY = 1e-4
"""Probability of so many conflicts by errors alone below which a candidate is no parent."""

LEVELS = {"strict": 0.95, "relaxed": 0.80}
COLUMNS = ["id", "role", "recorded", "candidate", "rank", "lod", "other", "pair_lod", "delta",
           "compared", "conflicts", "confidence"]  # fmt: skip
Dosages = npt.NDArray[np.int8]

MARSHALL_1998 = Citation(
    "Marshall TC, Slate J, Kruuk LEB, Pemberton JM",
    1998,
    "Statistical confidence for likelihood-based paternity inference in natural populations. "
    "Mol Ecol 7:639",
    "10.1046/j.1365-294x.1998.00374.x",
    "delta between the best two candidates, and confidence by simulation",
)
KALINOWSKI_2007 = Citation(
    "Kalinowski ST, Taper ML, Marshall TC",
    2007,
    "Revising how the computer program CERVUS accommodates genotyping error increases success in "
    "paternity assignment. Mol Ecol 16:1099",
    "10.1111/j.1365-294X.2007.03089.x",
    "likelihood of parents with genotyping errors",
)


@dataclass(frozen=True, eq=False)
class ParentageLikelihood:
    """Candidates by likelihood.

    Attributes
    ----------
    candidates
        The best few of each offspring and role: lod (log10 of the likelihood of being the parent
        over that of being unrelated, the other parent unknown), other and pair_lod (with which
        candidate of the other role they fit best, and the LOD of both being the parents), delta
        (the higher of the two less that of the next candidate, or less 0), compared markers and
        opposing homozygotes among them, and confidence of the best one: strict, relaxed or none
        (also where conflicts are more than errors explain: a full sib). They are ranked by the
        higher LOD: a full sib can beat a parent alone, but not in a pair.
    critical
        By role the delta from which 95 % (strict) and 80 % (relaxed) of the simulated assignments
        were right, the other parent unknown; infinite where none reaches it.
    simulated
        By role: offspring simulated, and the share of them whose best candidate was the parent.
    """

    candidates: pd.DataFrame
    critical: dict[str, dict[str, float]]
    simulated: pd.DataFrame
    error: float
    citations: tuple[Citation, ...] = field(default=(MARSHALL_1998, KALINOWSKI_2007), repr=False)

    def to_frame(self) -> pd.DataFrame:
        """The candidates."""
        return self.candidates

    def assigned(self, confidence: str = "strict") -> pd.DataFrame:
        """The best candidates that reach a level, "strict" or "relaxed"."""
        if confidence not in LEVELS:
            text = f"There is no confidence {confidence!r}."
            raise DataError([Problem("confidence", (), text, f"Use {', '.join(LEVELS)}.")])
        wanted = ("strict",) if confidence == "strict" else tuple(LEVELS)
        best = self.candidates[self.candidates["rank"] == 1]
        return best[best["confidence"].isin(wanted)].reset_index(drop=True)


def parentage_likelihood(
    genotypes: Genotypes,
    offspring: Key = None,
    *,
    sires: Key = None,
    dams: Key = None,
    pedigree: "Pedigree | None" = None,
    error: float = 0.005,
    sampled: float = 0.9,
    simulations: int = 500,
    most: int = 3,
    rng: Seed = 1,
    kind: str | Species | None = None,
) -> ParentageLikelihood:
    """Rank candidate parents by LOD score, with the confidence of each assignment.

    Parameters
    ----------
    offspring, sires, dams
        Names of samples; all where left out, those of a known other sex excepted. `sires=[]` asks
        for dams only.
    pedigree
        Sexes, birth dates and descent, as `discover_parents`; its parents stand in `recorded`.
    error
        Share of genotypes that are wrong: each is then a random one of the population.
    sampled
        Share of true parents that are among the candidates, for the confidence.
    simulations
        Offspring of candidates that are simulated for the confidence; 0 leaves it out.
    most
        Candidates listed for each offspring and role.
    rng
        Seed of the simulation.
    kind
        The species: only autosomal markers are compared.

    Notes
    -----
    LOD scores add up markers as if they were inherited independently. On dense chips they are not:
    ranks stay right, sizes are too large. Simulated offspring come from the real candidates, so
    that relatives among these count.

    References
    ----------
    Marshall et al. 1998, Mol Ecol 7:639
    Kalinowski, Taper and Marshall 2007, Mol Ecol 16:1099
    """
    _check(error, sampled, simulations, most)
    part = _autosomal(genotypes, kind)
    said = recorded(part, pedigree)
    children = _rows(offspring, part)
    groups = [_of_sex(_rows(key, part), key, said, other) for key, other in ((sires, 2), (dams, 1))]
    tables = _Tables.of(part.frequencies(), error)
    dosages = part.dosages()
    lods = [_allowed(tables.lod(dosages[children], dosages[group]), children, group, said)
            for group in groups]  # fmt: skip
    critical, simulated = {}, []
    random = generator(rng)
    for role, everyone, lod in zip(ROLES, groups, lods, strict=True):
        group = everyone[np.isfinite(lod).any(axis=0)]  # who may be a parent of one of them
        if simulations and group.size:
            deltas, right = _simulated(tables, dosages[group], simulations, sampled, random)
            critical[role] = {
                name: _critical(deltas, right, level) for name, level in LEVELS.items()
            }
            simulated.append({"role": role, "offspring": simulations, "right": right.mean()})
    rows = [
        row
        for place in range(children.size)
        for row in _candidates(place, children, groups, lods, tables, dosages, said, critical, most)
    ]
    return ParentageLikelihood(
        pd.DataFrame(rows, columns=COLUMNS), critical, pd.DataFrame(simulated), error
    )


@dataclass(frozen=True, eq=False)
class _Tables:
    """Logarithms of likelihood ratios of one marker, by the copies that are seen.

    Attributes
    ----------
    pair
        Shape (markers, 3, 3): offspring and candidate.
    trio
        Shape (markers, 3, 3, 3): offspring, sire and dam.
    frequency
        Of the counted allele.
    """

    pair: npt.NDArray[np.float32]
    trio: npt.NDArray[np.float32]
    frequency: Floats
    error: float

    @classmethod
    def of(cls, frequency: Floats, error: float) -> "_Tables":
        """With probability `error` a genotype is a random one: Kalinowski's equations 2 to 5."""
        p = np.clip(np.nan_to_num(frequency, nan=0.5), 1e-6, 1 - 1e-6)
        chance = np.column_stack([(1 - p) ** 2, 2 * p * (1 - p), p**2])
        table = transmission()
        one = np.einsum("md,sdg->msg", chance, table)  # of a child with one known parent
        right = 1.0 - error
        pair = right**2 * one / chance[:, None, :] + 1 - right**2
        one_wrong = error * right**2 * (one[:, :, None, :] + one[:, None, :, :])
        rest = 1 - right**3 - 2 * error * right**2
        trio = (right**3 * table + one_wrong) / chance[:, None, None, :] + rest
        return cls(
            np.log10(pair).transpose(0, 2, 1).astype(np.float32),
            np.log10(trio).transpose(0, 3, 1, 2).astype(np.float32), p, error,
        )  # fmt: skip

    def lod(self, children: Dosages, candidates: Dosages) -> Floats:
        """LOD scores, shape (children, candidates): a product for each genotype of a child."""
        out = np.zeros((len(children), len(candidates)))
        for first in range(0, len(self.pair), BLOCK):
            part = slice(first, first + BLOCK)
            seen = candidates[:, part]
            for g in range(3):
                has = (children[:, part] == g).astype(np.float32)
                row = self.pair[part, g]
                score = np.take_along_axis(row, np.maximum(seen, 0).T.astype(np.int64), axis=1)
                out += has @ np.where(seen.T >= 0, score, np.float32(0.0))
        return out

    def pair_lod(self, child: Dosages, sires: Dosages, dams: Dosages) -> Floats:
        """LOD scores of both being parents, shape (sires, dams)."""
        out = np.empty((len(sires), len(dams)))
        at = np.arange(len(self.trio))
        for s, sire in enumerate(sires):
            for d, dam in enumerate(dams):
                known = (child >= 0) & (sire >= 0) & (dam >= 0)
                k = at[known]
                out[s, d] = self.trio[k, child[known], sire[known], dam[known]].sum(dtype=float)
                for parent, absent in ((sire, dam), (dam, sire)):
                    one = at[(child >= 0) & (parent >= 0) & (absent < 0)]
                    out[s, d] += self.pair[one, child[one], parent[one]].sum(dtype=float)
        return out


def _candidates(
    place: int, children: Integers, groups: list[Integers], lods: list[Floats], tables: _Tables,
    dosages: Dosages, said: Recorded, critical: dict[str, dict[str, float]], most: int,
) -> list[list[Any]]:  # fmt: skip
    """Rows of one offspring."""
    child = int(children[place])
    ranked = [np.argsort(-lod[place], kind="stable") for lod in lods]
    ranked = [
        order[np.isfinite(lod[place, order])] for order, lod in zip(ranked, lods, strict=True)
    ]
    few = [group[order[:PAIRED]] for group, order in zip(groups, ranked, strict=True)]
    both = tables.pair_lod(dosages[child], dosages[few[0]], dosages[few[1]])
    both[few[0][:, None] == few[1][None, :]] = -np.inf
    rows: list[list[Any]] = []
    for number, role in enumerate(ROLES):
        own, lod = groups[number][ranked[number]], lods[number][place, ranked[number]]
        mine = both if number == 0 else both.T
        pair = np.full(own.size, -np.inf)
        if mine.size:
            pair[: len(mine)] = mine.max(axis=1)
        score = np.maximum(lod, pair)
        order = np.argsort(-score, kind="stable")
        for rank, k in enumerate(order[:most]):
            paired = bool(np.isfinite(pair[k]))
            other = few[1 - number][int(np.argmax(mine[k]))] if paired else None
            delta = _delta(score[order], rank)
            compared, conflicts = _conflicts(dosages[child], dosages[own[k]])
            fits = binom.sf(conflicts - 1, compared, tables.error) > UNLIKELY
            rows.append([
                said.ids[child], role, said.names[child, number], said.ids[own[k]], rank + 1,
                float(lod[k]), "" if other is None else str(said.ids[other]),
                float(pair[k]) if paired else np.nan, delta, compared, conflicts,
                _confidence(delta, score[k], fits, critical.get(role)) if rank == 0 else "",
            ])  # fmt: skip
    return rows


def _delta(score: Floats, rank: int) -> float:
    """LOD less that of the next candidate, or less 0 where that is lower."""
    following = score[rank + 1] if rank + 1 < score.size else 0.0
    return float(score[rank] - max(0.0, following))


def _conflicts(child: Dosages, parent: Dosages) -> tuple[int, int]:
    """Markers known in both, and opposing homozygotes among them."""
    known = (child >= 0) & (parent >= 0)
    return int(known.sum()), int((known & (np.abs(child - parent) == 2)).sum())


def _confidence(delta: float, lod: float, fits: bool, critical: dict[str, float] | None) -> str:
    if critical is None:
        return ""
    if lod <= 0 or not fits:
        return "none"
    return next((name for name in LEVELS if delta >= critical[name]), "none")


def _simulated(
    tables: _Tables, candidates: Dosages, count: int, sampled: float, rng: np.random.Generator
) -> tuple[Floats, Flags]:
    """Deltas of simulated offspring of candidates, and whether the best one was the parent."""
    parent = rng.integers(0, len(candidates), count)
    missing = (candidates < 0).mean()
    p = tables.frequency
    true = np.where(candidates < 0, rng.binomial(2, p, candidates.shape), candidates)[parent]
    child = (rng.random(true.shape) < true / 2.0).astype(np.int8)
    child += (rng.random(true.shape) < p).astype(np.int8)
    wrong = rng.random(child.shape) < tables.error
    child[wrong] = rng.binomial(2, p, child.shape).astype(np.int8)[wrong]
    child[rng.random(child.shape) < missing] = -1
    lod = tables.lod(child, candidates)
    away = rng.random(count) >= sampled
    lod[np.flatnonzero(away), parent[away]] = -np.inf
    best = lod.argmax(axis=1)
    top = np.sort(lod, axis=1)[:, ::-1]
    second = np.maximum(top[:, 1], 0.0) if len(candidates) > 1 else np.zeros(count)
    delta = np.where(top[:, 0] > 0, top[:, 0] - second, -np.inf)
    return delta, (best == parent) & ~away


def _critical(deltas: Floats, right: Flags, level: float) -> float:
    """The least delta from which the share of right assignments is at least the level.

    0 where all assignments together reach it: a positive LOD is enough.
    """
    made = np.isfinite(deltas)
    order = np.argsort(-deltas[made], kind="stable")
    sorted_deltas = deltas[made][order]
    share = np.cumsum(right[made][order]) / np.arange(1, order.size + 1)
    good = np.flatnonzero(share >= level)
    if not good.size:
        return float("inf")
    return 0.0 if good[-1] == order.size - 1 else float(sorted_deltas[good[-1]])


def _allowed(lod: Floats, children: Integers, group: Integers, said: Recorded) -> Floats:
    """Minus infinity for the animal itself, and where dates or descent forbid it."""
    out = lod.copy()
    for place, child in enumerate(children):
        out[place, (group == child) | (said.birth[group] >= said.birth[child])] = -np.inf
        for column in np.flatnonzero(out[place] > 0):
            if not said.may_be_parent(int(group[column]), int(child)):
                out[place, column] = -np.inf
    return out


def _of_sex(rows: Integers, key: Key, said: Recorded, other: int) -> Integers:
    """All candidates that were named; without names, those not of the other sex."""
    return rows if key is not None else rows[said.sex[rows] != other]


def _rows(key: Key, genotypes: Genotypes) -> Integers:
    """Each sample once: one named twice would stand beside itself as the next best candidate."""
    rows = np.arange(len(genotypes))[chosen(key, genotypes.ids, "sample")]
    return rows[np.sort(np.unique(rows, return_index=True)[1])]


def _autosomal(genotypes: Genotypes, kind: str | Species | None) -> Genotypes:
    """Autosomal markers that vary; all that vary where the file has no map."""
    markers = genotypes.markers
    unmapped = (markers.chromosomes == "0").all()
    kinds = species(kind).kinds(markers.chromosomes, np.maximum(markers.positions, 1))
    frequency = np.nan_to_num(genotypes.frequencies())
    use = (unmapped | (kinds == Kind.AUTOSOME)) & (frequency > 0) & (frequency < 1)
    if not use.any():
        message = "No autosomal marker varies, so parents cannot be compared."
        remedy = "Name the species, and check the chromosomes of the marker map."
        raise GenotypeError([Problem("no_autosomes", (), message, remedy)])
    return genotypes[:, use]


def _check(error: float, sampled: float, simulations: int, most: int) -> None:
    limits = {
        "error": (error, 0 < error <= 0.2, "above 0, up to 0.2"),
        "sampled": (sampled, 0 < sampled <= 1, "above 0, up to 1"),
        "simulations": (simulations, simulations >= 0, "of 0 or more"),
        "most": (most, most >= 1, "of 1 or more"),
    }
    wrong = [
        Problem(name, (), f"{name} is {value}.", f"Give a number {words}.")
        for name, (value, right, words) in limits.items()
        if not right
    ]
    if wrong:
        raise DataError(wrong)
