"""Genotypes and records for BGLR and rrBLUP in R: plain text and a script, and their results back.

Perez and de los Campos 2014, Genetics 198:483; Endelman 2011, Plant Genome 4:250.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.columns import places
from agrigen.io.genotype_csv import check_names
from agrigen.io.lines import cells_of, lines, refusal, text_of

MODELS = ("BRR", "BayesA", "BayesB", "BayesC", "BL")
CELLS = np.array(["0", "1", "2", "NA"], dtype=object)
SIGNED = np.array(["-1", "0", "1", "NA"], dtype=object)
DOSAGES = {"-1": 0, "0": 1, "1": 2, "NA": -1, "": -1}

SCRIPT = """\
# Written by agrigen: {model} of BGLR on {samples} samples at {markers} markers.
# Run it in this folder: Rscript bglr.R
library(BGLR)
X <- as.matrix(read.csv("genotypes.csv", row.names = 1, check.names = FALSE))
y <- read.csv("records.csv", colClasses = c(id = "character"), check.names = FALSE)
X <- X[match(y$id, rownames(X)), , drop = FALSE]
for (j in seq_len(ncol(X))) X[is.na(X[, j]), j] <- mean(X[, j], na.rm = TRUE)
X <- scale(X, center = TRUE, scale = FALSE)
eta <- list(markers = list(X = X, model = "{model}"))
if (ncol(y) > 2) eta$fixed <- list(X = as.matrix(y[, -(1:2), drop = FALSE]), model = "FIXED")
set.seed({seed})
fit <- BGLR(y = y[[2]], ETA = eta, nIter = {iterations}, burnIn = {burn_in}, thin = {thin},
            saveAt = "bglr_", verbose = FALSE)
write.csv(data.frame(marker = colnames(X), effect = fit$ETA$markers$b, sd = fit$ETA$markers$SD.b),
          "effects.csv", row.names = FALSE)
write.csv(data.frame(id = y$id, value = as.vector(X %*% fit$ETA$markers$b), yhat = fit$yHat),
          "values.csv", row.names = FALSE)
write.csv(data.frame(residual = fit$varE, mean = fit$mu), "variances.csv", row.names = FALSE)
"""


def write_bglr(
    genotypes: Genotypes,
    records: pd.Series,
    folder: str | PathLike[str],
    *,
    covariates: pd.DataFrame | None = None,
    model: str = "BRR",
    iterations: int = 12_000,
    burn_in: int = 2_000,
    thin: int = 5,
    seed: int = 1,
) -> Path:
    """Write genotypes.csv, records.csv and bglr.R, which writes effects.csv, values.csv, ...

    Parameters
    ----------
    genotypes, records
        Samples, and one value for each by id; a missing value is predicted.
    folder
        Where to; it is made.
    covariates
        Numbers of fixed effects, by id.
    model
        "BRR" (SNP-BLUP), "BayesA", "BayesB", "BayesC" or "BL".
    iterations, burn_in, thin, seed
        Of the chain.
    """
    if model not in MODELS:
        message = f"The model {model!r} is not known."
        raise GenotypeError([Problem("model", (), message, f"Give {', '.join(MODELS)}.")])
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    _write_csv(genotypes, path / "genotypes.csv", CELLS)
    table = pd.DataFrame({"y": records.to_numpy(np.float64)}, index=records.index.map(str))
    places(table.index.to_numpy(dtype=object), genotypes.ids, "sample")
    if covariates is not None:
        table = table.join(covariates.set_axis(covariates.index.map(str)))
    table.rename_axis("id").to_csv(path / "records.csv", na_rep="NA", float_format="%.17g")
    samples, markers = genotypes.shape
    chain = {"iterations": int(iterations), "burn_in": int(burn_in), "thin": int(thin)}
    text = SCRIPT.format(model=model, samples=samples, markers=markers, seed=int(seed), **chain)
    (path / "bglr.R").write_text(text, encoding="utf-8")
    return path / "bglr.R"


def read_bglr(folder: str | PathLike[str]) -> dict[str, pd.DataFrame]:
    """The tables that bglr.R wrote: "effects", "values" and "variances"; ids are texts."""
    found = {}
    for name, columns in (("effects", ("marker", "effect", "sd")),
                          ("values", ("id", "value", "yhat")),
                          ("variances", ("residual", "mean"))):  # fmt: skip
        path = Path(folder) / f"{name}.csv"
        header: Sequence[str] = ()
        rows = []
        for number, line in lines(path, 2**16):
            cells = cells_of(path, text_of(path, line, number), number)
            if not header:
                header = cells
            elif len(cells) == len(header):
                rows.append(cells)
            elif cells:
                reason = f"there are {len(cells)} cells; the header has {len(header)}."
                raise refusal(path, reason, "Run bglr.R again.", number)
        if tuple(header) != columns:
            reason = f"its columns are not {', '.join(columns)}."
            raise refusal(path, reason, "Give the folder of bglr.R after it ran.")
        frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
        numbers = [column for column in columns if column not in ("marker", "id")]
        frame[numbers] = frame[numbers].replace("NA", "nan").astype(np.float64)
        found[name] = frame
    return found


def write_rrblup(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Write the matrix that rrBLUP takes: -1, 0 and 1 for no, one and two copies, NA missing."""
    _write_csv(genotypes, Path(path), SIGNED)


def read_rrblup(path: str | PathLike[str], *, markers: MarkerMap | None = None) -> Genotypes:
    """Genotypes of a matrix of -1, 0, 1 with a header; imputed fractions are refused."""
    header: list[str] = []
    ids, rows = [], []
    for number, line in lines(path):
        cells = cells_of(path, text_of(path, line, number), number)
        if not header:
            header = cells
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            reason = f"there are {len(cells)} cells; the header has {len(header)}."
            raise refusal(path, reason, "Give every sample a cell for each marker.", number)
        wrong = next((k for k, cell in enumerate(cells[1:], 1) if cell not in DOSAGES), None)
        if wrong is not None:
            reason = f"sample {cells[0]} has {cells[wrong][:40]!r} at marker {header[wrong]}."
            raise refusal(path, reason, "Give -1, 0, 1 or NA.", number)
        ids.append(cells[0])
        rows.append(np.array([DOSAGES[cell] for cell in cells[1:]], np.int8))
    if not rows:
        raise refusal(path, "it has no samples.", "Give a header and a row for each sample.")
    chip = markers if markers is not None else MarkerMap.of(header[1:])
    return Genotypes.from_dosages(np.stack(rows), ids, chip)


def _write_csv(genotypes: Genotypes, path: Path, cells: np.ndarray) -> None:
    check_names(genotypes, path)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(["id", *genotypes.markers.names]) + "\n")
        for first in range(0, len(genotypes), 256):
            block = genotypes.dosages(slice(first, first + 256))
            for name, dosages in zip(genotypes.ids[first : first + 256], block, strict=True):
                file.write(",".join([name, *cells[dosages]]) + "\n")
