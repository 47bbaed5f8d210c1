"""What is frozen for an evaluation: the right numbers, and nothing of farms that are hidden."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.errors import Invalid
from hub.evaluations import EvaluationCreate, snapshot
from hub.permissions import Role
from tests.database import As, Make

MODEL: dict[str, Any] = {
    "traits": ["birth_weight"],
    "effects": [{"name": "a", "type": "animal", "column": "animal"}],
    "variances": {"a": 1, "residual": 2},
}


def long(**changes: Any) -> pl.DataFrame:
    """One record as the database gives it: every cell a text."""
    row = {
        "animal": "x", "tag": "X1", "farm": "HILL", "farm_id": "f", "species": "sheep", "sex": "F",
        "breed": "Texel", "birth_date": "2024-03-01", "birth_type": "2", "dam": None, "sire": None,
        "recorded_on": "2024-03-11", "occasion": "", "trait": "birth_weight", "value": "4.5",
        "attributes": "{}",
    }  # fmt: skip
    return pl.DataFrame([row | changes], schema=dict.fromkeys(row, pl.String))


def test_ages_and_years_come_from_the_dates() -> None:
    [row] = snapshot.data_frame(long(), ["birth_weight"]).to_dict("records")
    assert (row["birth_weight"], row["age_days"], row["birth_year"], row["year"]) == (
        4.5, 10, 2024, 2024,
    )  # fmt: skip


def test_attributes_called_like_our_columns_change_no_number() -> None:
    given = '{"value": 99, "trait": "wool", "birth_date": "1990-01-01", "farm_id": 7, "pen": "a"}'
    [row] = snapshot.data_frame(long(attributes=given), ["birth_weight"]).to_dict("records")
    assert (row["birth_weight"], row["age_days"], row["birth_year"]) == (4.5, 10, 2024)
    assert (row["record_value"], row["record_trait"], row["pen"]) == (99, "wool", "a")


def test_an_attribute_never_takes_the_place_of_another() -> None:
    given = '{"value": 99, "record_value": 1}'
    [row] = snapshot.data_frame(long(attributes=given), ["birth_weight"]).to_dict("records")
    assert (row["record_record_value"], row["record_value"]) == (99, 1)


TWO = ["birth_weight", "weaning_weight"]


def growing(**changes: Any) -> pl.DataFrame:
    """A lamb weighed at birth and at weaning."""
    weaned = {
        "recorded_on": "2024-05-30", "trait": "weaning_weight", "value": "31",
        "attributes": '{"pen": "b"}',
    }  # fmt: skip
    return pl.concat([long(attributes='{"pen": "a"}'), long(**weaned | changes)])


def test_traits_of_different_ages_stand_on_one_row_of_the_animal() -> None:
    table = growing()
    assert snapshot.rows_of(table, TWO, None) == "animal"
    [row] = snapshot.data_frame(table, TWO, "animal").to_dict("records")
    assert (row["birth_weight"], row["weaning_weight"]) == (4.5, 31)
    assert (row["age_days"], row["age_days_weaning_weight"]) == (10, 90)
    assert (row["pen"], row["pen_birth_weight"], row["pen_weaning_weight"]) == ("a", "a", "b")
    assert len(snapshot.data_frame(table, TWO, "date")) == 2


def test_repeated_records_stand_on_rows_of_their_dates() -> None:
    table = pl.concat([growing(), growing(recorded_on="2024-06-30")[1:]])
    assert snapshot.rows_of(table, TWO, None) == "date"
    with pytest.raises(Invalid, match="several records of weaning_weight"):
        snapshot.rows_of(table, TWO, "animal")
    parities = pl.concat([growing(), growing(recorded_on="2024-06-30", occasion="2")[1:]])
    assert snapshot.rows_of(parities, TWO, None) == "animal"
    assert len(snapshot.data_frame(parities, TWO, "animal")) == 2


def test_one_trait_stands_on_rows_of_its_dates() -> None:
    assert snapshot.rows_of(long(), ["birth_weight"], None) == "date"


async def test_no_id_of_a_hidden_parent_is_frozen(as_: As, make: Make) -> None:
    rita = await make.person("rita", Role.RESEARCHER)
    seen = await make.farm("SEEN", reader=rita)
    hidden = await make.farm("HIDDEN")
    dam = await make.animal(hidden, "dam", sex="F")
    sire = await make.animal(seen, "sire", sex="M")
    lamb = await make.animal(seen, "lamb", dam_id=dam, sire_id=sire)
    await make.record(seen, lamb, "birth_weight", 4, date(2024, 3, 1))
    await make.record(hidden, dam, "birth_weight", 5)
    new = EvaluationCreate.model_validate({"name": "test", "model": MODEL})
    async with as_(rita) as tx:
        taken = await snapshot.take(tx, new, ["birth_weight"])
    assert taken.farm_ids == [seen]
    assert set(taken.pedigree["tag"]) == {"sire", "lamb"}
    assert taken.data["sire"].to_list() == [str(sire)]
    assert taken.data["dam"].isna().all()
    frozen = taken.pedigree.to_csv() + taken.data.to_csv()
    assert str(dam) not in frozen
    assert str(hidden) not in frozen
