"""Compile the kernels of genotype files, genomic relationships and packed products."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes


def warm_relationships() -> None:
    """Read, write, slice and multiply a handful of genotypes."""
    # The public functions import the kernels, so they are imported here and not above.
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import numpy as np

    from agrigen.genotypes import Genotypes, MarkerMap
    from agrigen.genotypes.products import CenteredGenotypes
    from agrigen.relationship import grm

    chip = MarkerMap.of(list("mnopqrst"), counted=["A"] * 8, other=["C"] * 8)
    dosages = np.random.default_rng(1).integers(0, 3, (70, 8))
    few = Genotypes.from_dosages(dosages, [f"a{k}" for k in range(70)], chip)
    dosages[:2, 0] = -1
    holes = Genotypes.from_dosages(dosages, few.ids, chip)
    with TemporaryDirectory() as folder:
        for ending in ("bed", "ped", "vcf", "csv", "snp"):
            path = Path(folder) / f"few.{ending}"
            few.write(path)
            Genotypes.read(path)
    few[[3, 1], [0, 2]].sample_counts()
    for kind in (np.float64, np.float32):
        few.dosages(dtype=kind)
        for method in ("vanraden1", "yang"):
            grm(few, method, dtype=kind)
        grm(holes, dtype=kind)
        centered = CenteredGenotypes(holes, dtype=kind)
        centered.transposed_times(centered.times(np.ones(8)))
    _single_step(few)


def _single_step(genotypes: "Genotypes") -> None:
    """Solve a handful of animals without any matrix of their relationships."""
    import pandas as pd

    from agrigen.evaluation import Genomic, Model, evaluate
    from agrigen.pedigree import Pedigree

    unknown = [""] * len(genotypes)
    pedigree = Pedigree(genotypes.ids, unknown, unknown)
    records = pd.DataFrame({"animal": genotypes.ids, "y": range(len(genotypes))})
    model = Model("y", [Genomic(method="single_step", core=4)])
    variances = {"g": 1, "residual": 1}
    evaluate(model, records, pedigree, variances, genotypes=genotypes, solver="pcg")
