"""Posterior distributions of variance components by Gibbs sampling."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.errors import ModelError, Problem
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.covariances import as_mapping
from agrigen.evaluation.design import build_design
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.reader import columns_of
from agrigen.evaluation.system import freedom
from agrigen.evaluation.variances import check_variances
from agrigen.genotypes import Genotypes
from agrigen.pedigree import Pedigree
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.random import Seed, generator
from agrigen.types import Floats
from agrigen.variance.posterior import Gibbs, summarize
from agrigen.variance.sampler import Chain, Layout, Prior, Priors
from agrigen.variance.terms import (
    Term,
    default_start,
    labels,
    pack,
    terms_of,
    to_covariances,
    to_list,
)

ITERATIONS, BURN_IN, THIN = 12_000, 2_000, 5

SPREAD = 0.5
"""Standard deviation of the log of the factor by which further chains start elsewhere."""

REPORT_SECONDS = 0.5
"""About how often progress is told and cancellation asked."""

FEWEST = 20
"""Samples a chain that an interrupted run must have to give a result."""


@dataclass(frozen=True)
class Plan:
    """How long to sample."""

    iterations: int = ITERATIONS
    burn_in: int = BURN_IN
    thin: int = THIN
    chains: int = 1

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {value!r}"
            for name, value, least in (
                ("iterations", self.iterations, 1),
                ("burn_in", self.burn_in, 0),
                ("thin", self.thin, 1),
                ("chains", self.chains, 1),
            )
            if isinstance(value, bool) or not isinstance(value, int) or value < least
        ]
        if not wrong and self.kept < 4:
            wrong = [f"only {self.kept} samples would be kept"]
        if wrong:
            text = f"The sampler cannot run so: {', '.join(wrong)}."
            remedy = (
                "Give whole numbers, with iterations well above burn_in: by default "
                f"{ITERATIONS:,}, {BURN_IN:,} and every {THIN}th kept."
            )
            raise ModelError([Problem("plan", (), text, remedy)])

    @property
    def kept(self) -> int:
        """Samples of one chain."""
        return max(0, self.iterations - self.burn_in) // self.thin


def gibbs(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None = None,
    *,
    genotypes: Genotypes | None = None,
    start: Mapping[str, Any] | None = None,
    iterations: int = ITERATIONS,
    burn_in: int = BURN_IN,
    thin: int = THIN,
    chains: int = 1,
    rng: Seed = None,
    priors: Mapping[str, Prior] | Literal["flat"] | None = None,
    effects: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Gibbs:
    """Sample the posterior distribution of the variance components.

    Fixed effects have flat priors and are drawn together; the components of each level of a
    random effect are drawn together, given all others; covariance matrices come from inverse
    Wishart distributions. Residuals of missing traits are drawn where the records of their group
    connect the traits; residual covariances between traits that no record connects are 0.

    A genomic effect is drawn by the eigenvectors of its relationships, for up to 6,000 genotyped
    animals (in a single step: animals of the pedigree).

    Parameters
    ----------
    genotypes
        Of the animals of a genomic effect.
    start
        Variances to start from, as `evaluate` takes them; some or none. Further chains start at
        random multiples of them.
    iterations, burn_in, thin
        Of all iterations of a chain the first `burn_in` are discarded and then every `thin`-th
        is kept.
    rng
        A seed or a generator: the same seed gives the same samples.
    priors
        A `Prior` for some blocks, by name, and for `residual`. Default: inverse Wishart with
        rows + 2 degrees of belief, the fewest with a mean, around a matrix without covariances
        in which residuals have half of the variance that the fixed effects leave, and the random
        effects equal parts of the rest. "flat": every matrix as likely as any other.
    effects
        Also give mean and standard deviation of every random effect.
    progress, cancel
        Told and asked about twice a second. An interrupt (Ctrl-C) gives the samples so far.

    Returns
    -------
    Gibbs
        Samples, their summary with diagnostics, and posterior means as `evaluate` takes them.

    References
    ----------
    Wang, Rutledge and Gianola 1993, Genet. Sel. Evol. 25:41, doi:10.1186/1297-9686-25-1-41
    """
    stopwatch = Stopwatch()
    plan = Plan(iterations, burn_in, thin, chains)
    stage = Stages(progress, cancel)
    stage(0.0, "reading records")
    design = build_design(model, data, pedigree, genotypes)
    inputs: dict[str, Any] = {
        "records": {
            "sha256": hash_columns(*(data[name] for name in columns_of(model))),
            "rows": len(data),
        }
    }
    if pedigree is not None:
        digest = hash_columns(pedigree.ids, pedigree.sire, pedigree.dam)
        inputs["pedigree"] = {"sha256": digest, "rows": len(pedigree)}
    if genotypes is not None:
        inputs["genotypes"] = {"sha256": genotypes.sha256, "rows": len(genotypes)}
    return _gibbs(design, start, plan, rng, priors, effects, stage, stopwatch, inputs)


def gibbs_components(
    design: Design,
    variances: Mapping[str, Any] | None,
    stage: Stages,
    *,
    iterations: int = ITERATIONS,
    burn_in: int = BURN_IN,
    thin: int = THIN,
    chains: int = 1,
    seed: Seed = None,
    priors: Mapping[str, Prior] | Literal["flat"] | None = None,
) -> Gibbs:
    """The same for a design, as an estimator of `evaluate`."""
    plan = Plan(iterations, burn_in, thin, chains)
    return _gibbs(design, variances, plan, seed, priors, False, stage, Stopwatch(), {})


def _gibbs(
    design: Design,
    start: Mapping[str, Any] | None,
    plan: Plan,
    rng: Seed,
    priors: Mapping[str, Prior] | Literal["flat"] | None,
    effects: bool,
    stage: Stages,
    stopwatch: Stopwatch,
    inputs: dict[str, Any],
) -> Gibbs:
    terms = terms_of(design)
    usual = default_start(terms)
    begin = starting(design, terms, usual, start)
    beliefs = resolve_priors(design, terms, usual, priors)
    stage(0.02, "preparing the sampler")
    layout = Layout(design)
    random = generator(rng)
    runs = [
        _Run(layout, beliefs, begin, plan, terms, child, elsewhere=number > 0)
        for number, child in enumerate(random.spawn(plan.chains))
    ]
    complete = side_by_side(runs, plan, stage.within(0.05, 0.98))
    kept = min(run.kept for run in runs)
    samples = np.stack([run.samples[:kept] for run in runs])
    iterations = plan.burn_in + plan.thin * np.arange(1, kept + 1)
    parameters = {
        "model": design.model.to_mapping(),
        "estimate": "gibbs",
        "start": as_mapping(design, begin),
        "priors": _plain_priors(terms, beliefs),
        **vars(plan),
    }
    seed = rng if isinstance(rng, int) else None
    return summarize(
        design,
        terms,
        samples,
        iterations,
        complete=complete,
        moments=_moments(runs) if effects else None,
        rate=sum(run.chain.steps for run in runs) / max(stopwatch.seconds, 1e-9),
        provenance=record(parameters, inputs, seconds=stopwatch.seconds, seed=seed),
        citations=CITATIONS,
    )


def starting(
    design: Design, terms: list[Term], usual: list[Floats], start: Mapping[str, Any] | None
) -> Covariances:
    """Where the first chain begins: what is given, else the usual."""
    given = check_variances(design.model, start or {}, complete=False)
    matrices = []
    for term, matrix in zip(terms, usual, strict=True):
        found: Any = given.get(term.name, matrix)
        if isinstance(found, Mapping):
            found = found.get(term.group or "", matrix)
        matrices.append(np.array(found, dtype=float))
    return to_covariances(matrices, len(design.blocks))


def resolve_priors(
    design: Design,
    terms: list[Term],
    usual: list[Floats],
    given: Mapping[str, Prior] | Literal["flat"] | None,
) -> Priors:
    """A prior for each matrix.

    Raises
    ------
    ModelError
        For a prior of an effect that is none, of a wrong size, or with which nothing follows.
    """
    by_name: Mapping[str, Prior] = {} if given is None or isinstance(given, str) else given
    problems = [
        _problem(f"There is a prior for {name!r}, which is no block of random effects.",
                 f"Give priors for {', '.join(dict.fromkeys(t.name for t in terms))}.")
        for name in by_name
        if name not in {t.name for t in terms}
    ]  # fmt: skip
    if isinstance(given, str) and given != "flat":
        problems.append(_problem(f"priors is {given!r}.", "Give a mapping, or 'flat'."))
    found = []
    for term, matrix in zip(terms, usual, strict=True):
        prior = Prior.flat(term.size) if given == "flat" else Prior.around(matrix)
        prior = by_name.get(term.name, prior)
        problems += _prior_problems(term, prior)
        found.append(prior)
    for block, prior in zip(design.blocks, found, strict=False):
        if not problems and prior.degrees + freedom(block) <= block.width - 1:
            text = f"{block.name!r} has too few levels ({block.levels}) for a flat prior."
            problems.append(_problem(text, "Give a proper prior."))
    if problems:
        raise ModelError(problems)
    count = len(design.blocks)
    return Priors(tuple(found[:count]), tuple(found[count:]))


def _prior_problems(term: Term, prior: object) -> list[Problem]:
    if not isinstance(prior, Prior):
        text = f"The prior of {term.name!r} is {prior!r}."
        return [_problem(text, "Give ag.Prior(scale, degrees).")]
    scale = np.atleast_2d(np.asarray(prior.scale, dtype=float))
    if scale.shape != (term.size, term.size):
        text = f"The scale of the prior of {term.name!r} has shape {scale.shape}."
        return [_problem(text, f"It needs {term.size} rows and columns.")]
    flat = not scale.any()
    symmetric = np.allclose(scale, scale.T, rtol=1e-8)
    if not flat and not (symmetric and np.linalg.eigvalsh(scale)[0] > 0):
        text = f"The scale of the prior of {term.name!r} is not positive definite."
        return [_problem(text, "Give a covariance matrix times the degrees of belief.")]
    if not flat and prior.degrees <= term.size - 1:
        text = f"The prior of {term.name!r} has {prior.degrees:g} degrees of belief."
        return [_problem(text, f"Give more than {term.size - 1}.")]
    return []


def _problem(message: str, remedy: str) -> Problem:
    return Problem("prior", (), message, remedy)


def _plain_priors(terms: list[Term], priors: Priors) -> dict[str, Any]:
    return {
        term.name + (f"[{term.group}]" if term.group else ""): {
            "scale": np.atleast_2d(prior.scale).tolist(),
            "degrees": prior.degrees,
        }
        for term, prior in zip(terms, (*priors.blocks, *priors.residual), strict=True)
    }


class _Run:
    """One chain and what is kept of it."""

    def __init__(
        self,
        layout: Layout,
        priors: Priors,
        start: Covariances,
        plan: Plan,
        terms: list[Term],
        random: np.random.Generator,
        *,
        elsewhere: bool,
    ) -> None:
        if elsewhere:
            start = Covariances(
                tuple(g * np.exp(SPREAD * random.standard_normal()) for g in start.blocks),
                start.residual * np.exp(SPREAD * random.standard_normal()),
            )
        self.plan = plan
        self.terms = terms
        self.chain = Chain(layout, priors, start, random)
        self.samples = np.empty((plan.kept, len(labels(terms))))
        self.kept = 0
        self.total = np.zeros(layout.design.size)
        self.squares = np.zeros(layout.design.size)

    def advance(self, steps: int) -> None:
        """Some iterations."""
        for _ in range(steps):
            self.chain.step()
            after = self.chain.steps - self.plan.burn_in
            if after > 0 and after % self.plan.thin == 0 and self.kept < self.plan.kept:
                self.samples[self.kept] = pack(self.terms, to_list(self.chain.covariances))
                self.total += self.chain.x
                self.squares += self.chain.x**2
                self.kept += 1


class Sampled(Protocol):
    """A chain and what is kept of it."""

    kept: int

    def advance(self, steps: int) -> None: ...


def side_by_side(
    runs: Sequence[Sampled],
    plan: Plan,
    stage: Stages,
    stopped: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
) -> bool:
    """All iterations of all chains, each on a thread; False when stopped with enough to use."""
    done, steps = 0, 1
    with ThreadPoolExecutor(min(len(runs), os.cpu_count() or 1)) as pool:
        try:
            while done < plan.iterations:
                stage(done / plan.iterations, f"iteration {done + 1} of {plan.iterations}")
                before = perf_counter()
                now = min(steps, plan.iterations - done)
                list(pool.map(lambda run: run.advance(now), runs))  # noqa: B023
                done += now
                if perf_counter() - before < REPORT_SECONDS / 2:
                    steps *= 2
        except stopped:
            if min(run.kept for run in runs) < FEWEST:
                raise
            return False
    return True


def _moments(runs: list[_Run]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of every unknown."""
    count = sum(run.kept for run in runs)
    mean = sum(run.total for run in runs) / count
    square = sum(run.squares for run in runs) / count
    return np.asarray(mean), np.sqrt(np.maximum(square - mean**2, 0.0))


CITATIONS = (papers.WANG_1993, papers.GARCIA_CORTES_1996, papers.GEYER_1992, papers.GELMAN_1992)
