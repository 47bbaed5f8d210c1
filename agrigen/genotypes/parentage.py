"""Parents by opposing homozygotes: recorded ones verified, others found among all candidates."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agrigen._kernels import parentage as kernels
from agrigen.citations import Citation
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.parentage_rules import ParentageRules
from agrigen.genotypes.parentage_search import propose
from agrigen.genotypes.parentage_swaps import find_swaps
from agrigen.genotypes.planes import Planes, sample_planes
from agrigen.genotypes.recorded import Recorded, recorded
from agrigen.genotypes.sources import STRUCKEN_2016
from agrigen.species import Kind, Species, species
from agrigen.types import Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

__all__ = ["Parentage", "ParentageRules", "discover_parents", "opposing_homozygotes",
           "verify_parents"]  # fmt: skip

ROLES = ("sire", "dam")
DEFAULT = ParentageRules()


@dataclass(frozen=True, eq=False)
class Parentage:
    """What the genotypes say about recorded parents.

    Attributes
    ----------
    pairs
        Every recorded parent of a genotyped animal: id, role, parent, conflicts, compared, rate
        and verdict: accepted, doubtful, excluded, too few markers, not genotyped.
    proposals
        Parents found for animals whose parent was excluded, or is unknown: id, role, recorded,
        candidate, conflicts, compared, rate, trio_conflicts and trio_rate (with the other
        parent, where there is one), and verdict: proposed; ambiguous (several fit); doubtful (the
        trio conflicts); direction unknown (parent or offspring, no dates to tell).
    swaps
        Pairs of samples whose relatives fit once their names are exchanged: a, b, relations,
        conflicting_before and conflicting_after.
    notes
        Sentences on what was left out.
    """

    rules: ParentageRules
    pairs: pd.DataFrame
    proposals: pd.DataFrame
    swaps: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Recorded parents by verdict."""
        return {str(k): int(v) for k, v in self.pairs["verdict"].value_counts().items()}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (STRUCKEN_2016,)

    def to_frame(self) -> pd.DataFrame:
        """The recorded parents."""
        return self.pairs

    def corrections(self) -> pd.DataFrame:
        """Excluded parents with the one that is proposed instead: id, role, recorded, proposed."""
        kept = self.proposals[self.proposals["verdict"] == "proposed"]
        frame = kept[["id", "role", "recorded", "candidate"]]
        return frame.rename(columns={"candidate": "proposed"}).reset_index(drop=True)

    def to_mapping(self) -> dict[str, Any]:
        """Numbers and tables as plain values."""
        tables = {name: getattr(self, name) for name in ("pairs", "proposals", "swaps")}
        plain = {name: table.replace({np.nan: None}).to_dict("records")
                 for name, table in tables.items()}  # fmt: skip
        return {"rules": self.rules.to_mapping(), "counts": self.counts,
                "notes": list(self.notes), **plain}  # fmt: skip

    def __repr__(self) -> str:
        counted = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        lines = [f"Recorded parents: {counted or 'none'}"]
        for row in self.corrections().head(10).itertuples():
            instead = f" instead of {row.recorded}" if row.recorded else ""
            lines.append(f"{row.id}: {row.role} {row.proposed}{instead}")
        for row in self.swaps.head(10).itertuples():
            lines.append(f"samples {row.a} and {row.b} look exchanged")
        return "\n".join([*lines, *self.notes])


def verify_parents(
    genotypes: Genotypes,
    pedigree: "Pedigree | None" = None,
    *,
    rules: ParentageRules = DEFAULT,
    kind: str | Species | None = None,
    discover: bool = True,
) -> Parentage:
    """Compare every recorded parent with its offspring, and look for those that do not fit.

    Parameters
    ----------
    pedigree
        Recorded parents, with sexes and birth dates where known; without it those of the samples.
    rules
        Rates of conflict that are accepted and excluded, and markers that must be compared.
    kind
        The species: only autosomal markers are compared.
    discover
        Search all samples for the parents that are excluded or unknown.
    """
    part, planes = _autosomal(genotypes, kind)
    said = recorded(part, pedigree)
    pairs = _pairs(planes, said, rules)
    proposals = propose(planes, said, pairs, rules, search=discover)
    swaps = find_swaps(planes, said, pairs, rules)
    return Parentage(rules, pairs, proposals, swaps, _notes(part, genotypes, said))


