"""Parameter files that are wrong, and what BLUPF90 leaves behind."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.io.blupf90 import read_blupf90
from agrigen.io.blupf90_parameters import parameters_text, parse_parameters
from agrigen.io.blupf90_results import read_blupf90_solutions, read_blupf90_variances

JOB = """
# weights of lambs
DATAFILE
records.txt
NUMBER_OF_TRAITS
1
NUMBER_OF_EFFECTS
2
OBSERVATION(S)
1
WEIGHT(S)

EFFECTS: POSITIONS_IN_DATAFILE NUMBER_OF_LEVELS TYPE_OF_EFFECT
2 2 cross  # farm
3 4 cross  # animal
RANDOM_RESIDUAL VALUES
1.4d1
RANDOM_GROUP
2
RANDOM_TYPE
add_animal
FILE
pedigree.txt
(CO)VARIANCES
8.0
OPTION missing -99
"""
RECORDS = "30 1 1\n34 1 2\n28 2 3\n-99 2 4\n0 2 4\n"
PEDIGREE = "1 0 0\n2 0 0\n3 1 2\n4 1 2\n"


@pytest.fixture
def job(tmp_path):
    """Writes a job with some of its text changed."""

    def write(old: str = "", new: str = "", records: str = RECORDS, pedigree: str = PEDIGREE):
        assert old in JOB
        (tmp_path / "job.par").write_text(JOB.replace(old, new) if old else JOB)
        (tmp_path / "records.txt").write_text(records)
        (tmp_path / "pedigree.txt").write_text(pedigree)
        return tmp_path / "job.par"

    return write


def test_comments_fortran_numbers_and_the_missing_code_are_understood(job):
    data_set = read_blupf90(job())
    assert data_set.variances == {"effect2": 8.0, "residual": 14.0}
    assert data_set.data["trait1"].isna().tolist() == [False, False, False, True, False]


def test_the_text_of_parameters_is_read_as_the_same_parameters():
    parameters = parse_parameters(JOB)
    again = parse_parameters(parameters_text(parameters, ["a comment"]))
    assert (again.effects, again.options) == (parameters.effects, parameters.options)
    assert np.array_equal(again.groups[0].matrix, parameters.groups[0].matrix)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("NUMBER_OF_TRAITS\n1\n", "", "has no NUMBER_OF_TRAITS"),
        ("NUMBER_OF_EFFECTS\n2", "NUMBER_OF_EFFECTS\n3", "EFFECTS has 2 lines"),
        ("2 2 cross  # farm", "2 2 crossed", "cannot be read with 1 traits"),
        ("(CO)VARIANCES\n8.0", "(CO)VARIANCES\n8.0 1.0", "2 values where 1 x 1 belong"),
        ("OBSERVATION(S)\n1", "OBSERVATION(S)\n1 2", "OBSERVATION(S) lists 2"),
        ("RANDOM_GROUP\n2", "RANDOM_GROUP\n5", "RANDOM_GROUP 5 is not complete"),
        ("OBSERVATION(S)\n1", "OBSERVATION(S)\n7", "Column 7 of the data file"),
        ("add_animal", "add_animals", "RANDOM_TYPE add_animals of effect 2 is not known"),
        ("OPTION missing -99", "OPTION cat 3", "OPTION cat declares traits"),
        ("3 4 cross", "3 3 cross", "Effect 2 has 3 levels; column 3 has others"),
        ("2 2 cross", "2 2 cov", "has no mean"),
    ],
)
def test_a_wrong_job_is_refused_with_what_is_wrong(job, old, new, what):
    with pytest.raises(ag.AgrigenError) as refused:
        read_blupf90(job(old, new))
    assert what in str(refused.value)


def test_a_record_without_a_level_is_refused_or_left_out(job):
    path = job(records=RECORDS.replace("34 1 2", "34 0 2"))
    with pytest.raises(ag.ModelError, match=r"level 0 in 1 records \(row 2\)"):
        read_blupf90(path)
    assert read_blupf90(path, zero="drop").evaluate().summary["records"]["used"] == 3


def test_a_parent_without_a_row_is_refused(job):
    with pytest.raises(ag.PedigreeError, match="have no row of their own"):
        read_blupf90(job(pedigree="2 0 0\n3 1 2\n4 1 2\n"))


def test_a_column_of_ones_is_the_mean(job):
    path = job("2 2 cross  # farm", "2 1 cov", records=RECORDS.replace(" 2 ", " 1 "))
    assert [effect.name for effect in read_blupf90(path).model.effects] == ["effect2"]


def test_a_data_set_is_written_as_a_model_file_that_runs(job, tmp_path):
    data_set = read_blupf90(job())
    path = data_set.write(tmp_path / "converted")
    spec = ag.load_model(path)
    assert spec.model.to_mapping() == data_set.model.to_mapping()
    again = ag.evaluation.evaluate_file(spec)
    ours = data_set.evaluate()
    assert again.breeding_values["breeding_value"].tolist() == pytest.approx(
        ours.breeding_values["breeding_value"].tolist(), abs=1e-12
    )


def test_solutions_with_standard_errors_are_read_by_number(tmp_path):
    path = tmp_path / "solutions"
    path.write_text("trait/effect level  solution    s.e.\n 1 1 1 30.5 1.2\n 1 2 1 -0.25 0.9\n")
    frame = read_blupf90_solutions(path)
    assert frame["solution"].tolist() == [30.5, -0.25]
    assert frame["se"].tolist() == [1.2, 0.9]


def test_a_file_that_holds_no_solutions_is_refused(tmp_path):
    path = tmp_path / "solutions"
    path.write_text("header\n 1 1 30.5\n")
    with pytest.raises(ag.DataError, match="not 4 or 5"):
        read_blupf90_solutions(path)


LOG = """
 In round            8 convergence = 3.4E-015
 new R
   62.691
 Final Estimates
 Genetic variance(s) for effect  4
   38.538       2.5000
   2.5000       10.000
 Genetic variance(s) for effect  6
   5.0000
 Residual variance(s)
   62.691
 inverse of AI matrix (Sampling Variance)
   13.471      -6.7551
  -6.7551       6.5499
 SE for G
   3.6703       1.1000
   1.1000       2.0000
 SE for G
   0.5000
 SE for R
   2.5593
"""


def test_variances_and_their_errors_are_read_from_a_log(tmp_path):
    path = tmp_path / "airemlf90.log"
    path.write_text(LOG)
    frame = read_blupf90_variances(path).set_index(["effect", "row", "column"])
    assert frame.loc[("4", 2, 1), "value"] == 2.5
    assert frame.loc[("4", 1, 1), "se"] == 3.6703
    assert frame.loc[("6", 1, 1)].tolist() == [5.0, 0.5]
    assert frame.loc[("residual", 1, 1)].tolist() == [62.691, 2.5593]


def test_a_log_without_variances_is_refused(tmp_path):
    path = tmp_path / "log"
    path.write_text("* * * stopped\n")
    with pytest.raises(ag.DataError, match="no residual variance"):
        read_blupf90_variances(path)
