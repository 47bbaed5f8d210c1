"""Indirect prediction: laws, alignment of markers, files, the command, and bad input."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.cli import main
from agrigen.prediction.fitted import marker_model

ALLELES = (["A", "C", "A", "T"], ["G", "A", "C", "C"])


def chip(markers, *, ambiguous=False):
    counted = [ALLELES[0][k % 4] for k in range(markers)]
    other = [ALLELES[1][k % 4] for k in range(markers)]
    names = [f"m{k}" for k in range(markers)]
    return ag.MarkerMap.of(names, chromosomes=["1"] * markers, counted=counted, other=other,
                           positions=np.arange(1, markers + 1))  # fmt: skip


def population(animals=80, markers=150, missing=0.0, seed=1):
    rng = np.random.default_rng(seed)
    ids = [f"x{k}" for k in range(animals)]
    sires = [""] * 30 + [f"x{rng.integers(0, 15)}" for _ in range(animals - 30)]
    dams = [""] * 30 + [f"x{rng.integers(15, 30)}" for _ in range(animals - 30)]
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, markers), (animals, markers))
    dosages[rng.random(dosages.shape) < missing] = -1
    records = pd.DataFrame({
        "animal": ids, "herd": rng.integers(0, 3, animals).astype(str),
        "y": rng.normal(size=animals), "z": rng.normal(size=animals),
    })  # fmt: skip
    genotypes = ag.Genotypes.from_dosages(dosages, ids, chip(markers))
    return genotypes, records, ag.Pedigree(ids, sires, dams)


def evaluated(effect, *, traits="y", seed=1, missing=0.0, records_of=80, first=0):
    genotypes, records, pedigree = population(missing=missing, seed=seed)
    genotypes = genotypes[first:]
    several = not isinstance(traits, str)
    variances = {"g": [[0.5, 0.2], [0.2, 0.4]] if several else 0.5,
                 "residual": [[1.0, 0.1], [0.1, 1.0]] if several else 1.0}  # fmt: skip
    model = ag.Model(traits, [ag.Fixed("herd"), effect])
    use = pedigree if effect.method == "single_step" or effect.tune else None
    result = ag.evaluate(model, records[:records_of], use, variances, genotypes=genotypes)
    return result, genotypes


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.05]), st.sampled_from(["snp", "gblup"]))
def test_predicting_the_training_animals_gives_their_breeding_values(seed, missing, method):
    result, genotypes = evaluated(ag.Genomic(method=method), seed=seed, missing=missing)
    found = ag.predict(genotypes, result.marker_model())
    wanted = result.breeding_values
    assert list(found.values.id) == list(wanted.id)
    np.testing.assert_allclose(found.values.breeding_value, wanted.breeding_value, atol=1e-6)
    np.testing.assert_allclose(found.values.reliability, wanted.reliability, atol=1e-5)
    np.testing.assert_allclose(found.values.se, wanted.se, atol=1e-5)


def test_a_tuned_matrix_is_put_together_again():
    result, genotypes = evaluated(ag.Genomic(tune="vitezica"), records_of=50)
    effects = result.marker_model()
    assert effects.constant != 0.0
    found = ag.predict(genotypes, effects)
    np.testing.assert_allclose(
        found.values.breeding_value, result.breeding_values.breeding_value, atol=1e-6
    )
    np.testing.assert_allclose(
        found.values.reliability, result.breeding_values.reliability, atol=1e-5
    )


def test_two_traits_have_effects_each():
    result, genotypes = evaluated(ag.Genomic(), traits=["y", "z"])
    found = ag.predict(genotypes, result.marker_model()).values
    wanted = result.breeding_values
    assert list(found.trait.unique()) == ["y", "z"]
    np.testing.assert_allclose(found.breeding_value, wanted.breeding_value, atol=1e-6)
    np.testing.assert_allclose(found.reliability, wanted.reliability, atol=1e-5)


def test_animals_left_out_are_predicted_as_if_they_had_been_in():
    """A genotyped animal without a record changes nobody else's value, but for frequencies."""
    genotypes, records, _ = population()
    model = ag.Model("y", [ag.Fixed("herd"), ag.Genomic()])
    variances = {"g": 0.5, "residual": 1.0}
    together = ag.evaluate(model, records[:60], None, variances, genotypes=genotypes)
    apart = ag.evaluate(model, records[:60], None, variances, genotypes=genotypes[:60])
    found = ag.predict(genotypes[60:], apart.marker_model()).values
    wanted = together.breeding_values[60:]
    assert np.corrcoef(found.breeding_value, wanted.breeding_value)[0, 1] > 0.999
    # Centring by other animals moves the base: differences between animals stay.
    scale = apart.marker_model().scale / together.marker_model().scale
    assert scale == pytest.approx(1, abs=0.02)
    assert found.reliability.between(0, 1).all()


