"""Which markers a trait is associated with: one test a marker, relatives accounted for."""

from agrigen.association.gwas import gwas
from agrigen.association.result import Association

__all__ = ["Association", "gwas"]
