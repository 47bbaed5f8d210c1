"""VCF Zarr and xarray: written as sgkit reads it, read as bio2zarr and sgkit write it."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import agrigen as ag
from agrigen.errors import NotAvailable
from agrigen.io import vcf_zarr


def flock(samples: int = 30, markers: int = 70) -> ag.Genotypes:
    rng = np.random.default_rng(6)
    chip = ag.MarkerMap.of(
        [f"rs{k}" for k in range(markers)], chromosomes=["1"] * 40 + ["X"] * (markers - 40),
        positions=np.arange(1, markers + 1), counted=["G"] * (markers - 1) + ["0"],
        other=["A"] * markers, strands=["+"] * markers, assembly="Oar_v4.0", coding="PLUS",
        array="OvineSNP50", species="sheep",
    )  # fmt: skip
    dosages = rng.integers(-1, 3, (samples, markers))
    dosages[:, -1] = 0
    who = ag.genotypes.Samples.of([f"S{k}" for k in range(samples)], sex=np.arange(samples) % 3,
                                  sire=["S0"] * samples, family=["F"] * samples)  # fmt: skip
    return ag.Genotypes.from_dosages(dosages, who, chip)


@pytest.mark.parametrize("chunks", [(1000, 10_000), (7, 4)])
@pytest.mark.parametrize("ending", ["vcz", "zarr"])
def test_what_is_written_as_zarr_is_read_again(
    chunks: tuple[int, int], ending: str, tmp_path: Path
) -> None:
    written = flock()
    written.write(tmp_path / f"chip.{ending}", chunks=chunks)
    read = ag.Genotypes.read(tmp_path / f"chip.{ending}")
    assert read.sha256 == written.sha256
    assert read.markers.to_frame().equals(written.markers.to_frame())
    for name in ("assembly", "array", "coding", "species"):
        assert getattr(read.markers, name) == getattr(written.markers, name)
    assert np.array_equal(read.samples.sex, written.samples.sex)
    assert read.samples.sire.tolist() == written.samples.sire.tolist()


def test_the_layout_is_that_of_bio2zarr(tmp_path: Path) -> None:
    flock().write(tmp_path / "chip.vcz", chunks=(16, 8))
    root = zarr.open_group(str(tmp_path / "chip.vcz"), mode="r")
    assert root.attrs["vcf_zarr_version"] == "0.4"
    calls = root["call_genotype"]
    assert (calls.shape, calls.chunks, calls.dtype) == ((70, 30, 2), (16, 8, 2), np.dtype("i1"))
    assert len(list((tmp_path / "chip.vcz/variant_contig").glob("[0-9]*"))) == 5
    assert calls.attrs["_ARRAY_DIMENSIONS"] == ["variants", "samples", "ploidy"]
    assert root["contig_id"][...].tolist() == ["1", "X"]
    assert root["variant_allele"][0].tolist() == ["A", "G"]
    assert root["variant_allele"][69].tolist() == ["A", ""]
    opened = xr.open_zarr(tmp_path / "chip.vcz", chunks=None)
    assert opened["call_genotype"].dtype == np.int8
    dosages = np.where(opened["call_genotype_mask"].any("ploidy"), -1,
                       opened["call_genotype"].sum("ploidy"))  # fmt: skip
    assert np.array_equal(dosages.T, flock().dosages())


def test_a_dataset_of_xarray_is_made_and_read() -> None:
    written = flock()
    dataset = written.to_xarray()
    assert dict(dataset.sizes) == {"contigs": 2, "filters": 1, "samples": 30, "variants": 70,
                                   "alleles": 2, "ploidy": 2}  # fmt: skip
    assert ag.Genotypes.from_xarray(dataset).sha256 == written.sha256
    part = dataset.isel(variants=slice(3, 9), samples=[4, 2])
    assert ag.Genotypes.from_xarray(part).sha256 == written[[4, 2], 3:9].sha256


def foreign(calls: list[list[list[int]]], alleles: list[list[bytes]]) -> xr.Dataset:
    """As sgkit simulates: bytes for alleles, contigs among the attributes, no ids of variants."""
    size = len(calls)
    return xr.Dataset(
        {
            "call_genotype": (("variants", "samples", "ploidy"), np.array(calls, np.int8)),
            "variant_contig": (("variants",), np.zeros(size, np.int64)),
            "variant_position": (("variants",), np.arange(5, 5 + size)),
            "variant_allele": (("variants", "alleles"), np.array(alleles, dtype="S3")),
            "sample_id": (("samples",), np.array(["a", "b", "c"])),
        },
        attrs={"contigs": ["OAR1"]},
    )


def test_half_calls_are_missing_and_single_alleles_count_twice() -> None:
    data = foreign([[[0, 1], [1, -1], [1, -2]], [[-1, -1], [0, -2], [1, 1]]], [[b"A", b"G"]] * 2)
    read = ag.Genotypes.from_xarray(data)
    assert read.dosages().T.tolist() == [[1, -1, 2], [-1, 0, 2]]
    assert read.markers.names.tolist() == ["OAR1:5", "OAR1:6"]
    assert (read.markers.counted[0], read.markers.other[0]) == ("G", "A")


def test_variants_of_three_alleles_are_refused_or_left_out() -> None:
    calls = [[[0, 1], [1, 1], [0, 0]], [[0, 2], [1, 2], [0, 0]]]
    data = foreign(calls, [[b"A", b"G", b""], [b"A", b"G", b"T"]])
    with pytest.raises(ag.GenotypeError, match="1 variants have more than two alleles"):
        ag.Genotypes.from_xarray(data)
    assert ag.Genotypes.from_xarray(data, multiallelic="skip").shape == (3, 1)


def test_what_is_no_vcf_zarr_is_named(tmp_path: Path) -> None:
    with pytest.raises(ag.GenotypeError, match="it is no Zarr folder"):
        ag.Genotypes.read(tmp_path / "none.vcz")
    zarr.create_group(str(tmp_path / "empty.zarr"), zarr_format=2)
    with pytest.raises(ag.GenotypeError, match="it has no array call_genotype, sample_id, variant"):
        ag.Genotypes.read(tmp_path / "empty.zarr")
    with pytest.raises(ag.GenotypeError, match="it has no array call_genotype"):
        ag.Genotypes.from_xarray(xr.Dataset())
    (tmp_path / "taken.zarr").mkdir()
    with pytest.raises(ag.GenotypeError, match="it exists and is no Zarr"):
        flock().write(tmp_path / "taken.zarr")
    data = foreign([[[0, 1, 1]] * 3], [[b"A", b"G"]])
    with pytest.raises(ag.GenotypeError, match=r"the shape \(1, 3, 3\) for 3 samples"):
        ag.Genotypes.from_xarray(data)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAvailable, match=r"needs the package zarr2000.*pip install"):
        vcf_zarr._package("zarr2000")
    monkeypatch.setattr(zarr, "__version__", "2.18.7")
    with pytest.raises(NotAvailable, match=r"version 3 of the package zarr; 2\.18\.7 is installed"):
        flock().write("a.vcz")


SGKIT = """
import sys, numpy as np, sgkit
data = sgkit.load_dataset(sys.argv[1])
stats = sgkit.variant_stats(data)
np.save(sys.argv[2], stats["variant_allele_frequency"].values)
sgkit.save_dataset(data, sys.argv[3])
"""


def test_sgkit_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    python = os.environ.get("AGRIGEN_SGKIT_PYTHON")
    if not python:
        pytest.skip("AGRIGEN_SGKIT_PYTHON names no Python with sgkit (it needs zarr 2)")
    written = flock()
    written.write(tmp_path / "chip.vcz", chunks=(16, 8))
    paths = [str(tmp_path / name) for name in ("chip.vcz", "frequencies.npy", "again.vcz")]
    subprocess.run([python, "-c", SGKIT, *paths], check=True, timeout=300)
    frequencies = np.load(tmp_path / "frequencies.npy")[:, 1]
    assert np.allclose(frequencies, written.frequencies(), rtol=0, atol=1e-12)
    assert ag.Genotypes.read(tmp_path / "again.vcz").sha256 == written.sha256


def test_sgkit_takes_our_dataset_and_finds_our_relationships() -> None:
    sgkit = pytest.importorskip("sgkit")
    written = flock()[:, :69]
    found = sgkit.variant_stats(written.to_xarray())["variant_allele_frequency"].values[:, 1]
    assert np.allclose(found, written.frequencies(), rtol=0, atol=1e-12)