def test_single_step_gives_the_genomic_part_and_says_what_is_left():
    result, genotypes = evaluated(ag.Genomic(method="single_step", blend=0.2))
    effects = result.marker_model()
    assert 0.1 < effects.polygenic < 0.3
    assert "blending leaves" in repr(effects)
    found = ag.predict(genotypes, effects).values.set_index("id").breeding_value
    wanted = result.breeding_values.set_index("id").breeding_value.reindex(found.index)
    assert 0.9 < np.corrcoef(found, wanted)[0, 1] < 1
    whole = evaluated(ag.Genomic(method="single_step", blend=1e-9), first=20)
    assert abs(whole[0].marker_model().base[0]) > 1e-6
    found = ag.predict(whole[1], whole[0].marker_model()).values.set_index("id").breeding_value
    wanted = whole[0].breeding_values.set_index("id").breeding_value.reindex(found.index)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_few_directions_stand_for_all_and_say_so():
    result, genotypes = evaluated(ag.Genomic())
    run = result.run
    few = marker_model(run.design, run.covariances, run.solution, effect=None, reliability=True,
                       values=40 * 151, origin={})  # fmt: skip
    assert few.precision.rank == 40
    assert 0.5 < few.precision.kept < 1
    found = ag.predict(genotypes, few).values
    exact = result.breeding_values.reliability
    assert abs((found.reliability - exact).mean()) < 0.01
    assert result.marker_model(reliability=False).precision is None


# alignment


@pytest.fixture(scope="module")
def effects():
    return evaluated(ag.Genomic())[0].marker_model()


@pytest.fixture(scope="module")
def animals():
    return population()[0]


@pytest.fixture(scope="module")
def values(effects, animals):
    return ag.predict(animals, effects).values


def turned(genotypes, which, counted, other, dosages):
    m = genotypes.markers
    one, two = m.counted.copy(), m.other.copy()
    one[which], two[which] = counted, other
    map_ = ag.MarkerMap.of(m.names, chromosomes=m.chromosomes, positions=m.positions,
                           counted=one, other=two)  # fmt: skip
    return ag.Genotypes.from_dosages(dosages, genotypes.ids, map_)


def test_swapped_alleles_are_turned(effects, animals, values):
    which = np.arange(0, 150, 3)
    m, dosages = animals.markers, animals.dosages()
    dosages[:, which] = 2 - dosages[:, which]
    swapped = turned(animals, which, m.other[which], m.counted[which], dosages)
    found = ag.predict(swapped, effects)
    assert found.alignment.swapped.sum() == which.size
    pd.testing.assert_frame_equal(found.values, values, rtol=1e-6)


def test_the_other_strand_and_swapped_alleles_are_read(effects, animals, values):
    partner = {"A": "T", "T": "A", "C": "G", "G": "C"}
    m, dosages = animals.markers, animals.dosages()
    same, swapped = np.arange(0, 150, 4), np.arange(1, 150, 4)
    one = [partner[a] for a in m.counted[same]], [partner[a] for a in m.other[same]]
    strand = turned(animals, same, *one, dosages)
    assert "other strand" in repr(ag.predict(strand, effects).alignment)
    pd.testing.assert_frame_equal(ag.predict(strand, effects).values, values)
    dosages[:, swapped] = 2 - dosages[:, swapped]
    two = [partner[a] for a in m.other[swapped]], [partner[a] for a in m.counted[swapped]]
    found = ag.predict(turned(animals, swapped, *two, dosages), effects)
    assert found.alignment.strands == found.alignment.swapped.sum() == swapped.size
    pd.testing.assert_frame_equal(found.values, values, rtol=1e-6)


def test_an_allele_that_was_not_seen_is_told_by_the_other_one(effects, animals, values):
    m = animals.markers
    which = np.arange(0, 150, 5)
    found = ag.predict(turned(animals, which, ["0"] * which.size, m.other[which],
                              animals.dosages()), effects)  # fmt: skip
    assert not found.alignment.swapped.any()
    pd.testing.assert_frame_equal(found.values, values)


def test_markers_in_another_order_with_others_between(effects, animals, values):
    order = np.random.default_rng(1).permutation(150)
    m = animals.markers.take(order)
    names = np.append(m.names, ["other1", "other2"])
    counted, other = np.append(m.counted, ["A", "A"]), np.append(m.other, ["C", "C"])
    more = ag.MarkerMap.of(names, counted=counted, other=other)
    dosages = np.column_stack([animals.dosages()[:, order], np.ones((80, 2), np.int8)])
    found = ag.predict(ag.Genotypes.from_dosages(dosages, animals.ids, more), effects)
    pd.testing.assert_frame_equal(found.values, values, rtol=1e-6)


def test_missing_genotypes_and_absent_markers_stand_at_the_mean(effects, animals):
    dosages = animals.dosages()
    dosages[:, 10:20] = -1
    unknown = ag.Genotypes.from_dosages(dosages, animals.ids, animals.markers)
    without = animals[:, np.r_[0:10, 20:150]]
    one, two = ag.predict(unknown, effects), ag.predict(without, effects)
    pd.testing.assert_frame_equal(one.values, two.values, rtol=1e-6)
    assert one.values.known.iloc[0] == pytest.approx(140 / 150)
    assert "140 of 150 markers used" in repr(two)


