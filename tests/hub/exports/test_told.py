"""What there is to take along, told before anybody asks for it."""

import re

import pytest

from extensions.etl.page import FILES
from hub import exports
from hub.tables import KINDS

ID = "01890000-0000-7000-8000-000000000001"


def test_every_table_and_column_is_told_in_words():
    told = {one.name: one for one in exports.told()}
    assert set(told) == set(KINDS)
    for name, table in told.items():
        assert [one.name for one in table.columns] == KINDS[name].names()
        assert all(one.description for one in table.columns)
    animals = {one.name: one for one in told["animals"].columns}
    assert animals["sex"].codes == ["F", "M", "U"]
    assert animals["sex"].required
    assert not animals["name"].required
    assert {one.name: one.unit for one in told["milk_recording"].columns}["milk_yield"] == "kg"


@pytest.mark.parametrize(
    "address",
    [
        f"exports/{ID}/content",
        f"datasets/{ID}/diff.parquet",
        f"datasets/{ID}/tables/milk_recording/content",
        f"farms/{ID}/export/animals.xlsx",
    ],
)
def test_browsers_are_led_to_files(address):
    assert re.fullmatch(FILES, address)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/exports",
        f"exports/{ID}",
        f"exports/{ID}/content/../../me",
        f"datasets/{ID}/restore",
        "exports/../me/content",
    ],
)
def test_browsers_are_led_nowhere_else(address):
    assert not re.fullmatch(FILES, address)