def discover_parents(
    genotypes: Genotypes,
    offspring: Any = None,
    *,
    candidates: Any = None,
    pedigree: "Pedigree | None" = None,
    rules: ParentageRules = DEFAULT,
    kind: str | Species | None = None,
) -> pd.DataFrame:
    """Parents of animals among all candidates, whatever is recorded: `Parentage.proposals`.

    `offspring` and `candidates` are ids; all samples where left out. The pedigree gives sexes,
    birth dates and who descends from whom; its parents are not used.
    """
    part, planes = _autosomal(genotypes, kind)
    said = recorded(part, pedigree)
    unknown = pd.DataFrame(
        [(str(name), role, "", -1) for name in _asked(offspring, genotypes) for role in ROLES],
        columns=["id", "role", "parent", "conflicts"],
    ).assign(verdict="unknown")
    among = None if candidates is None else np.isin(part.ids, _asked(candidates, genotypes))
    return propose(planes, said, unknown, rules, search=True, among=among)


def opposing_homozygotes(genotypes: Genotypes, a: Any, b: Any) -> pd.DataFrame:
    """Conflicts of pairs of samples, named in a and b: a, b, conflicts, compared, rate."""
    first, second = np.asarray(a, dtype=object), np.asarray(b, dtype=object)
    index = pd.Index(genotypes.ids)
    places = [_places(index, names) for names in (first, second)]
    counts = pair_counts(sample_planes(genotypes), *places)
    return pd.DataFrame({"a": first, "b": second, "conflicts": counts[:, 0],
                         "compared": counts[:, 1],
                         "rate": counts[:, 0] / np.maximum(counts[:, 1], 1)})  # fmt: skip


def pair_counts(planes: Planes, a: Integers, b: Integers) -> Integers:
    """Opposing homozygotes and compared markers of each pair."""
    out = np.zeros((a.size, 2), np.int64)
    in_parts(lambda i, j: kernels.pair_conflicts(planes, a, b, out, i, j), a.size, 1024)
    return out


def _autosomal(genotypes: Genotypes, kind: str | Species | None) -> tuple[Genotypes, Planes]:
    markers = genotypes.markers
    unmapped = (markers.chromosomes == "0").all()  # a file without a map: all are compared
    kinds = species(kind).kinds(markers.chromosomes, markers.positions, placed=False)
    part = genotypes if unmapped else genotypes[:, kinds == Kind.AUTOSOME]
    if not len(part.markers):
        message = "No marker is on an autosome, so parents cannot be compared."
        remedy = "Name the species, and check the chromosomes of the marker map."
        raise GenotypeError([Problem("no_autosomes", (), message, remedy)])
    return part, sample_planes(part)


def _pairs(planes: Planes, said: Recorded, rules: ParentageRules) -> pd.DataFrame:
    child, role = np.nonzero(said.names != "")
    parent = said.places[child, role]
    seen = parent >= 0
    counts = np.zeros((child.size, 2), np.int64)
    counts[seen] = pair_counts(planes, child[seen], parent[seen])
    verdict = rules.verdicts(counts[:, 0], counts[:, 1])
    verdict[~seen] = "not genotyped"
    rate = np.divide(counts[:, 0], counts[:, 1], out=np.full(child.size, np.nan),
                     where=counts[:, 1] > 0)  # fmt: skip
    return pd.DataFrame({"id": said.ids[child], "role": np.array(ROLES, dtype=object)[role],
                         "parent": said.names[child, role], "conflicts": counts[:, 0],
                         "compared": counts[:, 1], "rate": rate, "verdict": verdict})  # fmt: skip


def _notes(part: Genotypes, genotypes: Genotypes, said: Recorded) -> tuple[str, ...]:
    notes = []
    left_out = len(genotypes.markers) - len(part.markers)
    if left_out:
        notes.append(f"{left_out:,} markers are not on an autosome and were not compared.")
    if said.absent:
        some = ", ".join(said.absent[:5])
        more = f" and {len(said.absent) - 5} more" if len(said.absent) > 5 else ""
        notes.append(f"Not in the pedigree: {some}{more}; nothing is recorded about them.")
    return tuple(notes)


def _asked(names: Any, genotypes: Genotypes) -> list[str]:
    if names is None:
        return [str(name) for name in genotypes.ids]
    wanted = [names] if isinstance(names, str) else [str(name) for name in names]
    _places(pd.Index(genotypes.ids), np.array(wanted, dtype=object))
    return wanted


def _places(index: pd.Index, names: np.ndarray) -> Integers:
    from agrigen.genotypes.columns import places

    return places(names, np.asarray(index, dtype=object), "sample")
