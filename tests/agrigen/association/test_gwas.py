"""Association tests: dense algebra, GEMMA, PLINK, laws, and what is refused."""

import io
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad

import agrigen as ag
from agrigen.association.statistics import chi_square, inflation, student
from agrigen.evaluation.threads import plain_blas
from agrigen.relationship import grm
from tests.agrigen.association import slow
from tests.agrigen.association.flock import flock

FORMULA = "y ~ sex + linear(age) + animal(id)"
ALL = {"min_maf": 0.0, "max_missing": 1.0, "max_r2": 1.0}


@pytest.fixture(autouse=True)
def _one_thread_a_product():
    """Threads of small dense products wait for each other on a busy machine."""
    with plain_blas():
        yield


@pytest.fixture(scope="module")
def sheep():
    return flock()


@pytest.fixture(scope="module")
def dense(sheep):
    """y, X and G of the records, for formulas."""
    genotypes, data = sheep
    x = np.column_stack([np.ones(len(data)), data["sex"] == "m", data["age"]]).astype(float)
    return data["y"].to_numpy(), x, grm(genotypes).matrix


def centered(k):
    """K with row and column means taken away, as GEMMA has it."""
    m = k.mean(axis=0)
    return k - m - m[:, None] + m.mean()


@pytest.mark.parametrize("precision", ["single", "double"])
def test_every_marker_has_the_ratio_at_which_its_likelihood_is_highest(sheep, dense, precision):
    genotypes, data = sheep
    y, x, g = dense
    table = ag.gwas(FORMULA, data, genotypes, precision=precision).table.set_index("marker")
    close = 1e-9 if precision == "double" else 3e-6
    for name in ["m0", "m55", "m100", "m101", "m200"]:
        column = slow.filled(genotypes.dosages(None, [name])[:, 0])
        both = np.column_stack([x, column])
        at, _ = slow.best(y, both, g, restricted=True)
        beta, se = slow.least_squares(at, y, both, g)
        row = table.loc[name]
        assert np.log(row["ratio"]) == pytest.approx(at, abs=2e-5)
        assert row["se"] == pytest.approx(se, rel=3e-6)
        assert row["beta"] == pytest.approx(beta, abs=(close + 1e-6) * se)
        assert row["p"] == pytest.approx(2 * stats.t.sf(abs(beta / se), 180 - 4), rel=1e-4)


def test_likelihood_ratio_and_score_equal_dense_algebra(sheep, dense):
    genotypes, data = sheep
    y, x, g = dense
    k = centered(g)
    ratios = ag.gwas(FORMULA, data, genotypes, test="lrt").table.set_index("marker")
    scores = ag.gwas(FORMULA, data, genotypes, test="score").table.set_index("marker")
    null_at, null = slow.best(y, x, k, restricted=False)
    v = np.exp(null_at) * k + np.eye(180)
    vi = np.linalg.inv(v)
    p = vi - vi @ x @ np.linalg.solve(x.T @ vi @ x, x.T @ vi)
    for name in ["m3", "m100", "m150"]:
        column = slow.filled(genotypes.dosages(None, [name])[:, 0])
        _, value = slow.best(y, np.column_stack([x, column]), k, restricted=False)
        assert ratios.loc[name, "statistic"] == pytest.approx(2 * (value - null), abs=2e-5)
        f = 180 * (column @ p @ y) ** 2 / ((column @ p @ column) * (y @ p @ y))
        assert scores.loc[name, "statistic"] == pytest.approx(f, rel=2e-5)
        assert scores.loc[name, "p"] == pytest.approx(stats.f.sf(f, 1, 176), rel=1e-4)


