"""Genotypes that offspring cannot have of their recorded parents, by family and by marker."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agrigen._kernels import parentage as kernels
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.planes import Planes, sample_planes
from agrigen.genotypes.recorded import recorded
from agrigen.types import Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree


@dataclass(frozen=True, eq=False)
class MendelianConflicts:
    """Conflicts of offspring with one or both genotyped parents.

    Attributes
    ----------
    families
        One row an offspring: id, sire, dam (empty where not genotyped), conflicts at all,
        with_sire and with_dam (opposing homozygotes), between (a heterozygote of parents
        homozygous for one allele), compared markers and the rate.
    by_marker
        Families in conflict at each marker.
    """

    families: pd.DataFrame
    by_marker: Integers

    def to_frame(self) -> pd.DataFrame:
        """The families."""
        return self.families


def mendelian_conflicts(
    genotypes: Genotypes, pedigree: "Pedigree | None" = None
) -> MendelianConflicts:
    """Conflicts of every sample that has a recorded and genotyped parent.

    Every marker given is compared: leave sex chromosomes out (`genotypes[:, markers]`). Without
    a pedigree the parents of the samples (of a .fam file) are taken. A parent without a genotype
    at a marker is passed over there, as by `plink --mendel-duos`.
    """
    said = recorded(genotypes, pedigree)
    known = (said.places >= 0).any(axis=1)
    trios = np.column_stack([np.flatnonzero(known), said.places[known]])
    counts, by_marker = trio_counts(sample_planes(genotypes), trios)
    ids = np.append(genotypes.ids, "")
    frame = pd.DataFrame(
        {
            "id": ids[trios[:, 0]], "sire": ids[trios[:, 1]], "dam": ids[trios[:, 2]],
            "conflicts": counts[:, 0], "with_sire": counts[:, 1], "with_dam": counts[:, 2],
            "between": counts[:, 3], "compared": counts[:, 4],
            "rate": counts[:, 0] / np.maximum(counts[:, 4], 1),
        }
    )  # fmt: skip
    return MendelianConflicts(frame, by_marker[: len(genotypes.markers)])


def trio_counts(planes: Planes, trios: Integers) -> tuple[Integers, Integers]:
    """Counts of the kernel `families` for each trio, and families in conflict by marker."""
    trios = np.ascontiguousarray(trios, dtype=np.int64).reshape(-1, 3)
    out = np.zeros((len(trios), 5), np.int64)

    def work(first: int, last: int) -> Integers:
        by_marker = np.zeros(64 * planes.shape[2], np.int64)
        kernels.families(planes, trios, out, by_marker, first, last)
        return by_marker

    parts = in_parts(work, len(trios), 256)
    total = np.sum(parts, axis=0) if parts else np.zeros(64 * planes.shape[2], np.int64)
    return out, total
