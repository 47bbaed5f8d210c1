"""Random numbers: every public function takes ``rng``, none keeps a generator of its own."""

import numpy as np

Seed = int | np.random.Generator | None


def generator(rng: Seed) -> np.random.Generator:
    """Turn ``rng`` into a NumPy generator.

    Parameters
    ----------
    rng
        A seed (the same seed gives the same numbers), a generator (used as it is, so its
        state moves on), or None for fresh entropy.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(rng)
