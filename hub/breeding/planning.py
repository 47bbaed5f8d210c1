"""Plans and pairs computed from what was read; pure functions, run in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil
from typing import Any
from uuid import UUID

import numpy as np

import agrigen as ag
from agrigen.provenance import Stopwatch, record
from agrigen.selection import kinship, mate, recessive_risk
from agrigen.selection.genes import STATES
from agrigen.types import Floats
from hub.breeding.schemas import Limits, PlanCreate
from hub.breeding.valuation import Worth
from hub.breeding.words import percent

PRNP = "PRNP"
SHARE_OF_MALE = 1.5
"""Females of a male at most, as a multiple of an even share, where no number is given."""
SLIGHT_RISK = 0.01
"""Probability of affected progeny from which it is told."""
UNKNOWN = Worth({})
NINE_IN_TEN = 0.9

Coded = tuple[str, dict[str, Any]]
"""A notice before it has words: its code and parameters."""


@dataclass(frozen=True, eq=False)
class Herd:
    """What numbers are made of: animals, their worth, the pedigree above them, and genes."""

    females: Sequence[Any]
    males: Sequence[Any]
    worth: Mapping[UUID, Worth]
    goal_sd: float
    pedigree: Sequence[Any]
    genes: Sequence[Any]

    @cached_property
    def prnp(self) -> dict[UUID, str]:
        """PrP genotypes by animal."""
        return {row.animal_id: row.genotype for row in self.genes if row.gene == PRNP}


@dataclass(frozen=True, eq=False)
class Facts:
    """Of every pair, (females, males): inbreeding, risk of each defect, and of a worse PrP type."""

    inbreeding: Floats
    risk: dict[str, Floats]
    carrier: dict[str, Floats]
    worse: Floats
    own_inbreeding: dict[UUID, float]


def facts(herd: Herd, worst_prnp: int) -> Facts:
    """Kinship and genes of every pair."""
    pedigree, names = pedigree_of(herd.pedigree)
    females, males = ([names[one.id] for one in some] for some in (herd.females, herd.males))
    f = kinship(pedigree, females, males)
    own = dict(zip(pedigree.ids, pedigree.inbreeding(), strict=True))
    risk, carrier = {}, {}
    for gene, known in _recessives(herd, names).items():
        dam, sire = _probabilities(pedigree, known, females, males)
        risk[gene] = recessive_risk(sire[None, :, :], dam[:, None, :])
        gametes = [one @ np.array([0.0, 0.5, 1.0]) for one in (dam, sire)]
        either = gametes[0][:, None] + gametes[1][None, :]
        carrier[gene] = either - 2 * risk[gene]
    inbreeding = {one.id: float(own[names[one.id]]) for one in (*herd.females, *herd.males)}
    return Facts(f, risk, carrier, _worse_prnp(herd, worst_prnp), inbreeding)


def pedigree_of(rows: Sequence[Any]) -> tuple[ag.Pedigree, dict[UUID, str]]:
    """The pedigree by places, and the place of each animal that was asked for."""
    columns = [[row.place for row in rows]]
    columns += [[getattr(row, one) or "" for row in rows] for one in ("sire", "dam")]
    names = {row.animal: str(row.place) for row in rows if row.animal}
    return ag.Pedigree(*columns), names


def kinships(
    rows: Sequence[Any], pairs: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], float]:
    """Kinship of each pair that is in the pedigree."""
    pedigree, names = pedigree_of(rows)
    known = [pair for pair in pairs if pair[0] in names and pair[1] in names]
    if not known:
        return {}
    sides = [[names[pair[side]] for pair in known] for side in (0, 1)]
    halves = pedigree.relationships(*sides) / 2
    return dict(zip(known, halves.tolist(), strict=True))


def _recessives(herd: Herd, names: Mapping[UUID, str]) -> dict[str, dict[str, str]]:
    """Genotypes at defects that somebody has; a gene that all are free of is no risk."""
    found: dict[str, dict[str, str]] = {}
    for row in herd.genes:
        if row.gene != PRNP and row.animal_id in names:
            found.setdefault(row.gene, {})[names[row.animal_id]] = row.genotype
    return {gene: known for gene, known in found.items() if set(known.values()) - {STATES[0]}}


def _probabilities(
    pedigree: ag.Pedigree, known: Mapping[str, str], *groups: Sequence[str]
) -> list[Floats]:
    table = ag.gene_probabilities(pedigree, known)[list(STATES)].to_numpy(np.float64)
    return [table[pedigree.index_many(list(group))] for group in groups]


def _worse_prnp(herd: Herd, worst: int) -> Floats:
    """Probability that progeny is of a worse type than allowed; nan where a parent is unknown."""
    known = herd.prnp
    mine = [[known.get(one.id, "") for one in some] for some in (herd.females, herd.males)]
    crosses = {
        (dam, sire): _share_worse(dam, sire, worst) for dam in set(mine[0]) for sire in set(mine[1])
    }
    return np.array([[crosses[dam, sire] for sire in mine[1]] for dam in mine[0]], np.float64)


def _share_worse(dam: str, sire: str, worst: int) -> float:
    if not dam or not sire:
        return float("nan")
    return sum(probability for _, type_, probability in prnp_progeny(dam, sire) if type_ > worst)


@lru_cache(maxsize=1000)  # of fifteen genotypes there are 225 pairs
def prnp_progeny(dam: str, sire: str) -> tuple[tuple[str, int, float], ...]:
    """Genotype, type and probability of progeny, the likeliest first."""
    rows = ag.prnp_cross(sire, dam).itertuples(index=False)
    return tuple((str(one.genotype), int(one.type), float(one.probability)) for one in rows)


def notices(herd: Herd, found: Facts, limits: Limits, row: int, column: int) -> list[Coded]:
    """What there is to know of one pair."""
    told: list[Coded] = []
    f = float(found.inbreeding[row, column])
    if f > limits.most_inbreeding:
        told.append(("breeding.too_inbred", _shares(f, limits.most_inbreeding)))
    elif f >= limits.warn_inbreeding:
        told.append(("breeding.inbred", _shares(f, limits.warn_inbreeding)))
    for gene, risk in found.risk.items():
        if limits.carriers != "ignore" and risk[row, column] >= SLIGHT_RISK:
            share = percent(float(risk[row, column]))
            told.append(("breeding.affected", {"gene": gene, "percent": share}))
    if limits.prnp != "ignore":
        told += _prnp_notices(herd, found, limits, row, column)
    if herd.goal_sd:
        told += [
            ("breeding.no_index", {"tag": one.tag})
            for one in (herd.females[row], herd.males[column])
            if herd.worth.get(one.id, UNKNOWN).index is None
        ]
    return told


def _shares(f: float, limit: float) -> dict[str, Any]:
    return {"percent": percent(f), "limit": percent(limit)}


def _prnp_notices(herd: Herd, found: Facts, limits: Limits, row: int, column: int) -> list[Coded]:
    known = herd.prnp
    pair = herd.females[row], herd.males[column]
    worse = float(found.worse[row, column])
    if worse > 0:
        progeny = prnp_progeny(known[pair[0].id], known[pair[1].id])
        bad = {type_ for _, type_, _ in progeny if type_ > limits.worst_prnp}
        types = "/".join(str(one) for one in sorted(bad))
        told = {"percent": percent(worse), "type": types, "worst": limits.worst_prnp}
        return [("breeding.prnp", told)]
    missing = [one for one in pair if one.id not in known]
    if len(missing) == 1:  # of a flock that is not tested it would be said of everybody
        return [("breeding.prnp_unknown", {"tag": missing[0].tag})]
    return []


def forbidden(found: Facts, limits: Limits) -> dict[str, Any]:
    """Rules that a pair must not break, by the code that tells of them."""
    rules: dict[str, Any] = {}
    if limits.carriers == "forbid":
        for gene, risk in found.risk.items():
            rules[f"gene:{gene}"] = risk > limits.most_affected + 1e-9
    if limits.prnp == "forbid":
        rules["prnp_rule"] = np.nan_to_num(found.worse) > 1e-9
    return rules


def plan(herd: Herd, new: PlanCreate) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result of a plan as it is stored, and its provenance."""
    watch = Stopwatch()
    found = facts(herd, new.worst_prnp)
    merits = [_merits(herd, some) for some in (herd.females, herd.males)]
    known = any(merit is not None for merit in merits)
    room = _room(herd, new)
    made = mate(
        [str(one.id) for one in herd.females], [str(one.id) for one in herd.males],
        found.inbreeding, female_merit=merits[0] if known else None,
        male_merit=merits[1] if known else None, capacity=room, complete=False,
        penalty=10 * new.inbreeding_cost * herd.goal_sd if known else None,
        most_inbreeding=new.most_inbreeding, forbidden=forbidden(found, new),
    )  # fmt: skip
    second = made.second()
    matings = []
    for row in np.flatnonzero(made.chosen >= 0).tolist():
        best = _mating(herd, found, new, row, int(made.chosen[row]))
        other = _mating(herd, found, new, row, int(second[row])) if second[row] >= 0 else None
        female = herd.females[row]
        matings.append(
            {"female_id": str(female.id), "female_tag": female.tag, **best, "second": other}
        )
    used = np.bincount(made.chosen[made.chosen >= 0], minlength=len(herd.males))
    result = {
        "females": len(herd.females),
        "mated": len(matings),
        "mean_index": _mean([one["index"] for one in matings]),
        "mean_inbreeding": _mean([one["inbreeding"] for one in matings]),
        "matings": matings,
        "unmated": [_unmated(one, made.unmated, len(herd.males)) for one in herd.females
                    if str(one.id) in made.unmated],
        "males": [
            {"male_id": str(one.id), "male_tag": one.tag, "females": int(used[k]),
             "index": herd.worth.get(one.id, UNKNOWN).index, "most": int(room[k])}
            for k, one in enumerate(herd.males)
        ],
    }  # fmt: skip
    return result, _provenance(herd, new, watch.seconds)


