"""Tables that spreadsheets open."""

import pandas as pd
import pytest

from agrigen.io.csv import harmless


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "-5+cmd|x", "+x", "\tx", "\r=1"])
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(cell):
    frame = pd.DataFrame({"name": [cell, "ewe"], "value": [1.0, -2.0]})
    safe = harmless(frame)
    assert safe["name"].tolist() == ["'" + cell, "ewe"]
    assert safe["value"].tolist() == [1.0, -2.0]


@pytest.mark.parametrize("cell", ["-5", "+1.5e3", "-", "a=b", "", None, 7, ["=1"]])
def test_numbers_and_everything_else_stay_as_they_are(cell):
    assert harmless(pd.DataFrame({"name": pd.Series([cell], dtype=object)}))["name"][0] == cell
