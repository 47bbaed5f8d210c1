"""Compile the kernels of quality control, parentage and structure on a handful of genotypes."""


def warm_genotypes() -> None:
    """Ask a small set of genotypes all that is compiled."""
    # The public functions import the kernels, so they are imported here and not above.
    import numpy as np

    from agrigen._kernels.warm_relationships import warm_relationships
    from agrigen.genotypes import Genotypes, MarkerMap
    from agrigen.genotypes.disequilibrium import ld_decay, ld_prune, r2
    from agrigen.genotypes.duplicates import identity_by_state
    from agrigen.genotypes.homozygosity import RunRules, runs_of_homozygosity
    from agrigen.genotypes.imputation import impute
    from agrigen.genotypes.parentage import ParentageRules, discover_parents
    from agrigen.genotypes.quality import quality_control
    from agrigen.genotypes.structure import pca
    from agrigen.pedigree import Pedigree

    warm_relationships()
    rng = np.random.default_rng(1)
    names = [f"m{i}" for i in range(130)]
    places = MarkerMap.of(names, chromosomes=["1"] * 130, positions=1000 * np.arange(1, 131))
    few = Genotypes.from_dosages(rng.integers(-1, 3, (12, 130)), list("abcdefghijkl"), places)
    quality_control(few, {"sample_call_rate": 0.1, "marker_call_rate": 0.1})
    discover_parents(few, rules=ParentageRules(exclude=0.4, verification=1, discovery=1))
    identity_by_state(few)
    r2(few, [0, 1], [2, 3])
    ld_decay(few, edges_kb=[0, 10])
    ld_prune(few)
    for method in ("consecutive", "sliding"):
        runs_of_homozygosity(few, rules=RunRules(method=method))
    pca(few, 2)
    impute(few, "population")
    impute(few, "family", pedigree=Pedigree(["a", "b", "c"], ["", "", "a"], ["", "", "b"]))
    _read_report()


def _read_report() -> None:
    """Read a report of more markers than there is room for at first."""
    import tempfile
    from pathlib import Path

    from agrigen.io.finalreport import read_finalreport

    rows = "".join(f"m{k},a,A,B,0.9\n" for k in range(3000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        path.write_text("SNP Name,Sample ID,Allele1 - AB,Allele2 - AB,GC Score\n" + rows)
        read_finalreport(path, gc_score=0.1)
