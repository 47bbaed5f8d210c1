"""Packed genotypes against plain arrays of dosages."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.genotypes import Samples
from agrigen.genotypes.products import CenteredGenotypes

SHAPES = [(1, 1), (3, 5), (4, 2), (33, 65), (131, 300), (2050, 70)]


def dosages(samples: int, markers: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 3, (samples, markers)).astype(np.int8)


def genotypes(array: np.ndarray) -> ag.Genotypes:
    return ag.Genotypes.from_dosages(array, [f"a{i}" for i in range(len(array))])


@pytest.mark.parametrize("shape", SHAPES)
def test_dosages_come_back_as_they_went_in(shape: tuple[int, int]) -> None:
    array = dosages(*shape)
    packed = genotypes(array)
    assert packed.shape == shape
    assert np.array_equal(packed.dosages(), array)
    expected = np.where(array < 0, np.nan, array)
    for kind in (np.float32, np.float64):
        assert np.array_equal(packed.dosages(dtype=kind), expected, equal_nan=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_counts_of_markers_and_samples_are_those_of_the_dosages(shape: tuple[int, int]) -> None:
    array = dosages(*shape)
    packed = genotypes(array)
    for counts, axis in ((packed.counts(), 0), (packed.sample_counts(), 1)):
        expected = [(array == dosage).sum(axis=axis) for dosage in (2, 1, 0, -1)]
        assert np.array_equal(counts, np.stack(expected, axis=1))


def test_counts_of_a_thousand_markers_do_not_overflow_a_byte() -> None:
    array = np.full((5, 1000), 1, np.int8)
    assert genotypes(array).sample_counts().tolist() == [[0, 1000, 0, 0]] * 5


@pytest.mark.parametrize("start", [0, 1, 4, 31])
def test_slices_masks_places_and_names_choose_the_same_samples(start: int) -> None:
    array = dosages(60, 40)
    packed = genotypes(array)
    places = np.arange(start, 50)
    mask = np.zeros(60, np.bool_)
    mask[places] = True
    names = [f"a{place}" for place in places]
    for key in (slice(start, 50), places, mask, names, list(places)):
        chosen = packed[key, 3:9]
        assert list(chosen.ids) == names
        assert list(chosen.markers.names) == [str(k) for k in range(4, 10)]
        assert np.array_equal(chosen.dosages(), array[start:50, 3:9])
        assert chosen.counts()[:, 3].tolist() == (array[start:50, 3:9] < 0).sum(axis=0).tolist()


def test_any_order_of_samples_and_markers_can_be_asked() -> None:
    array = dosages(37, 29)
    rows, columns = np.random.default_rng(2).permutation(37), np.arange(28, -1, -2)
    chosen = genotypes(array)[rows, columns]
    assert np.array_equal(chosen.dosages(), array[np.ix_(rows, columns)])
    assert np.array_equal(genotypes(array)["a5"].dosages()[0], array[5])
    assert np.array_equal(genotypes(array)[-1, -2:].dosages()[0], array[-1, -2:])


def test_blocks_cover_every_marker_once() -> None:
    array = dosages(10, 25)
    parts = [block for _, block in genotypes(array).iter_blocks(7)]
    assert np.array_equal(np.concatenate(parts, axis=1), array)


def test_frequencies_leave_missing_out() -> None:
    packed = genotypes(np.array([[2, -1], [1, -1], [-1, -1]], np.int8))
    assert packed.frequencies()[0] == 0.75
    assert np.isnan(packed.frequencies()[1])


def test_the_hash_tells_contents_apart_and_not_what_follows_the_last_sample() -> None:
    array = dosages(6, 8)
    packed = genotypes(array)
    dirty = packed.packed.copy()
    dirty[:, -1] |= 0xF0
    assert ag.Genotypes(dirty, packed.samples, packed.markers).sha256 == packed.sha256
    array[2, 3] = 2 if array[2, 3] != 2 else 0
    assert genotypes(array).sha256 != packed.sha256


def test_genotypes_cannot_be_written() -> None:
    packed = genotypes(dosages(5, 5))
    with pytest.raises(ValueError, match="read-only"):
        packed.packed[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        packed.ids[0] = "b"


def test_a_description_fits_a_screen() -> None:
    text = repr(genotypes(dosages(300, 500)))
    assert text.startswith("Genotypes of 300 samples at 500 markers")
    assert len(text.splitlines()) == 3


@pytest.mark.parametrize("value", [0.5, 3, -2, np.inf])
def test_a_value_that_is_no_dosage_is_named_with_its_sample_and_marker(value: float) -> None:
    array = np.zeros((70, 3))
    array[68, 1] = value
    with pytest.raises(ag.GenotypeError, match=r"Sample a68 has .* at marker 2; dosages are"):
        genotypes(array)


def test_samples_and_markers_stand_once() -> None:
    with pytest.raises(ag.DataError, match="x stands more than once among the samples"):
        ag.Genotypes.from_dosages(np.zeros((2, 1)), ["x", "x"])
    with pytest.raises(ag.DataError, match="m stands more than once among the markers"):
        ag.Genotypes.from_dosages(np.zeros((1, 2)), ["x"], ["m", "m"])
    with pytest.raises(ag.DataError, match="row 2 has an empty id"):
        ag.Genotypes.from_dosages(np.zeros((2, 1)), ["x", ""])
    with pytest.raises(ag.DataError, match="a1 stands more than once"):
        genotypes(dosages(3, 3))[[1, 1]]


def test_what_does_not_exist_is_named() -> None:
    packed = genotypes(dosages(4, 3))
    with pytest.raises(ag.GenotypeError, match="b is not among the 4 samples"):
        packed[["a1", "b"]]
    with pytest.raises(ag.GenotypeError, match="There is no marker 3: there are 3"):
        packed[:, 3]
    with pytest.raises(ag.GenotypeError, match="A mask of 3 chooses among 4 samples"):
        packed[np.ones(3, np.bool_)]
    with pytest.raises(ag.GenotypeError, match="4 ids and 1 values of sex"):
        Samples.of(packed.ids, sex=[1])
    with pytest.raises(ag.GenotypeError, match=r"shape .* not"):
        ag.Genotypes(packed.packed[:2], packed.samples, packed.markers)


def test_a_map_finds_the_markers_of_a_region() -> None:
    chip = ag.MarkerMap.of(
        list("abcd"), chromosomes=["1", "1", "X", "1"], positions=[10, 30, 5, 20]
    )
    assert chip.on(1, 10, 30).tolist() == [0, 3]
    assert chip.chromosome_names == ["1", "X"]
    assert len(chip.to_frame()) == 4


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kind", "tolerance"), [(np.float64, 1e-12), (np.float32, 3e-6)])
def test_products_equal_those_of_the_centered_dosages(
    shape: tuple[int, int], kind: type, tolerance: float
) -> None:
    array = dosages(*shape)
    random = np.random.default_rng(3)
    effects, values = random.normal(size=shape[1]), random.normal(size=shape[0])
    centered = CenteredGenotypes(genotypes(array), dtype=kind)
    z = np.where(array < 0, 0, array - 2 * centered.frequencies)
    scale = max(1.0, *map(float, (np.abs(z) @ np.abs(effects)))) * tolerance * 10
    assert np.allclose(centered.times(effects), z @ effects, rtol=0, atol=scale)
    scale = max(1.0, *map(float, (np.abs(z.T) @ np.abs(values)))) * tolerance * 10
    assert np.allclose(centered.transposed_times(values), z.T @ values, rtol=0, atol=scale)
