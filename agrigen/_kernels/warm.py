"""Compile every kernel once, on the smallest input that reaches it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree


def warm() -> None:
    """Fill the compiler's cache; the first evaluation after it starts at once."""
    warm_models()
    warm_markers()


def warm_models() -> None:
    """What pedigrees and mixed models run on."""
    # The public functions import the kernels, so they are imported here and not above.
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_array

    from agrigen.evaluation import Animal, Covariate, Fixed, Model, Random, evaluate
    from agrigen.evaluation.approximation import approximate_pev
    from agrigen.evaluation.covariances import as_covariances
    from agrigen.evaluation.design import build_design
    from agrigen.evaluation.factor import Factor, dependent_columns
    from agrigen.pedigree import Pedigree
    from agrigen.simulate import Genome, gene_drop
    from agrigen.variance import gibbs, reml

    Factor(csr_array(np.eye(2)))  # without hints: minimum degree
    dependent_columns(csr_array(np.eye(2)), natural=True)  # small designs are judged otherwise
    pedigree = Pedigree(["a", "b", "c", "d"], ["", "", "a", "a"], ["", "", "b", "c"])
    _every_question(pedigree)
    for frequency in (None, 0.5):  # labels and alleles are compiled each for themselves
        gene_drop(pedigree, Genome(1), frequency=frequency, rng=1)
    records = pd.DataFrame(
        {
            "animal": list("abcdd"),
            "dam": list("bbbbb"),
            "sex": list("mfmff"),
            "age": [1, 2, 3, 4, 6],
            "y": [3, 1, 4, 1, 5],
            "z": [2, 7, 1, 8, 2],
        }
    )
    single = Model("y", [Fixed("sex"), Covariate("age"), Animal(), Random("pe", "animal")])
    evaluate(single, records, pedigree, {"a": 1, "pe": 1, "residual": 2})
    maternal = Animal("m", "dam", correlated_with="a")
    several = Model(["y", "z"], [Fixed("sex"), Animal(), maternal])
    four = [[4, 1, 0, 0], [1, 4, 0, 0], [0, 0, 2, 1], [0, 0, 1, 2]]
    start = {"a": four, "residual": [[3, 1], [1, 3]]}
    for solver in ("direct", "pcg"):
        evaluate(several, records, pedigree, start, solver=solver)
    reml(Model("y", [Animal()]), records, pedigree)
    for model in (single, several):  # one sample tells nothing; compiled loops are all that counts
        gibbs(model, records, pedigree, iterations=5, burn_in=0, thin=1, rng=1)
    _every_decision(pedigree)
    design = build_design(several, records, pedigree)
    for method in ("information", "sampled"):
        approximate_pev(design, as_covariances(design, start), method=method, samples=2)


def warm_markers() -> None:
    """What genotypes, association and Bayesian effects of markers run on."""
    from agrigen._kernels.warm_bayes import warm_bayes
    from agrigen._kernels.warm_genotypes import warm_genotypes

    warm_genotypes()
    _every_draw()
    _every_test()
    warm_bayes()


def _every_draw() -> None:
    """Sample genomic effects of one and of two traits, and predict from them."""
    import numpy as np
    import pandas as pd

    from agrigen.evaluation import Genomic, Model, evaluate
    from agrigen.genotypes import Genotypes
    from agrigen.prediction import predict
    from agrigen.variance import gibbs

    rng = np.random.default_rng(1)
    ids = [f"a{k}" for k in range(12)]
    genotypes = Genotypes.from_dosages(rng.integers(0, 3, (12, 20)).astype(np.int8), ids)
    records = pd.DataFrame({"animal": ids, "y": rng.normal(size=12), "z": rng.normal(size=12)})
    for traits in ("y", ["y", "z"]):
        model = Model(traits, [Genomic()])
        gibbs(model, records, genotypes=genotypes, iterations=5, burn_in=0, thin=1, rng=1)
    one = Model("y", [Genomic()])
    result = evaluate(one, records, None, {"g": 1, "residual": 1}, genotypes=genotypes)
    predict(genotypes, result.marker_model())


def _every_test() -> None:
    """Test a few markers in every way that is compiled."""
    import numpy as np
    import pandas as pd

    from agrigen.association import gwas
    from agrigen.genotypes import Genotypes

    rng = np.random.default_rng(1)
    ids = [f"a{k}" for k in range(12)]
    genotypes = Genotypes.from_dosages(rng.integers(0, 3, (12, 6)).astype(np.int8), ids)
    records = pd.DataFrame({"id": ids, "y": rng.normal(size=12)})
    for precision in ("single", "double"):
        for method in ("exact", "approximate"):
            gwas("y ~ animal(id)", records, genotypes, method=method, precision=precision)
    gwas("y ~ animal(id)", records, genotypes, relationship=None)
    records["z"] = np.random.default_rng(2).normal(size=len(records))
    gwas("y, z ~ animal(id)", records, genotypes)


def _every_decision(pedigree: "Pedigree") -> None:
    """Share out matings, and tell what genotypes say of relatives."""
    from agrigen.selection import gene_probabilities, mate

    mate(["b"], ["a"], pedigree)
    gene_probabilities(pedigree, {"d": "carrier"})


def _every_question(pedigree: "Pedigree") -> None:
    """Ask a pedigree all that is compiled."""
    import numpy as np

    from agrigen.relationship import PartialRelationship

    for values in (pedigree.inbreeding(), np.ones((len(pedigree), 2))):
        pedigree.times(values)
        pedigree.inverse_times(values)
    pedigree.relationship("c", "d")
    pedigree.relationship_matrix()
    pedigree.to_frame()
    pedigree.summary()
    pedigree.completeness()
    pedigree.diversity()
    pedigree.ancestors("d")
    pedigree.descendants("a")
    PartialRelationship(pedigree, ["c", "d"]).inverse_times(np.ones(2))
