"""Compile the sampler of marker effects on a handful of animals."""


def warm_bayes() -> None:
    """Sample a few effects in every way that is compiled."""
    # The public functions import the kernels, so they are imported here and not above.
    import warnings

    import numpy as np
    import pandas as pd

    from agrigen.bayesian import bayes
    from agrigen.errors import ConvergenceWarning
    from agrigen.genotypes import Genotypes
    from agrigen.pedigree import Pedigree

    rng = np.random.default_rng(1)
    ids = [f"a{k}" for k in range(12)]
    pedigree = Pedigree(ids, [""] * 4 + ["a0"] * 8, [""] * 4 + ["a1"] * 8)
    few = Genotypes.from_dosages(rng.integers(-1, 3, (12, 6)).astype(np.int8), ids)
    data = pd.DataFrame({"id": ids, "y": rng.normal(size=12)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for method, genotypes in (("bayes_c", few), ("bayes_r", few[:8])):
            bayes(
                "y ~ genomic(id)", data, genotypes, method=method, pedigree=pedigree,
                single_step=True, iterations=5, burn_in=0, thin=1, chains=1, rng=1,
            )  # fmt: skip
