"""Genes beside hits and windows."""

import pandas as pd

from agrigen.errors import DataError, ModelError, Problem
from agrigen.io.gff import Genes


def annotate(hits: pd.DataFrame, genes: Genes, distance: int) -> pd.DataFrame:
    """One row a hit and gene, the nearest gene first; a hit without a gene keeps a row.

    Hits have chromosome, marker and position, or start and stop (behind the last base), as windows
    and clumps.
    """
    if distance < 0:
        text = f"The distance is {distance}."
        raise ModelError([Problem("distance", (), text, "Give base pairs, 0 or more.")])
    _require_common(hits, genes)
    parts = []
    for hit in hits.to_dict("records"):
        found = _beside(hit, genes, distance).rename(
            columns={"start": "gene_start", "stop": "gene_stop"}
        )
        kept = found[["gene", "name", "biotype", "strand", "gene_start", "gene_stop", "distance"]]
        row = pd.DataFrame([hit] * max(1, len(kept)))
        parts.append(pd.concat([row, kept.reset_index(drop=True)], axis=1))
    return pd.concat(parts, ignore_index=True) if parts else hits.copy()


def _beside(hit: dict[str, object], genes: Genes, distance: int) -> pd.DataFrame:
    """Genes of a hit: near its position, or in its window."""
    chromosome = str(hit["chromosome"])
    if "position" in hit and "markers" not in hit:
        return genes.near(chromosome, int(str(hit["position"])), distance)
    start, stop = int(str(hit["start"])), int(str(hit["stop"]))
    found = genes.within(chromosome, start - distance, stop + distance)
    before, behind = start - found["stop"], found["start"] - (stop - 1)
    apart = pd.concat([before, behind], axis=1).max(axis=1).clip(lower=0)
    return found.assign(distance=apart.astype("int64")).sort_values(
        "distance", kind="stable", ignore_index=True
    )


def _require_common(hits: pd.DataFrame, genes: Genes) -> None:
    """Refuse genes that share no chromosome with the hits: other names, or another species."""
    if hits.empty:
        return
    mine = {genes.kind.normalize(str(name)) for name in hits["chromosome"].unique()}
    theirs = list(genes.frame["chromosome"].unique())
    if not mine & set(theirs):
        text = (
            f"The hits are on {', '.join(sorted(mine)[:5])}, the genes on {', '.join(theirs[:5])}."
        )
        remedy = "Read the genes with the species (kind=...), and of the same assembly."
        raise DataError([Problem("chromosomes", (), text, remedy)])
