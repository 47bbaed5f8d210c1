"""Genotypes in the object store: what goes in comes out, and only what is asked for is read."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from hub.errors import Unavailable
from hub.genotypes import store
from hub.genotypes.store import StoredGenotypes
from hub.storage.objects import FolderObjects, sha256


class Counting(FolderObjects):
    """A folder that remembers what was read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[str] = []

    def get(self, digest: str) -> bytes:
        self.read.append(digest)
        return super().get(digest)


def random(samples: int, markers: int, seed: int = 1) -> ag.Genotypes:
    rng = np.random.default_rng(seed)
    dosages = rng.integers(-1, 3, (samples, markers)).astype(np.int8)
    return ag.Genotypes.from_dosages(dosages, [f"s{i}" for i in range(samples)])


@pytest.fixture(scope="module")
def wide() -> ag.Genotypes:
    """More than two chunks in both directions, and no multiple of four."""
    return random(2 * store.CHUNK_SAMPLES + 3, 2 * store.CHUNK_MARKERS + 5)


@pytest.fixture(scope="module")
def stored(
    wide: ag.Genotypes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Counting, dict[str, str]]:
    objects = Counting(tmp_path_factory.mktemp("objects"))
    return objects, store.put(objects, wide)


def test_genotypes_come_back_as_they_were(
    wide: ag.Genotypes, stored: tuple[Counting, dict[str, str]]
) -> None:
    found = StoredGenotypes.open(*stored).genotypes()
    assert found.sha256 == wide.sha256
    assert (found.packed == wide.packed).all()


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_part_equals_slicing_the_whole(
    wide: ag.Genotypes, stored: tuple[Counting, dict[str, str]], data: st.DataObject
) -> None:
    rows, columns = (
        np.array(sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=9))))
        for n in wide.shape
    )
    part = StoredGenotypes.open(*stored).genotypes(rows, columns)
    assert part.sha256 == wide[rows, columns].sha256
    whole_width = StoredGenotypes.open(*stored).genotypes(None, columns)
    assert (whole_width.dosages() == wide.dosages(markers=columns)).all()


def test_an_animal_is_read_from_one_column_of_chunks_and_a_region_from_one_row(
    wide: ag.Genotypes, stored: tuple[Counting, dict[str, str]]
) -> None:
    objects, digests = stored
    manifest = json.loads(objects.get(digests[store.MANIFEST]))
    tables = {digests[store.MANIFEST], *manifest["tables"].values()}
    for part, chunks in (
        (([5], None), {row[0] for row in manifest["chunks"]}),
        ((None, [store.CHUNK_MARKERS]), set(manifest["chunks"][1])),
        (([5], [0]), {manifest["chunks"][0][0]}),
    ):
        objects.read.clear()
        StoredGenotypes.open(objects, digests).genotypes(*part)
        assert set(objects.read) - tables == chunks


def test_equal_genotypes_are_the_same_objects(
    wide: ag.Genotypes, stored: tuple[Counting, dict[str, str]]
) -> None:
    objects, digests = stored
    again = ag.Genotypes.from_dosages(wide.dosages(), wide.ids, wide.markers)
    assert store.put(objects, again) == digests


def test_chunks_that_are_shared_are_kept_once(tmp_path: Path, wide: ag.Genotypes) -> None:
    objects = FolderObjects(tmp_path)
    store.put(objects, wide)
    before = sum(1 for path in tmp_path.rglob("*") if path.is_file())
    store.put(objects, wide[: store.CHUNK_SAMPLES])  # its chunks are the first column of the other
    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) == before + 2


def test_bits_beyond_the_last_sample_make_no_difference(tmp_path: Path) -> None:
    clean = random(5, 3)
    dirty = clean.packed.copy()
    dirty[:, -1] |= 0b11000000
    objects = FolderObjects(tmp_path)
    other = ag.Genotypes(dirty, clean.samples, clean.markers)
    assert store.put(objects, other) == store.put(objects, clean)


def test_a_damaged_chunk_is_never_computed_with(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    digests = store.put(objects, random(8, 10))
    manifest = json.loads(objects.get(digests[store.MANIFEST]))
    chunk = manifest["chunks"][0][0]
    path = tmp_path / "v1" / chunk[:2] / chunk
    path.write_bytes(b"\x00" + path.read_bytes()[1:])
    assert sha256(path.read_bytes()) != chunk
    with pytest.raises(Unavailable, match="damaged"):
        StoredGenotypes.open(objects, digests).genotypes()
