"""AgriGen: pedigrees, breeding values and breeding simulation for livestock.

    import agrigen as ag

    pedigree = ag.Pedigree.read_csv("pedigree.csv")
    model = ag.Model("weight", [ag.Fixed("sex"), ag.Animal()])
    result = ag.evaluate(model, records, pedigree, {"a": 20, "residual": 40})

Names are loaded when they are first used, so that the import takes no time.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Pedigree": "agrigen.pedigree",
    "PartialRelationship": "agrigen.relationship",
    "grm": "agrigen.relationship",
    "Workers": "agrigen.workers",
    "GenomicRelationship": "agrigen.relationship",
    "compare_relationships": "agrigen.relationship",
    "gamma": "agrigen.relationship",
    "Genotypes": "agrigen.genotypes",
    "MarkerMap": "agrigen.genotypes",
    "Manifest": "agrigen.genotypes.manifest",
    "read_grm": "agrigen.io.gcta",
    "write_grm": "agrigen.io.gcta",
    "write_bglr": "agrigen.io.bglr",
    "read_bglr": "agrigen.io.bglr",
    "read_blupf90_matrix": "agrigen.io.blupf90_matrix",
    "write_blupf90_matrix": "agrigen.io.blupf90_matrix",
    "merge_genotypes": "agrigen.genotypes.merge",
    "compare_alleles": "agrigen.genotypes.alleles",
    "quality_control": "agrigen.genotypes.quality",
    "QualityRules": "agrigen.genotypes.quality",
    "QualityFilter": "agrigen.genotypes.quality",
    "verify_parents": "agrigen.genotypes.parentage",
    "discover_parents": "agrigen.genotypes.parentage",
    "parentage_likelihood": "agrigen.genotypes.parentage_likelihood",
    "ParentageRules": "agrigen.genotypes.parentage",
    "pca": "agrigen.genotypes.structure",
    "fst": "agrigen.genotypes.differentiation",
    "ld_decay": "agrigen.genotypes.disequilibrium",
    "ld_prune": "agrigen.genotypes.disequilibrium",
    "runs_of_homozygosity": "agrigen.genotypes.homozygosity",
    "Fixed": "agrigen.evaluation",
    "Covariate": "agrigen.evaluation",
    "Animal": "agrigen.evaluation",
    "Random": "agrigen.evaluation",
    "Basis": "agrigen.evaluation",
    "Core": "agrigen.evaluation",
    "Genomic": "agrigen.evaluation",
    "Model": "agrigen.evaluation",
    "ModelFile": "agrigen.evaluation",
    "Evaluation": "agrigen.evaluation",
    "evaluate": "agrigen.evaluation",
    "reml": "agrigen.variance",
    "Reml": "agrigen.variance",
    "dense_reml": "agrigen.variance",
    "DenseReml": "agrigen.variance",
    "DenseTraits": "agrigen.variance",
    "gibbs": "agrigen.variance",
    "predict": "agrigen.prediction",
    "MarkerEffects": "agrigen.prediction",
    "Gibbs": "agrigen.variance",
    "Prior": "agrigen.variance",
    "bayes": "agrigen.bayesian",
    "Bayes": "agrigen.bayesian",
    "BayesPriors": "agrigen.bayesian",
    "gwas": "agrigen.association",
    "Association": "agrigen.association",
    "window_variance": "agrigen.association.window_variance",
    "read_genes": "agrigen.io.gff",
    "Genes": "agrigen.io.gff",
    "impute": "agrigen.genotypes.imputation",
    "Imputed": "agrigen.genotypes.imputation",
    "imputation_accuracy": "agrigen.genotypes.imputation_accuracy",
    "load_model": "agrigen.evaluation",
    "validate": "agrigen.evaluation",
    "cross_validate": "agrigen.evaluation",
    "Validation": "agrigen.evaluation",
    "read_blupf90": "agrigen.io.blupf90",
    "read_blupf90_solutions": "agrigen.io.blupf90_results",
    "read_blupf90_variances": "agrigen.io.blupf90_results",
    "write_blupf90": "agrigen.io.blupf90_write",
    "write_renumf90": "agrigen.io.blupf90_instruction",
    "read_dmu": "agrigen.io.dmu",
    "write_dmu": "agrigen.io.dmu_write",
    "lactation_yields": "agrigen.phenotypes",
    "best_prediction": "agrigen.phenotypes",
    "LactationStandard": "agrigen.phenotypes",
    "survival_curve": "agrigen.phenotypes",
    "read_identifier": "agrigen.phenotypes",
    "selection_index": "agrigen.selection",
    "desired_gains": "agrigen.selection",
    "standings": "agrigen.selection",
    "optimum_contributions": "agrigen.selection",
    "mate": "agrigen.selection",
    "expected_progeny": "agrigen.selection",
    "kinship": "agrigen.selection",
    "gene_probabilities": "agrigen.selection",
    "prnp_type": "agrigen.selection",
    "prnp_cross": "agrigen.selection",
    "cite": "agrigen.citations",
    "Citation": "agrigen.citations",
    "Problem": "agrigen.errors",
    "AgrigenError": "agrigen.errors",
    "PedigreeError": "agrigen.errors",
    "DataError": "agrigen.errors",
    "GenotypeError": "agrigen.errors",
    "ModelError": "agrigen.errors",
    "NotAvailable": "agrigen.errors",
    "SolveError": "agrigen.errors",
    "Cancelled": "agrigen.errors",
    "ConvergenceWarning": "agrigen.errors",
    "connect": "agrigen.client",
    "__version__": "agrigen.provenance",
}
_MODULES = frozenset(
    {
        "association",
        "bayesian",
        "client",
        "errors",
        "evaluation",
        "genotypes",
        "pedigree",
        "phenotypes",
        "plot",
        "prediction",
        "provenance",
        "relationship",
        "selection",
        "simulate",
        "species",
        "tools",
        "variance",
    }
)

__all__ = sorted((_HOME.keys() | _MODULES) - {"__version__", "client"})  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"agrigen.{name}")
    else:
        raise AttributeError(f"module 'agrigen' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_HOME.keys() | _MODULES)
