"""VCF Zarr: genotypes in chunks, as bio2zarr writes and sgkit reads them; and xarray datasets.

The layout: github.com/sgkit-dev/vcf-zarr-spec. REF is the other allele, ALT the counted one. Beside
the layout's own arrays there are sgkit's for families, parents and sexes (sample_family_id, ...).
"""

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from agrigen.errors import NotAvailable, Problem
from agrigen.genotypes import Genotypes, MarkerMap, Samples
from agrigen.io.lines import refusal
from agrigen.io.rows import MarkerRows
from agrigen.provenance import __version__
from agrigen.types import Texts

if TYPE_CHECKING:
    import xarray

VERSION = "0.4"
"""Of the layout."""

CHUNKS = (1_000, 10_000)
"""Variants and samples of a chunk: bio2zarr's."""

PLOIDY = 2
PAIRS = np.array([[0, 0], [0, 1], [1, 1], [-1, -1]], np.int8)
"""Alleles of the dosages 0, 1, 2 and missing, which is last."""

DESCRIBED = ("assembly", "array", "coding", "species")
NO_ALLELE = ("", ".", "N")
Columns = dict[str, tuple[tuple[str, ...], np.ndarray]]
"""Names of arrays, their dimensions and values."""


def write_vcf_zarr(
    genotypes: Genotypes,
    path: str | PathLike[str],
    *,
    chunks: tuple[int, int] = CHUNKS,
) -> None:
    """Write a folder of VCF Zarr, of Zarr's second format; a Zarr of that name is replaced.

    Parameters
    ----------
    genotypes, path
        What to write, and where: a name that ends with .vcz or .zarr.
    chunks
        Variants and samples of a chunk.

    Raises
    ------
    NotAvailable
        If the package zarr is not installed.
    GenotypeError
        If the name is taken by something else.
    """
    zarr = _zarr()
    named = Path(path)
    if named.exists() and not (named / ".zgroup").exists():
        raise refusal(path, "it exists and is no Zarr.", "Give another name.")
    root = zarr.create_group(store=str(named), zarr_format=2, overwrite=True)
    root.attrs.update(_attributes(genotypes))
    for name, (dimensions, values) in _columns(genotypes).items():
        most = dict(zip(("variants", "samples"), chunks, strict=True))
        size = tuple(max(1, min(n, most.get(name, n)))
                     for name, n in zip(dimensions, values.shape, strict=True))  # fmt: skip
        array = _array(root, name, values.shape, size, values.dtype, dimensions)
        array[...] = values
    samples, markers = genotypes.shape
    shape, names = (markers, samples, PLOIDY), ("variants", "samples", "ploidy")
    size = (max(1, min(chunks[0], markers)), max(1, min(chunks[1], samples)), PLOIDY)
    calls = _array(root, "call_genotype", shape, size, np.dtype(np.int8), names)
    masks = _array(root, "call_genotype_mask", shape, size, np.dtype(np.bool_), names)
    phased = _array(
        root, "call_genotype_phased", shape[:2], size[:2], np.dtype(np.bool_), names[:2]
    )
    phased[...] = False
    for places, dosages in genotypes.iter_blocks(size[0]):
        block = PAIRS[dosages.T]
        calls[places] = block
        masks[places] = block < 0
    zarr.consolidate_metadata(str(named), zarr_format=2)


def read_vcf_zarr(
    path: str | PathLike[str], *, multiallelic: str = "refuse", assembly: str = "", array: str = ""
) -> Genotypes:
    """Genotypes of VCF Zarr, a chunk at a time.

    Parameters
    ----------
    path, multiallelic, assembly, array
        As in `read_vcf`.

    Raises
    ------
    NotAvailable
        If the package zarr is not installed.
    GenotypeError
        If it is no VCF Zarr, or variants have more than two alleles.
    """
    zarr = _zarr()
    try:
        root = zarr.open_group(store=str(path), mode="r")
    except (FileNotFoundError, ValueError, OSError, KeyError) as error:
        reason = f"it is no Zarr folder ({type(error).__name__})."
        raise refusal(
            path, reason, "Give a folder that bio2zarr, sgkit or agrigen wrote."
        ) from None
    names = set(root.array_keys())
    return _read(path, root, names, dict(root.attrs), multiallelic, assembly, array)


def to_xarray(genotypes: Genotypes) -> "xarray.Dataset":
    """A dataset in memory with sgkit's names of variables; two bytes a genotype.

    For sets larger than memory write Zarr and open that: `sgkit.load_dataset("chip.vcz")`.
    """
    library = _package("xarray")
    calls = PAIRS[genotypes.dosages().T]
    dimensions = ("variants", "samples", "ploidy")
    variables = {
        **_columns(genotypes),
        "call_genotype": (dimensions, calls),
        "call_genotype_mask": (dimensions, calls < 0),
        "call_genotype_phased": (dimensions[:2], np.zeros(calls.shape[:2], bool)),
    }
    return cast("xarray.Dataset", library.Dataset(variables, attrs=_attributes(genotypes)))


