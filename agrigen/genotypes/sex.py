"""The sex that the genotypes tell: one X is never heterozygous, and only males have a Y."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.samples import Sexes
from agrigen.species import Kind, Species, species

WORDS = np.array(["unknown", "male", "female"], dtype=object)


@dataclass(frozen=True)
class SexRules:
    """When X chromosomes speak.

    Attributes
    ----------
    one_copy
        Heterozygosity on X up to which a sample has one copy: a few genotypes are misread.
    two_copies
        Heterozygosity from which it has two. Between the two the sex is not told.
    least
        Markers on X that must be known.
    shared_in_one
        Share of the recorded one-copy sex that is heterozygous, from which a marker counts as
        pseudo-autosomal and is left out.
    """

    one_copy: float = 0.03
    two_copies: float = 0.10
    least: int = 30
    shared_in_one: float = 0.10


DEFAULT = SexRules()


def check_sex(
    genotypes: Genotypes,
    *,
    kind: str | Species | None = None,
    recorded: Sexes | None = None,
    rules: SexRules = DEFAULT,
) -> pd.DataFrame:
    """Recorded sex beside that of the heterozygosity on X (Z of birds) and the calls on Y (W).

    Returns
    -------
    pandas.DataFrame
        id, recorded, inferred, markers (known on X), heterozygosity, limited_call_rate (Y), and
        verdict: agrees, conflict, not told, not recorded.

    Raises
    ------
    DataError
        If the marker map has no marker on X.
    """
    rule = species(kind)
    said = genotypes.samples.sex if recorded is None else np.asarray(recorded, np.int8)
    markers = genotypes.markers
    kinds = rule.kinds(markers.chromosomes, markers.positions, markers.assembly, placed=False)
    on_shared = np.flatnonzero(kinds == Kind.SHARED)
    if not on_shared.size:
        message = f"No marker is on {rule.shared}, so the sex cannot be told."
        remedy = "Name the species, so that its chromosome numbers are known, or check the map."
        raise DataError([Problem("no_sex_chromosome", (), message, remedy)])
    part = genotypes[:, on_shared]
    part = part[:, ~shared_in_one_sex(part, said == rule.single_copy_sex, rules)]
    counts = part.sample_counts()
    called = counts[:, :3].sum(axis=1)
    rate = np.divide(counts[:, 1], called, out=np.full(called.size, np.nan), where=called > 0)
    return _table(genotypes, said, rate, called, _limited(genotypes, kinds), rule, rules)


def shared_in_one_sex(part: Genotypes, single: np.ndarray, rules: SexRules) -> np.ndarray:
    """Markers that are heterozygous in the one-copy sex: in truth pseudo-autosomal."""
    if single.sum() < 10:
        return np.zeros(len(part.markers), bool)
    counts = part[single].counts()
    return counts[:, 1] > rules.shared_in_one * np.maximum(counts[:, :3].sum(axis=1), 1)


def _limited(genotypes: Genotypes, kinds: np.ndarray) -> np.ndarray:
    places = np.flatnonzero(kinds == Kind.LIMITED)
    if not places.size:
        return np.full(len(genotypes), np.nan)
    counts = genotypes[:, places].sample_counts()
    return counts[:, :3].sum(axis=1) / places.size


def _table(
    genotypes: Genotypes,
    said: Sexes,
    rate: np.ndarray,
    called: np.ndarray,
    limited: np.ndarray,
    rule: Species,
    rules: SexRules,
) -> pd.DataFrame:
    one = rule.single_copy_sex
    told = np.zeros(said.size, np.int8)
    enough = called >= rules.least
    told[enough & (rate <= rules.one_copy)] = one
    told[enough & (rate >= rules.two_copies)] = 3 - one
    verdict = np.where(told == said, "agrees", "conflict").astype(object)
    verdict[said == 0] = "not recorded"
    verdict[told == 0] = "not told"
    return pd.DataFrame(
        {
            "id": genotypes.ids, "recorded": WORDS[said], "inferred": WORDS[told],
            "markers": called, "heterozygosity": rate, "limited_call_rate": limited,
            "verdict": verdict,
        }
    )  # fmt: skip
