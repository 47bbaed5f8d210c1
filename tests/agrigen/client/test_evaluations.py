"""What the client makes of models that people give it and of values that the hub gives back."""

import pandas as pd
import pytest

import agrigen as ag
from agrigen.client.evaluations import OF_ANIMAL, _declared, _traits_of, _wide

FORMULA = "birth_weight, weaning_weight ~ sex + animal(animal) + maternal(dam)[weaning_weight]"


def test_a_model_is_a_formula_a_mapping_or_a_model():
    mapping = {"traits": ["w"], "effects": [{"name": "a", "type": "animal"}]}
    assert _declared(FORMULA) == {"formula": FORMULA}
    assert _declared(mapping) == mapping
    assert _declared(ag.Model.from_formula(FORMULA))["traits"] == ["birth_weight", "weaning_weight"]


@pytest.mark.parametrize("model", [FORMULA, ag.Model.from_formula(FORMULA).to_mapping()])
def test_a_run_is_called_after_its_traits(model):
    assert _traits_of(_declared(model)) == "birth_weight, weaning_weight"


def test_a_wide_frame_has_one_row_an_animal_and_a_column_for_each_value():
    animal = dict.fromkeys(OF_ANIMAL, "x")
    rows = [
        {**animal, "animal_id": name, "trait": trait, "effect": effect, "role": role,
         "breeding_value": value}
        for trait, effect, role, values in (
            ("birth", "a", "direct", {"1": 0.1, "2": 0.2}),
            ("weaning", "a", "direct", {"1": 1.0, "2": 2.0}),
            ("weaning", "m", "maternal", {"2": -2.0}),
        )
        for name, value in values.items()
    ]  # fmt: skip
    wide = _wide(pd.DataFrame(rows)).set_index("animal_id")
    assert list(wide.columns)[-3:] == ["birth", "weaning", "weaning:m"]
    assert wide.loc["2", ["birth", "weaning", "weaning:m"]].tolist() == [0.2, 2.0, -2.0]
    assert pd.isna(wide.loc["1", "weaning:m"])