def from_xarray(
    dataset: "xarray.Dataset", *, multiallelic: str = "refuse", assembly: str = "", array: str = ""
) -> Genotypes:
    """Genotypes of a dataset with sgkit's variables; Dask arrays are computed by blocks."""
    _package("xarray")
    names = set(map(str, dataset.variables))
    attributes = {str(name): value for name, value in dataset.attrs.items()}
    return _read("dataset", dataset, names, attributes, multiallelic, assembly, array)


def _package(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        message = f"This needs the package {name}, which is not installed."
        remedy = "Install it: pip install 'agrigen[zarr]'."
        raise NotAvailable([Problem("not_installed", (), message, remedy)]) from None


def _zarr() -> Any:
    zarr = _package("zarr")
    if int(zarr.__version__.split(".")[0]) < 3:
        message = f"This needs version 3 of the package zarr; {zarr.__version__} is installed."
        remedy = "Keep sgkit 0.10, which needs version 2, in an environment of its own."
        raise NotAvailable([Problem("not_installed", (), message, remedy)])
    return zarr


def _array(
    root: Any, name: str, shape: tuple[int, ...], chunks: tuple[int, ...], dtype: Any,
    dimensions: tuple[str, ...],
) -> Any:  # fmt: skip
    kind = str if dtype.kind == "O" else dtype
    array = root.create_array(
        name, shape=shape, chunks=chunks, dtype=kind,
        fill_value=None,  # xarray would read it as missing
        config={"write_empty_chunks": True},  # without a fill value nobody can tell their content
    )  # fmt: skip
    array.attrs["_ARRAY_DIMENSIONS"] = list(dimensions)
    return array


def _attributes(genotypes: Genotypes) -> dict[str, Any]:
    markers = genotypes.markers
    known = {name: getattr(markers, name) for name in DESCRIBED if getattr(markers, name)}
    meta = "##fileformat=VCFv4.2\n"
    if markers.assembly:
        meta += f"##reference={markers.assembly}\n"
    meta += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    return {
        "vcf_zarr_version": VERSION, "source": f"agrigen-{__version__}",
        "vcf_meta_information": [line.strip("#").split("=", 1) for line in meta.splitlines()],
        "agrigen": known,
    }  # fmt: skip


def _columns(genotypes: Genotypes) -> Columns:
    """All arrays but the genotypes."""
    markers, samples = genotypes.markers, genotypes.samples
    codes, contigs = pd.factorize(markers.chromosomes)
    alleles = np.empty((len(markers), 2), dtype=object)
    alleles[:, 0] = np.where(markers.other == "0", "N", markers.other)
    alleles[:, 1] = np.where(markers.counted == "0", "", markers.counted)
    quality = np.full(len(markers), np.nan, np.float32)
    return {
        "contig_id": (("contigs",), np.asarray(contigs, dtype=object)),
        "filter_id": (("filters",), np.array(["PASS"], dtype=object)),
        "sample_id": (("samples",), np.array(samples.ids)),
        "sample_family_id": (("samples",), np.array(samples.family)),
        "sample_paternal_id": (("samples",), np.array(samples.sire)),
        "sample_maternal_id": (("samples",), np.array(samples.dam)),
        "sample_sex": (("samples",), np.array(samples.sex)),
        "variant_contig": (("variants",), codes.astype(np.int32)),
        "variant_position": (("variants",), np.array(markers.positions, np.int32)),
        "variant_id": (("variants",), np.array(markers.names)),
        "variant_id_mask": (("variants",), np.zeros(len(markers), bool)),
        "variant_allele": (("variants", "alleles"), alleles),
        "variant_quality": (("variants",), quality),
        "variant_filter": (("variants", "filters"), np.zeros((len(markers), 1), bool)),
        "variant_strand": (("variants",), np.array(markers.strands)),
        "variant_centimorgan": (("variants",), np.array(markers.centimorgans)),
    }  # fmt: skip


def _read(
    path: str | PathLike[str], source: Any, names: set[str], attributes: Mapping[str, Any],
    multiallelic: str, assembly: str, array: str,
) -> Genotypes:  # fmt: skip
    needed = {"call_genotype", "variant_contig", "variant_position", "variant_allele", "sample_id"}
    if missing := sorted(needed - names):
        reason = f"it has no array {', '.join(missing)}."
        raise refusal(path, reason, "Give a VCF Zarr or a dataset with sgkit's variables.")
    if multiallelic not in ("refuse", "skip"):
        reason = f"multiallelic={multiallelic!r} is not known."
        raise refusal(path, reason, 'Give "refuse" or "skip".')
    kept, counted, other = _alleles(path, source, multiallelic)
    shape = source["call_genotype"].shape
    ids = _texts(source["sample_id"])
    if len(shape) != 3 or shape[:2] != (kept.size, ids.size) or shape[2] not in (1, PLOIDY):
        reason = f"call_genotype has the shape {tuple(shape)} for {ids.size:,} samples at "
        reason += f"{kept.size:,} variants."
        raise refusal(path, reason, "Give diploid genotypes, variants x samples x 2.")
    rows = MarkerRows(ids.size)
    for places, block in _blocks(source["call_genotype"]):
        for dosages in _dosages(block)[kept[places]]:
            rows.add(dosages)
    known = dict(attributes.get("agrigen") or {})
    told = {name: str(known.get(name, "")) for name in DESCRIBED}
    told["assembly"], told["array"] = assembly or told["assembly"], array or told["array"]
    markers = _markers(source, names, attributes, kept, counted, other)
    made = MarkerMap.of(markers.pop("names"), **markers, **told)
    return Genotypes(rows.packed(), _samples(source, names, ids), made)


def _blocks(calls: Any) -> Iterator[tuple[slice, np.ndarray]]:
    for first in range(0, calls.shape[0], CHUNKS[0]):
        places = slice(first, min(first + CHUNKS[0], calls.shape[0]))
        yield places, np.asarray(calls[places])


def _dosages(block: np.ndarray) -> np.ndarray:
    """Copies of ALT; one missing allele makes a genotype missing, a single one counts twice."""
    first, second = block[:, :, 0], block[:, :, -1]
    second = np.where(second == -2, first, second)
    known = (first >= 0) & (second >= 0)
    copies = (first > 0).astype(np.int8) + (second > 0)
    return np.where(known, copies, -1).astype(np.int8)


def _alleles(
    path: str | PathLike[str], source: Any, action: str
) -> tuple[np.ndarray, Texts, Texts]:
    """Which variants have two alleles, and these."""
    alleles = _texts(source["variant_allele"])
    more = np.zeros(len(alleles), bool)
    if alleles.shape[1] > 2:
        more = ~np.isin(alleles[:, 2].astype(str), ("", "."))
    if more.any() and action == "refuse":
        reason = f"{int(more.sum()):,} variants have more than two alleles."
        raise refusal(path, reason, 'Split them before, or read with multiallelic="skip".')
    other, counted = (
        np.where(np.isin(alleles[:, k].astype(str), NO_ALLELE), "0", alleles[:, k])
        if alleles.shape[1] > k else np.full(len(alleles), "0", dtype=object)
        for k in (0, 1)
    )  # fmt: skip
    return ~more, counted, other


def _markers(
    source: Any, names: set[str], attributes: Mapping[str, Any], kept: np.ndarray,
    counted: Texts, other: Texts,
) -> dict[str, Any]:  # fmt: skip
    contigs = (_texts(source["contig_id"]) if "contig_id" in names
               else np.array(attributes.get("contigs", []), dtype=object))  # fmt: skip
    chromosomes = contigs[_values(source["variant_contig"])]
    positions = _values(source["variant_position"]).astype(np.int64)
    found = _texts(source["variant_id"]) if "variant_id" in names else np.full(kept.size, ".")
    named = np.array(found, dtype=object)
    for place in np.flatnonzero(np.isin(named.astype(str), ("", "."))):
        named[place] = f"{chromosomes[place]}:{positions[place]}"
    columns = {"names": named, "chromosomes": chromosomes, "positions": positions,
               "counted": counted, "other": other}  # fmt: skip
    if "variant_strand" in names:
        columns["strands"] = _texts(source["variant_strand"])
    if "variant_centimorgan" in names:
        columns["centimorgans"] = _values(source["variant_centimorgan"])
    return {name: column[kept] for name, column in columns.items()}


def _samples(source: Any, names: set[str], ids: Texts) -> Samples:
    given = {"family": "sample_family_id", "sire": "sample_paternal_id",
             "dam": "sample_maternal_id"}  # fmt: skip
    columns: dict[str, Any] = {
        name: _texts(source[array]) for name, array in given.items() if array in names
    }
    if "sample_sex" in names:
        columns["sex"] = _values(source["sample_sex"])
    return Samples.of(ids, **columns)


def _values(array: Any) -> np.ndarray:
    return np.asarray(array[...])


def _texts(array: Any) -> Texts:
    """Texts, whether they are kept as objects, as letters of fixed number, or as bytes."""
    values = _values(array)
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    texts = values.astype(object)
    flat = np.array([str(value) for value in texts.ravel()], dtype=object)
    return flat.reshape(texts.shape)
