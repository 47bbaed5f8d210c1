"""Components, linkage, runs and differences against plink, plain formulas and known truths."""

import numpy as np
import pandas as pd
import pytest

from agrigen.errors import DataError, GenotypeError
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.differentiation import breed_composition, fst, nei_distance
from agrigen.genotypes.disequilibrium import ld_decay, ld_prune, r2, r2_matrix
from agrigen.genotypes.effective_size import effective_size, parental_size
from agrigen.genotypes.homozygosity import RunRules, runs_of_homozygosity
from agrigen.genotypes.structure import outliers, pca

CATTLE = ("--chr-set", 29, "no-y", "no-xy", "no-mt")


def breeds(seed=1, sizes=(40, 40, 40), markers=800, spread=0.15):
    """Samples of breeds that drifted apart, and the name of the breed of each."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.2, 0.8, markers)
    rows, names = [], []
    for number, size in enumerate(sizes):
        p = np.clip(base + spread * rng.standard_normal(markers), 0.02, 0.98)
        rows.append(rng.binomial(2, p, (size, markers)))
        names += [f"breed {number}"] * size
    ids = [f"a{i}" for i in range(len(names))]
    return Genotypes.from_dosages(np.concatenate(rows), ids), np.array(names, dtype=object)


def test_components_of_the_mice_equal_plink2(mice, reference):
    folder = reference / "results/mouse_hs1940"
    values = np.loadtxt(folder / "plink2_pca.eigenval.gz")
    vectors = pd.read_csv(folder / "plink2_pca.eigenvec.gz", sep="\t").iloc[:, 2:].to_numpy()
    found = pca(mice, method="randomized")
    np.testing.assert_allclose(found.values, values, rtol=5e-6)  # half the last digit printed
    signs = np.sign((found.vectors * vectors).sum(axis=0))
    np.testing.assert_allclose(found.vectors, vectors * signs, atol=6e-7)


def test_exact_components_with_missing_genotypes_equal_plink2(cattle, plink2):
    folder = plink2(cattle, *CATTLE, "--pca", 5)
    found = pca(cattle, 5, method="exact")
    np.testing.assert_allclose(found.values, np.loadtxt(folder / "out.eigenval"), rtol=5e-6)


def test_randomized_components_are_the_exact_ones():
    g, _ = breeds()
    a, b = pca(g, 4, method="exact"), pca(g, 4, method="randomized")
    np.testing.assert_allclose(a.values, b.values, rtol=1e-8)
    np.testing.assert_allclose(a.vectors, b.vectors, atol=1e-4)
    assert a.total == pytest.approx(b.total)


def test_old_samples_project_onto_themselves_and_other_alleles_are_refused():
    g, _ = breeds()
    found = pca(g, 3)
    np.testing.assert_allclose(found.project(g[5:9]).iloc[:, 1:], found.vectors[5:9], atol=1e-12)
    turned = Genotypes(g.packed, g.samples, MarkerMap.of(g.markers.names, counted=["T"] * 800))
    with pytest.raises(GenotypeError, match="another allele"):
        found.project(turned)


def test_a_sample_of_another_breed_is_an_outlier_of_its_group():
    g, names = breeds()
    said = names.copy()
    said[3] = "breed 2"
    table = outliers(pca(g, 2).to_frame(), said)
    assert table.loc[table["outlier"], "id"].tolist() == ["a3"]
    assert table.loc[3, "nearest"] == "breed 0"


@pytest.mark.parametrize("components", [0, 120])
def test_components_that_cannot_be_had_are_refused(components):
    with pytest.raises(GenotypeError, match="cannot be had"):
        pca(breeds()[0], components)


def test_r2_equals_plink(cattle, plink):
    folder = plink(cattle, *CATTLE, "--r2", "--ld-window-r2", 0, "--ld-window-kb", 300,
                   "--chr", "1-5")  # fmt: skip
    table = pd.read_csv(folder / "out.ld", sep=r"\s+", dtype={"SNP_A": str, "SNP_B": str})
    found = r2(cattle, table["SNP_A"].to_numpy(), table["SNP_B"].to_numpy())
    assert len(table) > 1000
    np.testing.assert_allclose(found, table["R2"], atol=6e-7)


def test_r2_is_the_squared_correlation_of_known_dosages():
    rng = np.random.default_rng(3)
    dosages = rng.integers(-1, 3, (70, 6))
    found = r2_matrix(Genotypes.from_dosages(dosages, [f"a{i}" for i in range(70)]))
    for i in range(6):
        for j in range(6):
            both = (dosages[:, [i, j]] >= 0).all(axis=1)
            plain = np.corrcoef(dosages[both, i], dosages[both, j])[0, 1] ** 2
            assert found[i, j] == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize(
    "options", [{"window": 50, "step": 5, "limit": 0.2}, {"window_kb": 800, "limit": 0.4}]
)
def test_pruning_keeps_the_markers_that_plink2_keeps(cattle, plink2, options):
    window = (options["window"], options["step"]) if "window" in options else ("800kb",)
    folder = plink2(cattle, *CATTLE, "--indep-pairwise", *window, options["limit"])
    kept = (folder / "out.prune.in").read_text().split()
    assert cattle.markers.names[ld_prune(cattle, **options).keep].tolist() == kept


def test_decay_counts_every_pair_once(cattle):
    some = cattle[:, :300]
    table = ld_decay(some, edges_kb=[0, 500, 1000], minor_frequency=0.1)
    frequency = some.frequencies()
    use = np.minimum(frequency, 1 - frequency) >= 0.1
    use &= some.markers.positions > 0
    square = r2_matrix(some[:, use])
    place, chromosome = some.markers.positions[use] / 1000, some.markers.chromosomes[use]
    far = np.abs(place[:, None] - place[None])
    inside = np.triu(chromosome[:, None] == chromosome[None], 1) & (far >= 500) & (far < 1000)
    assert table.loc[1, "pairs"] == inside.sum()
    assert table.loc[1, "r2"] == pytest.approx(square[inside].mean())


def test_size_from_linkage_finds_the_parents_that_were_simulated():
    rng = np.random.default_rng(4)
    markers, parents = 3000, 60
    haplotypes = rng.random((parents, 2, markers)) < rng.uniform(0.2, 0.8, markers)
    for _ in range(3):  # random mating with selfing, every marker its own chromosome
        pair = rng.integers(0, parents, (parents, 2))
        haplotypes = np.stack([_gametes(haplotypes[pair[:, k]], rng) for k in (0, 1)], axis=1)
    chosen = rng.integers(0, parents, (200, 2))
    offspring = sum(_gametes(haplotypes[chosen[:, k]], rng).astype(int) for k in (0, 1))
    names = MarkerMap.of([f"m{i}" for i in range(markers)],
                         chromosomes=[str(1 + i % 300) for i in range(markers)])  # fmt: skip
    g = Genotypes.from_dosages(offspring, [f"a{i}" for i in range(200)], names)
    found = parental_size(g)
    assert found.low < found.size < found.high
    assert found.size == pytest.approx(parents, rel=0.15)


def _gametes(pairs, rng):
    choice = rng.random(pairs[:, 0].shape) < 0.5
    return np.where(choice, pairs[:, 0], pairs[:, 1])


def test_size_in_the_past_follows_the_formula(cattle):
    table = effective_size(cattle, edges=[1, 2, 5], mutation=False)
    c = 0.5 * (1 - np.exp(-2 * table["distance_cM"] / 100))
    drift = table["r2"] - 1 / 500
    np.testing.assert_allclose(table["effective_size"], (1 / drift - 1) / (4 * c))


@pytest.mark.parametrize(
    ("flags", "rules"),
    [
        ((), {}),
        (
            ("--homozyg-snp", 15, "--homozyg-density", 200, "--homozyg-window-snp", 15,
             "--homozyg-window-threshold", 0.3),
            {"markers": 15, "kb_per_marker": 200, "window": 15, "hits": 0.3},
        ),
    ],
)  # fmt: skip
def test_sliding_runs_are_those_of_plink(sheep_kijas, plink, flags, rules):
    folder = plink(sheep_kijas, "--chr-set", 26, "--homozyg", *flags)
    theirs = pd.read_csv(folder / "out.hom", sep=r"\s+", dtype={"IID": str})
    ours = runs_of_homozygosity(sheep_kijas, rules=RunRules.plink(**rules), kind="sheep").runs
    assert set(zip(ours["id"], ours["first"], ours["last"], ours["markers"], strict=True)) == set(
        zip(theirs["IID"], theirs["SNP1"], theirs["SNP2"], theirs["NSNP"], strict=True)
    )
    assert ours["length_kb"].sum() == pytest.approx(theirs["KB"].sum())


def test_consecutive_runs_by_hand():
    #         0  1  2  3  4  5  6  7  8  9 10 11 | chromosome 2
    dosage = [0, 2, 1, 0, 0, -1, 2, 1, 1, 0, 0, 2, 0, 0, 0]
    position = [*range(1000, 13000, 1000), 1000, 2000, 900_000]
    markers = MarkerMap.of([f"m{i}" for i in range(15)], positions=position,
                           chromosomes=["1"] * 12 + ["2"] * 3)  # fmt: skip
    g = Genotypes.from_dosages(np.array([dosage]), ["a"], markers)
    rules = RunRules(markers=2, length_kb=1, gap_kb=500, heterozygous=1, missing=1)
    found = runs_of_homozygosity(g, rules=rules)
    table = found.runs[["first", "last", "markers", "heterozygous", "missing"]]
    assert table.to_numpy().tolist() == [
        ["m0", "m6", 7, 1, 1], ["m9", "m11", 3, 0, 0], ["m12", "m13", 2, 0, 0],
    ]  # fmt: skip
    assert found.samples["f_roh"].item() == pytest.approx((6.001 + 2.001 + 1.001) / (11 + 899))
    assert found.coverage(g).tolist() == [1] * 7 + [0, 0] + [1] * 5 + [0]


def test_runs_need_a_map_and_sound_rules():
    g, _ = breeds()
    with pytest.raises(GenotypeError, match="no runs to find"):
        runs_of_homozygosity(g)
    with pytest.raises(DataError, match="not known"):
        RunRules(method="guess")


@pytest.mark.parametrize(("method", "column"), [("hudson", "HUDSON_FST"), ("wc", "WC_FST")])
def test_fst_equals_plink2(cattle, plink2, tmp_path, method, column):
    groups = np.repeat(["A", "B", "C"], [180, 200, 120])
    pd.DataFrame({"#IID": cattle.ids, "g": groups}).to_csv(
        tmp_path / "g.txt", sep="\t", index=False
    )
    folder = plink2(cattle, *CATTLE, "--pheno", "g.txt", "--fst", "g", f"method={method}")
    theirs = pd.read_csv(folder / "out.fst.summary", sep=r"\s+")
    ours = fst(cattle, groups, method="weir_cockerham" if method == "wc" else method).pairs
    np.testing.assert_allclose(ours["fst"], theirs[column], rtol=5e-6)


def test_a_cross_is_half_of_each_breed_and_distances_follow():
    g, names = breeds(sizes=(60, 60, 60))
    rng = np.random.default_rng(5)
    a, b = g.dosages()[:10], g.dosages()[60:70]
    cross = rng.binomial(1, a / 2) + rng.binomial(1, b / 2)
    f1 = Genotypes.from_dosages(cross, [f"x{i}" for i in range(10)], g.markers)
    shares = breed_composition(f1, g, names)
    mean = shares[["breed 0", "breed 1", "breed 2"]].mean()
    np.testing.assert_allclose(mean, [0.5, 0.5, 0], atol=0.08)
    distance = nei_distance(g, names)
    assert (np.diag(distance) == 0).all()
    assert distance.loc["breed 0", "breed 1"] > 0.02


def test_results_say_what_to_cite():
    import agrigen as ag

    g, names = breeds()
    assert "Krylov" in str(ag.cite(pca(g, 2, method="randomized")))
    assert "Hudson" in str(ag.cite(fst(g, names)))
    assert "Weir" in str(ag.cite(fst(g, names, method="weir_cockerham")))
