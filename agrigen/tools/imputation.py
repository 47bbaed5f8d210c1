"""Programs that impute by haplotypes and pedigrees: AlphaPeel, AlphaImpute2 and Beagle.

Each gets files with numbers for animals and runs chromosome by chromosome; what was observed stays
as it was. Markers without a chromosome stay missing where others have one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agrigen.citations import Citation
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.imputation import Imputed, filled
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.products import missing_list
from agrigen.genotypes.recorded import recorded
from agrigen.tools.runner import LIMIT, ToolError, folder, run
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.pedigree import Pedigree

Work = Callable[[Path, Genotypes], Floats]
"""Probabilities of 0, 1 and 2 copies, shape (samples, markers, 3), from files in a folder."""

WHALEN_2018 = Citation(
    "Whalen A, Ros-Freixedes R, Wilson DL, Gorjanc G, Hickey JM",
    2018,
    "Hybrid peeling for fast and accurate calling, phasing, and imputation with sequence data of "
    "any coverage in pedigrees. Genet Sel Evol 50:67",
    "10.1186/s12711-018-0438-2",
    "AlphaPeel",
)
WHALEN_2020 = Citation(
    "Whalen A, Hickey JM",
    2020,
    "AlphaImpute2: fast and accurate pedigree and population based imputation for hundreds of "
    "thousands of individuals in livestock populations. bioRxiv",
    "10.1101/2020.09.16.299677",
    "AlphaImpute2",
)
BROWNING_2018 = Citation(
    "Browning BL, Zhou Y, Browning SR",
    2018,
    "A one-penny imputed genome from next-generation reference panels. Am J Hum Genet 103:338",
    "10.1016/j.ajhg.2018.07.015",
    "Beagle",
)


def alphapeel(
    genotypes: Genotypes,
    pedigree: "Pedigree | None" = None,
    *,
    cycles: int = 5,
    error: float = 0.001,
    morgans: float = 1.0,
    certainty: float = 0.0,
    limit: float = LIMIT,
) -> Imputed:
    """Fill by multi-locus peeling over the pedigree with AlphaPeel.

    Parameters
    ----------
    pedigree
        Parents; those of the samples (a .fam file) without it.
    cycles, error, morgans
        Cycles of peeling, share of wrong genotypes, and length of a chromosome.
    certainty
        Genotypes whose probability is below stay missing.
    limit
        Seconds until a chromosome is given up.

    Raises
    ------
    NotAvailable, ToolError
        If AlphaPeel is not installed, fails, or takes longer.
    """
    options = ["-method", "multi", "-n_cycle", str(cycles), "-geno_error_prob", str(error),
               "-rec_length", str(morgans), "-geno_prob", "-no_dosage",
               "-out_id_only", "-out_file", "out"]  # fmt: skip

    def peel(place: Path, part: Genotypes) -> Floats:
        run("AlphaPeel", ["-geno_file", "genotypes.txt", "-ped_file", "pedigree.txt", *options],
            place, limit=limit)  # fmt: skip
        rows = _rows(place / "out.geno_prob.txt", len(part), 3)
        found = np.array([rows[str(k + 1)] for k in range(len(part))])
        return np.moveaxis(found, 1, 2)

    return _by_chromosome(genotypes, "AlphaPeel", peel, pedigree, certainty, WHALEN_2018)


def alphaimpute2(
    genotypes: Genotypes,
    pedigree: "Pedigree | None" = None,
    *,
    error: float = 0.01,
    morgans: float = 1.0,
    population: bool = True,
    seed: int = 1,
    limit: float = LIMIT,
) -> Imputed:
    """Fill by pedigree and population haplotypes with AlphaImpute2.

    It gives genotypes without probabilities; what it does not call stays missing.

    Parameters
    ----------
    pedigree
        Parents; those of the samples (a .fam file) without it.
    error, morgans
        Share of wrong genotypes, and length of a chromosome.
    population
        Use haplotypes of the population too, and not the pedigree alone.
    seed, limit
        Of random numbers; seconds until a chromosome is given up.

    Raises
    ------
    NotAvailable, ToolError
        If AlphaImpute2 is not installed, fails, or takes longer.
    """
    options = ["-error", str(error), "-length", str(morgans), "-seed", str(seed),
               *([] if population else ["-ped_only"]), "-out", "out"]  # fmt: skip

    def fill(place: Path, part: Genotypes) -> Floats:
        run("AlphaImpute2", ["-genotypes", "genotypes.txt", "-pedigree", "pedigree.txt", *options],
            place, limit=limit)  # fmt: skip
        return _calls(place / "out.genotypes", len(part))

    return _by_chromosome(genotypes, "AlphaImpute2", fill, pedigree, 0.0, WHALEN_2020)


def beagle(
    genotypes: Genotypes, *, seed: int = 1, threads: int = 2, limit: float = LIMIT
) -> Imputed:
    """Fill by haplotypes of the population with Beagle 5; the pedigree is not used.

    Raises
    ------
    NotAvailable, ToolError
        If `beagle` (a command that starts its jar) is not installed, fails, or takes longer.
    """

    def phase(place: Path, part: Genotypes) -> Floats:
        _as_vcf(part).write(place / "in.vcf")
        run("beagle", ["gt=in.vcf", "out=out", f"seed={seed}", f"nthreads={threads}"], place,
            limit=limit)  # fmt: skip
        found = Genotypes.read(place / "out.vcf.gz")
        return _of_dosage(found.dosages().astype(np.float64))

    return _by_chromosome(genotypes, "beagle", phase, None, 0.0, BROWNING_2018, related=False)


def _by_chromosome(
    genotypes: Genotypes, program: str, work: Work, pedigree: "Pedigree | None", certainty: float,
    citation: Citation, *, related: bool = True,
) -> Imputed:  # fmt: skip
    """Probabilities of missing genotypes from work(folder, genotypes of a chromosome)."""
    start, sample = missing_list(genotypes)
    marker = np.repeat(np.arange(start.size - 1), np.diff(start))
    found = np.full((sample.size, 3), np.nan)
    for places in _chromosomes(genotypes.markers):
        part = genotypes[:, places]
        inside = np.flatnonzero(np.isin(marker, places))
        if not inside.size:
            continue
        with folder() as place:
            if related:
                _write_files(place, part, pedigree)
            probability = _checked(work(place, part), part, program)
        column = np.empty(start.size - 1, np.int64)
        column[places] = np.arange(places.size)
        found[inside] = probability[sample[inside], column[marker[inside]]]
    return filled(
        genotypes, program, sample.astype(np.int64), marker, found, certainty, (citation,)
    )


def _chromosomes(markers: MarkerMap) -> list[Integers]:
    """Places of the markers of each chromosome, by position."""
    names = markers.chromosome_names or ["0"]
    places = [np.flatnonzero(markers.chromosomes == name) for name in names]
    return [own[np.argsort(markers.positions[own], kind="stable")] for own in places]


def _write_files(place: Path, part: Genotypes, pedigree: "Pedigree | None") -> None:
    """Genotypes (9 is missing) and pedigree with numbers for animals; samples come first."""
    dosages = part.dosages()
    cells = np.where(dosages < 0, 9, dosages).astype("U1")
    with (place / "genotypes.txt").open("w", encoding="utf-8") as file:
        for k, row in enumerate(cells, 1):
            file.write(f"{k} {' '.join(row)}\n")
    trios = _trios(part, pedigree)
    number = {name: str(k) for k, name in enumerate(part.ids, 1)}
    for name, *_ in trios:
        number.setdefault(name, str(len(number) + 1))
    number[""] = "0"
    lines = [" ".join(number.get(name, "0") for name in trio) for trio in trios]
    (place / "pedigree.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _trios(part: Genotypes, pedigree: "Pedigree | None") -> list[tuple[str, str, str]]:
    """Animal, sire and dam of samples and of everybody else in the pedigree."""
    if pedigree is None:
        said = recorded(part, None)
        known = set(part.ids)
        return [
            (str(name), str(sire) if sire in known else "", str(dam) if dam in known else "")
            for name, (sire, dam) in zip(part.ids, said.names, strict=True)
        ]
    ids = np.append(pedigree.ids, "")
    trios = [
        (str(ids[k]), str(ids[pedigree.sire[k]]), str(ids[pedigree.dam[k]]))
        for k in range(len(pedigree))
    ]
    inside = {name for name, *_ in trios}
    return trios + [(str(name), "", "") for name in part.ids if name not in inside]


def _as_vcf(part: Genotypes) -> Genotypes:
    """The same with numbers for samples and markers, alleles A and G, and rising positions."""
    size = len(part.markers)
    positions = np.maximum(part.markers.positions, 1)
    rising = np.maximum.accumulate(positions - np.arange(size)) + np.arange(size)
    markers = MarkerMap.of(
        [f"m{k}" for k in range(size)], chromosomes=["1"] * size, positions=rising,
        counted=["A"] * size, other=["G"] * size,
    )  # fmt: skip
    return Genotypes(part.packed, [f"s{k}" for k in range(len(part))], markers)


def _rows(path: Path, samples: int, lines: int) -> dict[str, list[Floats]]:
    """Numbers of each animal, several lines of an animal in their order."""
    if not path.exists():
        raise ToolError(f"The program ended without an error but wrote no {path.name}.")
    rows: dict[str, list[Floats]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            name, _, rest = line.partition(" ")
            if rest:
                rows.setdefault(name, []).append(np.array(rest.split(), dtype=np.float64))
    absent = [k for k in range(1, samples + 1) if len(rows.get(str(k), ())) != lines]
    if absent:
        raise ToolError(f"{path.name} has not {lines} lines of each of {samples} animals.")
    return rows


def _calls(path: Path, samples: int) -> Floats:
    """Certain genotypes of a file of 0, 1 and 2; nan where it says 9."""
    rows = _rows(path, samples, 1)
    copies = np.array([rows[str(k + 1)][0] for k in range(samples)])
    found = _of_dosage(np.where(copies > 2, 0.0, copies))
    found[copies > 2] = np.nan
    return found


def _of_dosage(dosage: Floats) -> Floats:
    """Probabilities of the two genotypes beside an expected number of copies."""
    low = np.clip(np.floor(dosage), 0, 1)
    up = np.clip(dosage - low, 0.0, 1.0)
    out = np.zeros((*dosage.shape, 3))
    np.put_along_axis(out, low[..., None].astype(np.int64), (1 - up)[..., None], axis=-1)
    np.put_along_axis(out, low[..., None].astype(np.int64) + 1, up[..., None], axis=-1)
    return out


def _checked(probability: Floats, part: Genotypes, program: str) -> Floats:
    """Refuse what has another shape than the genotypes."""
    if probability.shape != (*part.shape, 3):
        text = f"{program} gave {probability.shape[:2]} genotypes for {part.shape}."
        remedy = "Check the version of the program; report this if it is a current one."
        raise GenotypeError([Problem("shape", (), text, remedy)])
    return probability