def test_the_approximate_test_has_one_ratio(sheep, dense):
    genotypes, data = sheep
    y, x, g = dense
    result = ag.gwas(FORMULA, data, genotypes, method="approximate")
    at, _ = slow.best(y, x, g, restricted=True)
    assert np.log(result.table["ratio"].unique()) == pytest.approx([at], abs=1e-4)
    column = slow.filled(genotypes.dosages(None, ["m100"])[:, 0])
    beta, se = slow.least_squares(at, y, np.column_stack([x, column]), g)
    row = result.table.set_index("marker").loc["m100"]
    assert (row["beta"], row["se"]) == pytest.approx((beta, se), rel=1e-5)
    exact = ag.gwas(FORMULA, data, genotypes)
    assert np.corrcoef(exact.table["log10_p"], result.table["log10_p"])[0, 1] > 0.98


def test_the_calibrated_test_is_close_to_the_approximate_one(sheep):
    genotypes, data = sheep
    one, two = (
        ag.gwas(FORMULA, data, genotypes, method=method) for method in ("approximate", "calibrated")
    )
    assert np.log(two.null["ratio"][0]) == pytest.approx(np.log(one.null["ratio"][0]), abs=1e-5)
    assert two.null["residual"][0] == pytest.approx(one.null["residual"][0], rel=1e-5)
    assert np.corrcoef(one.table["log10_p"], two.table["log10_p"])[0, 1] > 0.97
    strong = two.table["statistic"].abs() > 3.2
    assert strong.any()  # those were computed in full
    assert np.abs(one.table["log10_p"] - two.table["log10_p"])[strong].max() < 1e-4
    with pytest.raises(ag.ModelError, match="no test 'lrt'"):
        ag.gwas(FORMULA, data, genotypes, method="calibrated", test="lrt")


def test_mice_equal_gemma_to_what_it_prints(reference):
    """Wald, likelihood ratio and score of 10,346 markers (gemma -lmm 4); its ratio stops at 1e-5"""
    folder = reference / "data" / "bglr_mice"
    genotypes = ag.Genotypes.read(folder / "mice.bed")
    data = pd.read_csv(folder / "pheno.csv")
    path = reference / "results/mice/gemma_lmm_BodyLength.assoc.txt.gz"
    gemma = pd.read_csv(path, sep="\t").set_index("rs")
    model = ag.Model("Obesity.BodyLength", [ag.Fixed("GENDER"), ag.Animal("a", "SUBJECT.NAME")])
    g = grm(genotypes)
    for test, column in (("wald", "p_wald"), ("lrt", "p_lrt"), ("score", "p_score")):
        some = genotypes if test == "wald" else genotypes[:, ::5]
        table = ag.gwas(model, data, some, relationship=g, test=test).table.set_index("marker")
        assert list(table.index) == list(gemma.index[:: 1 if test == "wald" else 5])
        assert np.abs(table["log10_p"] + np.log10(gemma[column])).max() < 3e-5
        assert np.abs(table["frequency"] - gemma["af"]).max() < 6e-4
        if test == "wald":
            assert np.abs(table["beta"] - gemma["beta"]).max() < 4e-5 * gemma["se"].min()
            assert np.abs(table["se"] / gemma["se"] - 1).max() < 4e-6
            scale = g.scale / genotypes.shape[1]  # GEMMA divides by the number of markers
            assert np.abs(table["ratio"] * (1 / scale) / gemma["l_remle"] - 1).max() < 2e-5


