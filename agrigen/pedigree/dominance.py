"""Dominance relationships from additive ones."""

import numpy as np

from agrigen.pedigree.relationship import block
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats, Integers, Parents


def dominance_matrix(structure: Structure, sire: Parents, dam: Parents, chosen: Integers) -> Floats:
    """Probability that two animals share both genes of a locus, dense among some animals.

    0.25 (a(s, s') a(d, d') + a(s, d') a(d, s')) of sires s, s' and dams d, d' (Cockerham 1954),
    where unknown parents are unrelated to everybody; with itself 1 - F.
    """
    parents = np.concatenate([sire[chosen], dam[chosen]])
    known = np.unique(parents[parents >= 0])
    # A row and a column of zeros behind the parents stand for unknown ones.
    among = np.zeros((known.size + 1, known.size + 1))
    if known.size:
        among[:-1, :-1] = block(structure, known)
    place = np.where(parents >= 0, np.searchsorted(known, parents), known.size)
    s, d = place[: chosen.size], place[chosen.size :]
    out = among[np.ix_(s, s)] * among[np.ix_(d, d)]
    out += among[np.ix_(s, d)] * among[np.ix_(d, s)]
    out *= 0.25
    itself = chosen[:, None] == chosen[None, :]
    out[itself] = np.broadcast_to(2.0 - structure.scale[chosen], out.shape)[itself]
    return out
