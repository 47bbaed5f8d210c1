"""Simulation: genomes, founders, meiosis, gene drop and traits, to test methods and to teach.

Words follow AlphaSimR where it has them (make_cross, add_trait_a, set_var_e, bv, gv, pheno).
Haplotypes are plain arrays of shape (animals, 2, loci); side 0 is paternal, side 1 maternal.
"""

from agrigen.simulate.founders import founder_haplotypes
from agrigen.simulate.genedrop import (
    gene_drop,
    make_cross,
    realized_coancestry,
    realized_inbreeding,
)
from agrigen.simulate.genome import Genome, haldane
from agrigen.simulate.traits import Trait, add_trait_a

__all__ = [
    "Genome",
    "Trait",
    "add_trait_a",
    "founder_haplotypes",
    "gene_drop",
    "haldane",
    "make_cross",
    "realized_coancestry",
    "realized_inbreeding",
]
