"""Programs of the trade, run where they are installed: plink2, PLINK 1.9, GEMMA and GCTA."""

from agrigen.tools.gcta import gcta, gcta_relationship, gcta_reml
from agrigen.tools.gemma import gemma, gemma_gwas, gemma_relationship
from agrigen.tools.plink import (
    plink1,
    plink2,
    plink_counts,
    plink_gwas,
    plink_pca,
    plink_relationship,
)
from agrigen.tools.runner import PROGRAMS, ToolError, ToolRun, installed

__all__ = [
    "PROGRAMS",
    "ToolError",
    "ToolRun",
    "gcta",
    "gcta_relationship",
    "gcta_reml",
    "gemma",
    "gemma_gwas",
    "gemma_relationship",
    "installed",
    "plink1",
    "plink2",
    "plink_counts",
    "plink_gwas",
    "plink_pca",
    "plink_relationship",
]
