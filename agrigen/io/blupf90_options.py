"""What a BLUPF90 job asks for that a model here cannot say, by name, with what to do."""

from agrigen.errors import Problem
from agrigen.io.blupf90_parameters import Parameters

RELATED = ("add_animal", "add_an_upg", "add_an_upginb", "add_sire")
TYPES = ("diagonal", *RELATED)
REFUSED_TYPES = {
    "user_file": "a relationship matrix from a file",
    "user_file_i": "a relationship matrix from a file",
    "user_file_inv": "an inverse relationship matrix from a file",
    "par_domin": "parental dominance",
    "add_an_self": "relationships with selfing",
    "add_an_meta": "metafounders with their own matrix",
    "add_an_ms": "a relationship between breeds",
    "add_an_mb": "a relationship between breeds",
    "diag_mb": "variances between breeds",
    "norm_prior": "a prior for a fixed effect",
}
TYPE_REMEDY = (
    f"Readable are {', '.join(TYPES)}. Leave the effect out, or give its relationships as a "
    "pedigree."
)
GENOMIC = (
    "SNP_file",
    "map_file",
    "chrinfo",
    "weightedG",
    "whichG",
    "AlphaBeta",
    "TauOmega",
    "tunedG",
    "saveGInverse",
    "readGInverse",
    "readGimA22i",
    "apy",
    "snp_p_value",
    "thrStopCorAG",
    "callrate",
    "callrateAnim",
    "minfreq",
)
THRESHOLD = ("cat", "thresholds", "censored", "residual_fixed")
CURVED_RESIDUAL = ("hetres_pos", "hetres_pol")
UNDERSTOOD = ("missing", "hetres_int")
SOLVING = (
    "conv_crit",
    "maxrounds",
    "solv_method",
    "r_factor",
    "use_yams",
    "blksize",
    "sol",
    "method",
    "EM-REML",
    "tol",
    "se_covar_function",
    "samples_se_covar_function",
    "store_accuracy",
    "acctype",
    "acc_maxrounds",
    "cg",
    "anim",
    "pe",
    "origID",
    "alpha_size",
    "max_string_readline",
    "max_field_readline",
    "residual",
    "StdresidualsOnly",
    "constant_var",
    "fixed_var",
    "cont",
    "seed",
)
"""Options on how to solve, and on what is printed: they change no model."""


def refused(parameters: Parameters) -> list[Problem]:
    """Everything that is refused, at once."""
    problems = []
    for group in parameters.groups:
        if group.kind not in TYPES:
            problems.append(_type(group.kind, group.effects))
    for name in (words[0] for words in parameters.options):
        if name in GENOMIC:
            text = f"OPTION {name} asks for genotypes, which a model here does not have yet."
            remedy = "Remove the options on genotypes to evaluate by pedigree alone."
        elif name in THRESHOLD:
            text = f"OPTION {name} declares traits that are no normal numbers (categories)."
            remedy = "Leave these traits out; traits here are numbers with normal residuals."
        elif name in CURVED_RESIDUAL:
            text = f"OPTION {name} lets the residual variance follow a curve."
            remedy = "Use classes (OPTION hetres_int): each gets a residual variance of its own."
        else:
            continue
        problems.append(Problem("not_available", (), text, remedy))
    return problems


def _type(kind: str, effects: tuple[int, ...]) -> Problem:
    numbers = " ".join(str(number) for number in effects)
    what = REFUSED_TYPES.get(kind)
    if what:
        text = f"RANDOM_TYPE {kind} of effect {numbers} asks for {what}."
        return Problem("not_available", (), text, TYPE_REMEDY)
    text = f"RANDOM_TYPE {kind} of effect {numbers} is not known."
    return Problem("random_type", (), text, f"Use one of {', '.join(TYPES)}.")


def left_out(parameters: Parameters) -> list[Problem]:
    """Notes on options that are not carried over."""
    solving: list[str] = []
    unknown: list[str] = []
    for words in parameters.options:
        if words[0] in UNDERSTOOD:
            continue
        (solving if words[0] in SOLVING else unknown).append(" ".join(words))
    notes = []
    if solving:
        text = f"Options on solving and printing are left out: {'; '.join(solving)}."
        notes.append(Problem("option", (), text, "The solver is chosen here."))
    if unknown:
        text = f"Options that are not known here are left out: {'; '.join(unknown)}."
        notes.append(Problem("option", (), text, "Check that none of them changes the model."))
    return notes