def test_an_animal_without_any_genotype_has_the_mean_and_no_reliability(effects, animals):
    dosages = animals.dosages().copy()
    dosages[0] = -1
    nothing = ag.Genotypes.from_dosages(dosages, animals.ids, animals.markers)
    first = ag.predict(nothing, effects).values.iloc[0]
    assert first[["breeding_value", "reliability", "known"]].tolist() == pytest.approx([0, 0, 0])
    assert first.se == pytest.approx(np.sqrt(effects.variances[0]))


def test_too_few_markers_are_refused_in_words(effects, animals):
    with pytest.raises(ag.GenotypeError, match=r"75 of 150 markers .* \(50%\) .* 80% are wanted"):
        ag.predict(animals[:, :75], effects)
    assert len(ag.predict(animals[:, :75], effects, least=0.4).values) == 80
    other = turned(animals, np.arange(100), ["A"] * 100, ["T"] * 100, animals.dosages())
    with pytest.raises(ag.GenotypeError, match="With other alleles: m0"):
        ag.predict(other, effects)


# files


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_a_file_gives_the_same_bits_again(tmp_path, effects, animals, values, ending):
    path = tmp_path / f"effects.{ending}"
    effects.write(path)
    again = ag.MarkerEffects.read(path)
    assert again.sha256 == effects.sha256
    assert again.origin["inputs"]["genotypes"]["sha256"] == animals.sha256
    assert again.origin["method"] == "gblup"
    pd.testing.assert_frame_equal(ag.predict(animals, path).values, values, check_exact=True)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_broken_files_are_named(tmp_path, effects):
    whole = tmp_path / "effects.npz"
    effects.write(whole)
    content = whole.read_bytes()
    broken = {"cut.npz": content[: len(content) // 2], "empty.npz": b"",
              "text.npz": b"marker,effect\n", "text.parquet": b"marker,effect\n"}  # fmt: skip
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ag.DataError, match=f"{name}: it is cut off, or not a file"):
            ag.MarkerEffects.read(tmp_path / name)
    with pytest.raises(ag.DataError, match="no such file"):
        ag.MarkerEffects.read(tmp_path / "absent.npz")
    with pytest.raises(ag.DataError, match=r"Name it \.npz or \.parquet"):
        effects.write(tmp_path / "effects.csv")
    with pytest.raises(ag.DataError, match="its ending is unknown"):
        (tmp_path / "effects.txt").write_text("")
        ag.MarkerEffects.read(tmp_path / "effects.txt")


def test_changed_numbers_are_found(tmp_path, effects):
    path = tmp_path / "effects.npz"
    effects.write(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["effects"] = 2 * arrays["effects"]
    np.savez(path, **arrays)
    with pytest.raises(ag.DataError, match="its content is not what was written"):
        ag.MarkerEffects.read(path)
    header = json.loads(arrays["header"].tobytes())
    header["version"] = 9
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(ag.DataError, match="of version 9; this program reads 1"):
        ag.MarkerEffects.read(path)


def test_effects_of_other_shapes_are_refused():
    with pytest.raises(ag.DataError, match="effects has shape"):
        ag.MarkerEffects.of(chip(3), np.full(3, 0.5), np.ones(4))
    with pytest.raises(ag.DataError, match="not all numbers"):
        ag.MarkerEffects.of(chip(3), np.full(3, 0.5), np.array([1, np.nan, 2]))


def test_effects_from_elsewhere_predict_without_reliability(animals):
    p = animals.frequencies()
    found = ag.predict(animals, ag.MarkerEffects.of(animals.markers, p, np.ones(150)))
    wanted = (animals.dosages() - 2 * p).sum(axis=1)
    np.testing.assert_allclose(found.values.breeding_value, wanted)
    assert found.values.reliability.isna().all()


def test_an_evaluation_without_markers_has_none():
    _, records, pedigree = population()
    result = ag.evaluate(ag.Model("y", [ag.Animal()]), records, pedigree, {"a": 1, "residual": 1})
    with pytest.raises(ag.ModelError, match="no genomic effect"):
        result.marker_model()


# the command


def test_the_command_reads_what_an_evaluation_writes(tmp_path, animals, capsys):
    result, _ = evaluated(ag.Genomic())
    result.write(tmp_path / "results")
    dosages = animals.dosages()
    dosages[0, :60] = -1
    broken = ag.Genotypes.from_dosages(dosages, animals.ids, animals.markers)
    broken.write(tmp_path / "new.bed")
    effects = str(tmp_path / "results" / "marker_effects.npz")
    command = ["predict", effects, str(tmp_path / "new.bed")]
    assert main([*command, "-o", str(tmp_path / "values.csv")]) == 0
    table = pd.read_csv(tmp_path / "values.csv")
    wanted = ag.predict(broken, effects).values
    np.testing.assert_allclose(table.breeding_value, wanted.breeding_value, rtol=1e-6)
    assert main([*command, "--qc"]) == 0
    out, err = capsys.readouterr()
    assert "left out x0: sample_call_rate" in err
    assert len(out.splitlines()) == 80
    assert main(["predict", str(tmp_path / "new.bed"), str(tmp_path / "new.bed")]) == 2
    assert "its ending is unknown" in capsys.readouterr().err
