"""What samples of a Markov chain tell, and how far they can be trusted."""

from dataclasses import dataclass

import numpy as np

from agrigen.types import Floats

PROBABILITY = 0.95
EARLY, LATE = 0.1, 0.5
"""Parts of a chain that Geweke (1992) compares: the first tenth and the last half."""


@dataclass(frozen=True)
class Diagnosis:
    """One quantity of the posterior distribution.

    Attributes
    ----------
    hpd_low, hpd_high
        Shortest interval that holds 95 % of the samples.
    ess
        Independent samples that would tell the mean as exactly (Geyer 1992), of all chains.
    mcse
        Monte Carlo standard error of the mean.
    geweke_z
        Difference of the first tenth and the last half of a chain in standard errors; of several
        chains the largest.
    rhat
        Potential scale reduction of the half chains; near 1 when all say the same.
    """

    mean: float
    sd: float
    median: float
    hpd_low: float
    hpd_high: float
    ess: float
    mcse: float
    geweke_z: float
    rhat: float


def diagnose(chains: Floats) -> Diagnosis:
    """All of it, of samples of shape (chains, draws)."""
    values = chains.ravel()
    low, high = hpd(values)
    size = float(sum(effective_size(chain) for chain in chains))
    sd = float(values.std(ddof=1)) if values.size > 1 else float("nan")
    zs = [geweke(chain) for chain in chains]
    return Diagnosis(
        float(values.mean()),
        sd,
        float(np.median(values)),
        low,
        high,
        size,
        sd / np.sqrt(size) if size > 0 else float("nan"),
        max(zs, key=abs),
        split_rhat(chains),
    )


def hpd(values: Floats, probability: float = PROBABILITY) -> tuple[float, float]:
    """Shortest interval that holds this share of the samples."""
    ordered = np.sort(values)
    inside = min(max(1, int(np.ceil(probability * ordered.size))), ordered.size)
    widths = ordered[inside - 1 :] - ordered[: ordered.size - inside + 1]
    first = int(np.argmin(widths))
    return float(ordered[first]), float(ordered[first + inside - 1])


def autocovariance(chain: Floats) -> Floats:
    """At all lags, divided by the number of draws."""
    n = chain.size
    size = 1 << (2 * n - 1).bit_length()
    transform = np.fft.rfft(chain - chain.mean(), size)
    found: Floats = np.fft.irfft(transform * np.conj(transform), size)[:n] / n
    return found


def mean_variance(chain: Floats) -> float:
    """Variance of the mean, by the initial monotone sequence estimator of Geyer (1992).

    Sums of autocovariances at two neighboring lags of a reversible chain are positive and fall;
    they are added while they are positive, each at most as large as the one before.
    """
    n = chain.size
    gamma = autocovariance(chain)
    pairs = gamma[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0)
    pairs = np.minimum.accumulate(pairs[: negative[0]] if negative.size else pairs)
    if not pairs.size:
        return float(gamma[0]) / n
    return max(float(2.0 * pairs.sum() - gamma[0]), float(gamma[0]) / n**2) / n


def effective_size(chain: Floats) -> float:
    """Independent draws worth as much for the mean; a constant chain counts as none."""
    if chain.size < 4 or np.ptp(chain) == 0.0:
        return 0.0
    return float(chain.var()) / mean_variance(chain)


def geweke(chain: Floats) -> float:
    """z of the first tenth against the last half (Geweke 1992); nan for short chains."""
    first, last = chain[: int(EARLY * chain.size)], chain[-int(LATE * chain.size) :]
    if first.size < 4 or np.ptp(first) == 0.0 or np.ptp(last) == 0.0:
        return float("nan")
    difference = first.mean() - last.mean()
    return float(difference / np.sqrt(mean_variance(first) + mean_variance(last)))


def split_rhat(chains: Floats) -> float:
    """Potential scale reduction (Gelman and Rubin 1992) of the halves of the chains."""
    half = chains.shape[1] // 2
    if half < 2:
        return float("nan")
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    within = float(halves.var(axis=1, ddof=1).mean())
    if within == 0.0:
        return float("nan")
    between = float(halves.mean(axis=1).var(ddof=1))
    return float(np.sqrt((half - 1) / half + between / within))
