"""Genome-wide association: the public side."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from agrigen.association import binary, linear, mixed, multivariate, papers
from agrigen.association.calibrated import calibrated
from agrigen.association.filters import Markers, choose
from agrigen.association.prepare import Prepared, prepare
from agrigen.association.relationships import Region, regions
from agrigen.association.result import Association
from agrigen.association.statistics import chi_square, student
from agrigen.errors import ModelError, Problem
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.genotypes import Genotypes
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.types import Floats
from agrigen.variance.dense_records import Matrix, as_model

Method: TypeAlias = Literal["exact", "approximate", "calibrated"]
Test: TypeAlias = Literal["wald", "lrt", "score"]
Kind: TypeAlias = Literal["normal", "binary"]
_METHODS = {
    "exact": papers.ZHOU_2012,
    "approximate": papers.KANG_2010,
    "calibrated": papers.SVISHCHEVA_2012,
}
STATISTICS = {"wald": "t", "lrt": "chi-square", "score": "F"}


def gwas(
    model: Model | str,
    data: pd.DataFrame,
    genotypes: Genotypes,
    *,
    relationship: Matrix | str | None = "vanraden1",
    method: Method = "exact",
    test: Test = "wald",
    kind: Kind = "normal",
    leave_one_chromosome_out: bool = False,
    condition_on: Sequence[str] = (),
    min_maf: float = 0.01,
    max_missing: float = 0.05,
    max_r2: float = 0.9999,
    precision: mixed.Precision = "single",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Association:
    """Test every marker for an effect on a trait, one at a time.

    y = X b + x beta + u + e, with u ~ N(0, K genetic variance). Fixed effects are removed by
    orthonormal contrasts and relationships decomposed into eigenvalues once; then each marker
    costs one rotation and a few sums over animals.

    Parameters
    ----------
    model
        A model or its formula, `weight ~ sex + linear(age) + animal(id)`: one value an animal;
        `animal(...)` names the column of the genotyped animals. Several traits, `weight, milk ~
        sex + animal(id)`, are tested together (GEMMA's mvLMM): the table has an effect and its
        error for each, and one p. Animals without one of them are left out.
    data, genotypes
        Animals with records need genotypes; others may have genotypes too.
    relationship
        A method of `ag.grm` for the genotypes; relationships as `ag.dense_reml` takes them; or None
        for linear regression without them.
    method
        "exact" (the ratio of variances for each marker: GEMMA), "approximate" (once, without
        markers: EMMAX, P3D), or "calibrated" (as that, but weak tests take the variance of a score
        in proportion to that of the marker: GRAMMAR-Gamma; the fastest).
    test
        "wald" (t at the REML ratio), "lrt" (likelihood ratio, ML) or "score" (ML without markers).
    kind
        "binary" tests a trait of 0 and 1 by the scores of a logistic (mixed) model.
    leave_one_chromosome_out
        Markers of a chromosome are tested with relationships of all others: a marker is not in the
        model twice. One decomposition a chromosome.
    condition_on
        Names of markers that are fixed covariates of every test.
    min_maf, max_missing, max_r2
        Markers that are rarer, have more missing genotypes, or are correlated more with the fixed
        effects, are not tested: GEMMA's limits.
    precision
        "single" rotates genotypes in float32: relative errors of p about 1e-5; "double" takes
        twice the time.
    progress, cancel
        As for `evaluate`.

    Returns
    -------
    Association
        The same input gives the same bits again.

    Raises
    ------
    DataError, GenotypeError, ModelError, SolveError
        For records, genotypes, ids or matrices that cannot be used; each says what to do.

    Notes
    -----
    A missing genotype is the mean of its marker; without relationships, a regression leaves the
    animal out, as PLINK does.

    References
    ----------
    Zhou and Stephens 2012, Nat Genet 44:821, doi:10.1038/ng.2310
    Kang et al. 2010, Nat Genet 42:348, doi:10.1038/ng.548
    Chen et al. 2016, Am J Hum Genet 98:653, doi:10.1016/j.ajhg.2016.02.012
    """
    _check(relationship, leave_one_chromosome_out, method=method, test=test, kind=kind,
           precision=precision)  # fmt: skip
    stopwatch, stage = Stopwatch(), Stages(progress, cancel)
    stage(0.0, "reading records")
    model = as_model(model)
    if len(model.traits) > 1:
        multivariate.check(model, relationship, {"method": method, "test": test, "kind": kind})
    each = _prepared(model, data, genotypes, condition_on)
    prepared = each[0]
    markers = choose(prepared, min_maf=min_maf, max_missing=max_missing, max_r2=max_r2)
    stage(0.05, "relationships")
    parts = regions(genotypes, relationship, prepared, markers, apart=leave_one_chromosome_out)
    if kind == "binary":
        binary.check_binary(prepared.y, model.trait)
    table, null = _tested(
        each, markers, parts, stage.within(0.1, 1.0),
        method=method, test=test, kind=kind, precision=precision,
    )  # fmt: skip
    for one in each:
        end = f"_{one.trait}" if len(each) > 1 else ""
        table[f"variance_explained{end}"] = _explained(one, table, table[f"beta{end}"])
    table.attrs["deviation"] = _deviation(prepared)
    provenance = record(
        {"model": model.to_mapping(), "method": method, "test": test, "kind": kind,
         "relationship": relationship if isinstance(relationship, str) else parts[0].name,
         "leave_one_chromosome_out": leave_one_chromosome_out,
         "condition_on": list(condition_on), "min_maf": min_maf, "max_missing": max_missing,
         "max_r2": max_r2, "precision": precision},
        {"records": {"sha256": hash_columns(*(one.y for one in each), prepared.fixed),
                     "rows": len(data)},
         "genotypes": {"sha256": genotypes.sha256, "rows": len(genotypes)}},
        seconds=stopwatch.seconds,
    )  # fmt: skip
    statistic = "t" if relationship is None else STATISTICS[test]
    if kind == "binary" or len(each) > 1:
        statistic = "chi-square"
    return Association(
        model, table, markers.excluded, null, statistic, prepared.y.size, provenance,
        _citations(relationship, method, kind, parts, several=len(each) > 1),
    )  # fmt: skip


def _prepared(
    model: Model, data: pd.DataFrame, genotypes: Genotypes, conditions: Sequence[str]
) -> list[Prepared]:
    """Records with genotypes, the same animals for each trait."""
    if len(model.traits) == 1:
        return [prepare(model, data, genotypes, conditions)]
    whole = multivariate.complete(model, data)
    singles = [
        Model(t, model.effects, weights=model.weights, residual_by=model.residual_by)
        for t in model.traits
    ]
    return [prepare(one, whole, genotypes, conditions) for one in singles]


def _tested(
    each: list[Prepared], markers: Markers, parts: list[Region], stage: Stages, **options: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tests of all regions, in the order of the map, and the models without markers."""
    tables, nulls = [], []
    for number, part in enumerate(parts):
        mine = stage.within(number / len(parts), (number + 1) / len(parts))
        chosen = markers.take(part.markers)
        columns, null = _region(each, chosen, part, mine, **options)
        table = _map(each[0], chosen)
        for name, values in columns.items():
            table[name] = values
        tables.append(table.set_index(chosen.places))
        nulls.extend(null)
    together = pd.concat(tables).sort_index().reset_index(drop=True)
    return together, pd.DataFrame(nulls)


def _region(
    each: list[Prepared], markers: Markers, part: Region, stage: Stages, *,
    method: Method, test: Test, kind: Kind, precision: mixed.Precision,
) -> tuple[dict[str, Floats], list[dict[str, Any]]]:  # fmt: skip
    """Columns of the tests of one region, and the rows of its model without markers."""
    if len(each) > 1 and part.matrix is not None:
        return multivariate.tests(
            each, markers, part.matrix, part.name, stage, method=method, precision=precision
        )
    columns, null = _single(
        each[0], markers, part, stage, method=method, test=test, kind=kind, precision=precision
    )
    return columns, [null] if null else []


def _single(
    prepared: Prepared, markers: Markers, part: Region, stage: Stages, *,
    method: Method, test: Test, kind: Kind, precision: mixed.Precision,
) -> tuple[dict[str, Floats], dict[str, Any]]:  # fmt: skip
    """Columns of the tests of one trait, and its model without markers."""
    if kind == "binary":
        return _binary(prepared, markers, part, stage)
    if part.matrix is None:
        beta, se, degrees = linear.regress(prepared, markers, stage)
        statistic = beta / se
        p, logs = student(statistic, degrees)
        return _columns(beta, se, statistic, p, logs), {}
    stage(0.0, "decomposing relationships")
    left = prepared.contrasts.degrees - 1
    if method == "calibrated":
        found, null, quadratic = calibrated(prepared, markers, part.matrix, part.name)
        statistic = found.beta / found.se
        p, logs = student(statistic, float(left))
        columns = _columns(found.beta, found.se, statistic, p, logs) | {"ratio": found.ratio}
        return columns, _null_row(null, quadratic, part.name, left + 1)
    rotated = mixed.rotate(
        prepared, part.matrix, part.name, precision=precision, likelihood=test != "wald"
    )
    restricted = test == "wald"
    null = mixed.null_model(rotated, restricted=restricted, records=prepared.y.size)
    within = stage.within(0.3, 1.0)
    if method == "exact" and test != "score":
        found = mixed.exact(prepared, markers, rotated, null, within, restricted=restricted)
    else:
        found = mixed.fixed_ratio(prepared, markers, rotated, null, within)
    statistic, p, logs = _probabilities(test, method, found, null, left, prepared.y.size)
    columns = _columns(found.beta, found.se, statistic, p, logs) | {"ratio": found.ratio}
    weights = 1.0 / (np.exp(null.at) * rotated.values + 1.0)
    quadratic = float((weights * rotated.y**2).sum())
    size = left + 1 if restricted else prepared.y.size
    return columns, _null_row(null, quadratic, part.name, size)


def _probabilities(
    test: Test, method: Method, found: mixed.Tests, null: mixed.Null, degrees: int, records: int
) -> tuple[Floats, Floats, Floats]:
    """Statistic, p and -log10 p."""
    if test == "wald":
        statistic = found.beta / found.se
        return statistic, *student(statistic, float(degrees))
    if test == "score":
        statistic = records * found.value
        return statistic, *student(np.sqrt(statistic), float(degrees))
    if method == "approximate":  # the likelihood at one ratio is a function of the fit
        statistic = -records * np.log1p(-found.value)
    else:
        statistic = np.maximum(2.0 * (found.value - null.value), 0.0)
    return statistic, *chi_square(statistic)


def _binary(
    prepared: Prepared, markers: Markers, part: Region, stage: Stages
) -> tuple[dict[str, Floats], dict[str, Any]]:
    fitted = binary.fit(prepared, part.matrix, stage.within(0.0, 0.4))
    score, variance = binary.scores(prepared, markers, fitted, stage.within(0.4, 1.0))
    statistic = score**2 / variance
    p, logs = chi_square(statistic)
    columns = _columns(score / variance, 1.0 / np.sqrt(variance), statistic, p, logs)
    if part.matrix is None:
        return columns, {}
    share = fitted.variance / (fitted.variance + np.pi**2 / 3)
    row = {"name": part.name, "heritability": share, "ratio": np.nan, "genetic": fitted.variance,
           "residual": np.pi**2 / 3, "log_likelihood": np.nan}  # fmt: skip
    return columns, row


def _columns(
    beta: Floats, se: Floats, statistic: Floats, p: Floats, logs: Floats
) -> dict[str, Floats]:
    return {"beta": beta, "se": se, "statistic": statistic, "p": p, "log10_p": logs}


def _map(prepared: Prepared, markers: Markers) -> pd.DataFrame:
    known = prepared.genotypes.markers
    at = markers.places
    return pd.DataFrame({
        "chromosome": known.chromosomes[at], "position": known.positions[at],
        "marker": known.names[at], "effect_allele": known.counted[at],
        "other_allele": known.other[at], "frequency": markers.frequency,
        "missing": markers.missing,
    })  # fmt: skip


def _null_row(null: mixed.Null, quadratic: float, name: str, size: int) -> dict[str, Any]:
    ratio, residual = float(np.exp(null.at)), quadratic / size
    return {
        "name": name, "heritability": ratio / (ratio + 1.0), "ratio": ratio,
        "genetic": ratio * residual, "residual": residual, "log_likelihood": null.value,
    }  # fmt: skip


def _deviation(prepared: Prepared) -> float:
    """Phenotypic standard deviation after fixed effects."""
    left = prepared.contrasts.reduce(prepared.y)
    return float(np.sqrt(left @ left / left.size))


def _explained(prepared: Prepared, table: pd.DataFrame, beta: pd.Series) -> Floats:
    """2 f (1 - f) beta^2 over the phenotypic variance after fixed effects."""
    f = table["frequency"].to_numpy()
    return np.asarray(2 * f * (1 - f) * beta.to_numpy() ** 2 / _deviation(prepared) ** 2)


def _check(relationship: Any, apart: bool, **chosen: str) -> None:
    allowed = {"method": Method, "test": Test, "kind": Kind, "precision": mixed.Precision}
    problems = [
        Problem(name, (), f"There is no {name} {value!r}.", f"Use {', '.join(get_args(of))}.")
        for (name, value), of in zip(chosen.items(), allowed.values(), strict=True)
        if value not in get_args(of)
    ]
    if chosen["method"] == "calibrated" and chosen["test"] != "wald":
        text = f"The calibrated method has no test {chosen['test']!r}."
        problems.append(Problem("test", (), text, "Use test='wald', or another method."))
    if apart and not isinstance(relationship, str):
        text = "Leaving a chromosome out needs relationships that are made here."
        remedy = "Give relationship='vanraden1', or another method of ag.grm."
        problems.append(Problem("relationship", (), text, remedy))
    if problems:
        raise ModelError(problems)


def _citations(
    relationship: Any, method: Method, kind: Kind, parts: list[Region], *, several: bool
) -> tuple[Any, ...]:
    if several:
        found = [papers.ZHOU_2014]
    elif kind == "binary":
        found = [papers.CHEN_2016]
    elif relationship is None:
        found = []
    else:
        found = [_METHODS[method]]
    if len(parts) > 1:
        found.append(papers.YANG_2014)
    return (*found, papers.DEVLIN_1999)