def _provenance(herd: Herd, new: PlanCreate, seconds: float) -> dict[str, Any]:
    inputs = {
        "females": {"rows": len(herd.females)},
        "males": {"rows": len(herd.males)},
        "pedigree": {"rows": len(herd.pedigree)},
        "genotypes": {"rows": len(herd.genes)},
    }
    return record(new.model_dump(mode="json"), inputs, seconds=seconds)


def _merits(herd: Herd, animals: Sequence[Any]) -> Floats | None:
    """Index of each animal; one without gets the mean of the others. None where nobody has one."""
    found = [herd.worth.get(one.id, UNKNOWN).index for one in animals]
    known = [one for one in found if one is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    return np.array([mean if one is None else one for one in found], np.float64)


def _room(herd: Herd, new: PlanCreate) -> Any:
    even = ceil(SHARE_OF_MALE * len(herd.females) / len(herd.males))
    usual = new.most_females or even
    return np.array([(new.capacity or {}).get(one.id, usual) for one in herd.males], np.int64)


def expected_index(herd: Herd, female: Any, male: Any) -> float | None:
    """Mean of the parents' indexes; None when one is unknown."""
    both = [herd.worth.get(one.id, UNKNOWN).index for one in (female, male)]
    return None if None in both else sum(one for one in both if one is not None) / 2


def _mating(herd: Herd, found: Facts, limits: Limits, row: int, column: int) -> dict[str, Any]:
    male = herd.males[column]
    return {
        "male_id": str(male.id),
        "male_tag": male.tag,
        "index": expected_index(herd, herd.females[row], male),
        **_range(herd, found, herd.females[row], male),
        "inbreeding": float(found.inbreeding[row, column]),
        "notices": notices(herd, found, limits, row, column),
    }


def _range(herd: Herd, found: Facts, female: Any, male: Any) -> dict[str, float]:
    """Between which indexes nine of ten progeny are; nothing where a parent's is unknown."""
    dam, sire = (herd.worth.get(one.id, UNKNOWN) for one in (female, male))
    if dam.index is None or sire.index is None or not herd.goal_sd:
        return {}
    progeny = ag.expected_progeny(
        sire.index, dam.index, variance=herd.goal_sd**2, sire_se=sire.se, dam_se=dam.se,
        sire_inbreeding=found.own_inbreeding[male.id],
        dam_inbreeding=found.own_inbreeding[female.id],
    )  # fmt: skip
    low, high = progeny.range(NINE_IN_TEN)
    return {"low": float(low[0]), "high": float(high[0])}


def _unmated(female: Any, unmated: Mapping[str, Mapping[str, int]], males: int) -> dict[str, Any]:
    told: list[Coded] = []
    for rule, count in unmated[str(female.id)].items():
        name, _, gene = rule.partition(":")
        extra = {"gene": gene} if gene else {}
        told.append((f"breeding.{name}", {"count": count, "males": males, **extra}))
    return {"female_id": str(female.id), "female_tag": female.tag, "notices": told}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None