def run(command, folder):
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run([program, *command[1:]], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def files(sheep, tmp_path):
    """The flock as PLINK files with the trait."""
    genotypes, data = sheep
    genotypes.write(tmp_path / "flock.bed")
    covariates = pd.read_csv(tmp_path / "flock.fam", sep=r"\s+", header=None, usecols=[0, 1])
    covariates.columns = ["FID", "IID"]
    covariates["sex"] = (data["sex"] == "m").astype(int)
    covariates["age"] = data["age"]
    covariates.to_csv(tmp_path / "cov.txt", sep="\t", index=False)
    traits = covariates[["FID", "IID"]].assign(y=data["y"], sick=data["sick"] + 1)
    traits.to_csv(tmp_path / "pheno.txt", sep="\t", index=False)
    return tmp_path


def test_covariates_missing_genotypes_and_limits_equal_gemma(sheep, files):
    genotypes, data = sheep
    data["y"].to_csv(files / "y.txt", index=False, header=False)
    gemma_cov = pd.DataFrame(
        {"one": 1, "sex": (data["sex"] == "m").astype(int), "age": data["age"]}
    )
    gemma_cov.to_csv(files / "c.txt", sep="\t", index=False, header=False)
    common = ["-bfile", "flock", "-p", "y.txt", "-c", "c.txt"]
    run(["gemma", *common, "-gk", "1", "-o", "k"], files)
    run(["gemma", *common, "-k", "output/k.cXX.txt", "-lmm", "1", "-o", "l"], files)
    gemma = pd.read_csv(files / "output/l.assoc.txt", sep="\t").set_index("rs")
    kinship = np.loadtxt(files / "output/k.cXX.txt")
    result = ag.gwas(FORMULA, data, genotypes, relationship=(genotypes.ids, kinship))
    table = result.table.set_index("marker")
    assert list(table.index) == list(gemma.index)
    assert set(result.excluded["marker"]) >= {"m10", "m20"}
    sign = np.where(table["effect_allele"] == gemma["allele1"], 1, -1)
    assert np.abs(sign * table["beta"] - gemma["beta"]).max() < 1e-4 * gemma["se"].min()
    assert np.abs(table["log10_p"] + np.log10(gemma["p_wald"])).max() < 3e-5
    assert (table["missing"] == gemma["n_miss"]).all()


def test_linear_regression_equals_plink2(sheep, files):
    genotypes, data = sheep
    run(["plink2", "--bfile", "flock", "--glm", "hide-covar", "--covar", "cov.txt", "--pheno",
         "pheno.txt", "--pheno-name", "y", "--chr-set", "3", "no-xy", "no-mt", "--nonfounders",
         "--covar-variance-standardize", "--out", "p"], files)  # fmt: skip
    plink = pd.read_csv(files / "p.y.glm.linear", sep="\t").set_index("ID")
    plink = plink[plink["BETA"].notna()]
    result = ag.gwas(FORMULA, data, genotypes, relationship=None, **ALL)
    table = result.table.set_index("marker").loc[plink.index]
    sign = np.where(table["effect_allele"] == plink["A1"], 1, -1)
    assert (180 - table["missing"] == plink["OBS_CT"]).all()
    assert np.abs(sign * table["beta"] / plink["BETA"] - 1).max() < 1e-5  # six digits are printed
    assert np.abs(table["se"] / plink["SE"] - 1).max() < 1e-5
    assert np.abs(table["p"] / plink["P"] - 1).max() < 1e-5
    assert len(plink) == len(table) == 239


def test_mouse_regressions_equal_plink2(reference):
    folder = reference / "data/gemma_mouse_hs1940"
    genotypes = ag.Genotypes.read(folder / "mouse_hs1940.bed")
    values = pd.read_csv(folder / "mouse_hs1940.pheno.txt", sep="\t", header=None)
    data = pd.DataFrame({"id": genotypes.ids, "cd8": values[0]})
    plink = pd.read_csv(reference / "results/mouse_hs1940/plink2_glm.CD8.glm.linear.gz", sep="\t")
    plink = plink[plink["BETA"].notna()].set_index("ID")
    result = ag.gwas("cd8 ~ animal(id)", data, genotypes, relationship=None, **ALL)
    table = result.table.set_index("marker").loc[plink.index]
    sign = np.where(table["effect_allele"] == plink["A1"], 1, -1)
    assert np.abs(sign * table["beta"] / plink["BETA"] - 1).max() < 6e-6
    assert np.abs(table["p"] / plink["P"] - 1).max() < 6e-6
    assert result.animals == 1410
    windows = result.windows(5_000_000)
    assert windows.loc[windows["log10_p"].idxmax(), "chromosome"] == "17"


def test_a_binary_trait_without_relationships_is_the_trend_test_of_plink(sheep, files):
    genotypes, data = sheep
    complete = genotypes[:, genotypes.counts()[:, 3] == 0]
    run(["plink1.9", "--bfile", "flock", "--model", "--pheno", "pheno.txt", "--pheno-name", "sick",
         "--chr-set", "3", "no-xy", "no-mt", "--cell", "0", "--allow-no-sex",
         "--out", "t"], files)  # fmt: skip
    text = (files / "t.model").read_text()
    plink = pd.read_csv(io.StringIO(text), sep=r"\s+").query("TEST == 'TREND'").set_index("SNP")
    result = ag.gwas("sick ~ animal(id)", data, complete, relationship=None, kind="binary", **ALL)
    table = result.table.set_index("marker")
    both = table.index.intersection(plink.index)
    chi = plink.loc[both, "CHISQ"].astype(float)
    assert len(both) > 3
    assert np.abs(table.loc[both, "statistic"] / chi - 1).max() < 1e-3  # four digits are printed


def test_binary_scores_equal_dense_algebra_of_the_logistic_mixed_model(sheep, dense):
    genotypes, data = sheep
    _, x, g = dense
    y = data["sick"].to_numpy(dtype=float)
    result = ag.gwas("sick ~ sex + linear(age) + animal(id)", data, genotypes, kind="binary")
    table = result.table.set_index("marker")
    variance = float(result.null["genetic"].iloc[0])
    assert variance > 0
    for name in ["m40", "m100"]:
        column = slow.filled(genotypes.dosages(None, [name])[:, 0])
        chi, slope = slow.logistic_score(y, x, g, column, variance)
        assert slope == pytest.approx(0, abs=1e-3)  # REML of the working records
        assert table.loc[name, "statistic"] == pytest.approx(chi, rel=2e-5)


def test_leaving_a_chromosome_out_is_g_of_the_others(sheep):
    genotypes, data = sheep
    whole = ag.gwas(FORMULA, data, genotypes, leave_one_chromosome_out=True)
    others = genotypes[:, genotypes.markers.chromosomes != "2"]
    own = ag.gwas(FORMULA, data, genotypes, relationship=grm(others))
    mine = whole.table.query("chromosome == '2'")
    theirs = own.table.query("chromosome == '2'")
    assert mine["p"].to_numpy() == pytest.approx(theirs["p"].to_numpy(), rel=1e-4)
    assert whole.table["marker"].tolist() == own.table["marker"].tolist()
    assert len(whole.null) == 3


def test_conditioning_is_a_covariate_and_the_gene_disappears(sheep):
    genotypes, data = sheep
    column = slow.filled(genotypes.dosages(None, ["m100"])[:, 0])
    by_name = ag.gwas(FORMULA, data, genotypes, condition_on=["m100"])
    by_hand = ag.gwas(
        "y ~ sex + linear(age) + linear(gene) + animal(id)", data.assign(gene=column), genotypes
    )
    one, two = (r.table.set_index("marker") for r in (by_name, by_hand))
    assert one["p"].to_numpy() == pytest.approx(two.loc[one.index, "p"].to_numpy(), rel=1e-4)
    assert ag.gwas(FORMULA, data, genotypes).top(1)["marker"][0] == "m100"
    assert "m100" not in set(by_name.table["marker"])
    assert by_name.top(1)["p"][0] > 1e-4


def test_order_of_records_and_animals_without_records_do_not_matter(sheep):
    genotypes, data = sheep
    g = grm(genotypes)
    some = data.drop(index=[4, 77])
    one = ag.gwas(FORMULA, some, genotypes, relationship=g, precision="double")
    mixed = some.sample(frac=1, random_state=2)
    turned = genotypes[np.random.default_rng(0).permutation(180)]
    two = ag.gwas(FORMULA, mixed, turned, relationship=g, precision="double")
    assert one.animals == 178
    assert one.table["p"].to_numpy() == pytest.approx(two.table["p"].to_numpy(), rel=1e-6)


def test_the_same_input_gives_the_same_bits(sheep):
    genotypes, data = sheep
    one, two = (ag.gwas(FORMULA, data, genotypes) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    assert one.provenance["inputs"]["genotypes"]["sha256"] == genotypes.sha256
    assert "2012" in ag.cite(one)


def test_without_relatedness_a_mixed_model_is_a_regression(sheep):
    genotypes, data = sheep
    full = genotypes[:, genotypes.counts()[:, 3] == 0]
    identity = (genotypes.ids, np.eye(180))
    mixed = ag.gwas(FORMULA, data, full, relationship=identity, **ALL)
    plain = ag.gwas(FORMULA, data, full, relationship=None, **ALL)
    assert mixed.table["p"].to_numpy() == pytest.approx(plain.table["p"].to_numpy(), rel=1e-4)


def test_probabilities_hold_where_double_precision_ends():
    t = np.array([0.0, 2.5, 40.0, 60.0, 400.0])
    _, logs = student(t, 2000.0)
    assert logs[:3] == pytest.approx(-np.log10(2 * stats.t.sf(t[:3], 2000)), rel=1e-9)
    here = stats.t.logpdf(400, 2000)
    rest, _ = quad(lambda u: np.exp(stats.t.logpdf(u, 2000) - here), 400, 1000)
    assert logs[4] == pytest.approx(-(here + np.log(2 * rest)) / np.log(10), rel=1e-9)
    _, chi = chi_square(np.array([1200.0, 1e4]))
    assert chi[0] == pytest.approx(-np.log10(stats.chi2.sf(1200.0, 1)), rel=1e-9)
    # the normal tail is its density over x, times 1 - 1 / x^2 + 3 / x^4
    tail = stats.norm.logpdf(100.0) - np.log(100.0) + np.log(2 * (1 - 1e-4 + 3e-8))
    assert chi[1] == pytest.approx(-tail / np.log(10), rel=1e-12)
    uniform = (np.arange(1, 10_001) - 0.5) / 10_000
    assert inflation(uniform) == pytest.approx(1, abs=1e-3)


def test_the_result_explains_itself(sheep, tmp_path):
    genotypes, data = sheep
    result = ag.gwas(FORMULA, data, genotypes)
    assert "not tested" in repr(result)
    assert set(result.excluded["reason"]) == {"one allele", "missing genotypes"}
    assert (result.significant()["p"] < result.bonferroni).all()
    assert result.table["variance_explained"].between(0, 1).all()
    windows = result.windows(500_000, step=250_000)
    assert windows.groupby("chromosome")["markers"].sum().min() > 100
    single = result.windows(100_000_000)
    assert single["inclusion"].to_numpy() == pytest.approx(np.ones(3))
    result.manhattan(label=2, suggestive=1e-3).savefig(tmp_path / "m.svg")
    result.qq().savefig(tmp_path / "q.svg")
    assert (tmp_path / "m.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"relationship": "vanraden9"}, "vanraden9"),
        ({"method": "fast"}, "Use exact, approximate"),
        ({"test": "f"}, "Use wald, lrt, score"),
        ({"min_maf": 0.7}, "from 0 to 0.5"),
        ({"condition_on": ["m999"]}, "m999 is not among"),
        ({"condition_on": ["m10"]}, "Leave one out"),
        ({"kind": "binary"}, "a binary trait holds 0 and 1"),
    ],
)
def test_options_that_cannot_be_are_refused(sheep, change, message):
    genotypes, data = sheep
    with pytest.raises(ag.AgrigenError, match=message):
        ag.gwas(FORMULA, data, genotypes, **change)


def test_records_that_cannot_be_used_are_named(sheep):
    genotypes, data = sheep
    with pytest.raises(ag.DataError, match=r"1 animal of 180 .* not in the genotypes: zz"):
        ag.gwas(FORMULA, data.replace({"id": {"s3": "zz"}}), genotypes)
    with pytest.raises(ag.DataError, match="s1 has more than one record"):
        ag.gwas(FORMULA, pd.concat([data, data.iloc[[1]]]), genotypes)
    with pytest.raises(ag.DataError, match="nothing varies"):
        ag.gwas(FORMULA, data.assign(y=3.0), genotypes)
    with pytest.raises(ag.DataError, match="too few for"):
        ag.gwas("y ~ id + animal(id)", data.head(20), genotypes)
    with pytest.raises(ag.ModelError, match="An association has one"):
        ag.gwas("y ~ sex + random(age)", data, genotypes)
    alike = genotypes[:, ["m10"]]
    with pytest.raises(ag.DataError, match="1 one allele"):
        ag.gwas(FORMULA, data, alike, relationship=None)
    with pytest.raises(ag.SolveError, match="not positive definite"):
        ag.gwas(FORMULA, data, genotypes, relationship=(genotypes.ids, -np.eye(180)))
    with pytest.raises(ag.DataError, match="without error"):
        ag.gwas("sick ~ sex + animal(id)", data.assign(sex=data["sick"]), genotypes, kind="binary")
    dosages = genotypes.dosages().copy()
    dosages[:, 3] = -1
    empty = ag.Genotypes.from_dosages(dosages, genotypes.samples, genotypes.markers)
    with pytest.raises(ag.DataError, match="m3 have no genotype of the animals with records"):
        ag.gwas(FORMULA, data, empty, condition_on=["m3"])
    single = genotypes[:, genotypes.markers.chromosomes == "1"]
    with pytest.raises(ag.DataError, match="none is left"):
        ag.gwas(FORMULA, data, single, leave_one_chromosome_out=True)


def test_a_run_can_be_stopped(sheep):
    genotypes, data = sheep
    with pytest.raises(ag.Cancelled):
        ag.gwas(FORMULA, data, genotypes, cancel=lambda: True)


def test_the_command_writes_table_and_pictures(sheep, tmp_path, capsys):
    from agrigen.cli import main

    genotypes, data = sheep
    genotypes.write(tmp_path / "flock.bed")
    data.to_csv(tmp_path / "records.csv", index=False)
    out = [str(tmp_path / name) for name in ("records.csv", "flock.bed", "t.csv", "m.svg", "q.png")]
    code = main(["gwas", FORMULA, *out[:2], "--out", out[2], "--manhattan", out[3], "--qq", out[4]])
    assert code == 0
    assert "m100" in capsys.readouterr().out
    assert pd.read_csv(out[2])["marker"].size == 238
    assert main(["gwas", FORMULA, *out[:2], "--test", "none"]) == 2


def test_windows_have_the_variance_of_their_genomic_values(sheep):
    genotypes, _ = sheep
    names = genotypes.markers.names
    rng = np.random.default_rng(4)
    effects = pd.DataFrame({"marker": names, "value": rng.normal(size=names.size)})
    found = ag.window_variance(effects, genotypes, size=1_000_000)
    filled = np.column_stack([slow.filled(c) for c in genotypes.dosages().T if (c >= 0).any()])
    assert filled.shape[1] == names.size
    second = found[(found["chromosome"] == "2") & (found["start"] == 1_000_000)].iloc[0]
    inside = genotypes.markers.on("2", 1_000_000, 2_000_000)
    value = filled[:, inside] @ effects["value"].to_numpy()[inside]
    assert second["variance"] == pytest.approx(np.var(value))
    whole = filled @ effects["value"].to_numpy()
    assert second["share"] == pytest.approx(np.var(value) / np.var(whole))
    assert found["markers"].sum() == names.size
    with pytest.raises(ag.DataError, match="more than one effect"):
        ag.window_variance(pd.concat([effects, effects]), genotypes)
