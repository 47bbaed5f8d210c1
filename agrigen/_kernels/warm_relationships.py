"""Compile the kernels of genotype files, genomic relationships and packed products."""


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
