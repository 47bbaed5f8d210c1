"""Real test days, read once: monthly tests of 4,327 lactations, and one lactation milked daily."""

import pandas as pd


def monthly(reference):
    """The file has 841 rows twice; ids are of lactations."""
    tests = pd.read_csv(reference / "data" / "test_days" / "mr_test_file.csv").drop_duplicates()
    names = {"TestId": "lactation", "DaysInMilk": "dim", "MilkingYield": "milk", "Parity": "parity"}
    return tests.rename(columns=names)[list(names.values())]


def daily(reference):
    days = pd.read_csv(reference / "data" / "test_days" / "l2_anim2_herd654.csv")
    return days.set_axis(["dim", "milk"], axis=1).assign(lactation="cow")


def nearly_whole(tests):
    """Lactations tested early, late and at least eight times: their yield is known well."""
    dim = tests.groupby("lactation")["dim"]
    early, late = dim.transform("min") <= 40, dim.transform("max") >= 280
    return tests[early & late & (dim.transform("size") >= 8)]
