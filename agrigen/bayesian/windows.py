"""Windows of the genome: how much of the genetic variance each explains."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from agrigen.bayesian.values import Effects, centered
from agrigen.errors import ModelError, Problem
from agrigen.genotypes import Genotypes
from agrigen.types import Floats, Integers

MOST = 512
"""Markers of a window that are unpacked at a time."""


def windows(
    effects: Effects,
    genotypes: Genotypes,
    *,
    size: int,
    step: int,
    markers: int | None,
    threshold: float | None,
) -> pd.DataFrame:
    """One row a window that has markers.

    The variance of a window is that of its part of the breeding values among the animals (Fernando
    and Garrick 2013), in every stored sample; the share is of the variance of all of it.
    """
    spans = list(_spans(effects, genotypes, size, step, markers))
    own = np.zeros((len(spans), effects.kept.stored.shape[0]))
    stored = effects.kept.stored.tocsc()
    any_inside = np.zeros_like(own)
    for row, (_, _, _, inside) in enumerate(spans):
        values = _values(effects, genotypes, inside, stored)
        own[row] = values.var(axis=0, dtype=np.float64)
        any_inside[row] = (stored[:, inside] != 0).sum(axis=1) > 0
    _, whole, _ = effects.of(genotypes)
    total = np.maximum(whole.var(axis=0, dtype=np.float64), 1e-300)
    share = own / total
    limit = 1.0 / max(len(spans), 1) if threshold is None else threshold
    kept = effects.kept
    rows = []
    for row, (chromosome, start, stop, inside) in enumerate(spans):
        best = inside[int(np.argmax(np.abs(kept.effects[inside])))]
        if np.ptp(kept.inclusion[inside]) > 0:
            best = inside[int(np.argmax(kept.inclusion[inside]))]
        rows.append(
            {
                "chromosome": chromosome,
                "start": start,
                "stop": stop,
                "markers": inside.size,
                "variance": own[row].mean(),
                "share": share[row].mean(),
                "share_low": np.quantile(share[row], 0.025),
                "share_high": np.quantile(share[row], 0.975),
                "wppa": float((share[row] > limit).mean()),
                "inclusion": float(any_inside[row].mean()),
                "best": genotypes.markers.names[effects.places[best]],
                "best_position": genotypes.markers.positions[effects.places[best]],
                "best_inclusion": kept.inclusion[best],
            }
        )
    found = pd.DataFrame(rows)
    found.attrs["threshold"] = limit
    return found


def _values(effects: Effects, genotypes: Genotypes, inside: Integers, stored: object) -> Floats:
    out = np.zeros((len(genotypes), effects.kept.stored.shape[0]), np.float32)
    for first in range(0, inside.size, MOST):
        part = inside[first : first + MOST]
        x = centered(genotypes, effects.places[part], effects.mean[part]).astype(np.float32)
        out += x @ stored[:, part].toarray().T  # type: ignore[index]
    return out


def _spans(
    effects: Effects, genotypes: Genotypes, size: int, step: int, markers: int | None
) -> Iterator[tuple[str, int, int, Integers]]:
    """Chromosome, first base, base behind it, and markers of every window that has some."""
    if size < 1 or step < 1 or (markers is not None and markers < 1):
        text = f"A window has size {size}, step {step} and {markers} markers."
        raise ModelError([Problem("windows", (), text, "Give numbers above 0.")])
    chromosomes = genotypes.markers.chromosomes[effects.places]
    positions = genotypes.markers.positions[effects.places]
    if markers is None and not (positions > 0).any():
        text = "The markers have no positions."
        remedy = "Give windows(markers=20), or genotypes with a map."
        raise ModelError([Problem("windows", (), text, remedy)])
    for chromosome in dict.fromkeys(chromosomes):
        mine = np.flatnonzero(chromosomes == chromosome)
        mine = mine[np.argsort(positions[mine], kind="stable")]
        if markers is not None:
            for first in range(0, mine.size, markers):
                inside = mine[first : first + markers]
                at = positions[inside]
                yield str(chromosome), int(at[0]), int(at[-1]) + 1, inside
            continue
        at = positions[mine]
        for start in range(0, int(at[-1]) + 1, step):
            low, high = np.searchsorted(at, (start, start + size))
            if low < high:
                yield str(chromosome), start, start + size, mine[low:high]
