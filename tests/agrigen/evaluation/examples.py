"""Small published examples, carried here so that the tests run everywhere.

Mrode, Linear Models for the Prediction of Animal Breeding Values, 3rd ed.; solutions with eight
decimals from independent dense linear algebra that reproduces the book's printed digits.
"""

import pandas as pd

import agrigen as ag

MRODE_3_1_VARIANCES = {"a": 20, "residual": 40}
MRODE_3_1_MODEL = ag.Model("gain", [ag.Fixed("sex"), ag.Animal()])
MRODE_3_1 = pd.DataFrame(
    {
        "animal": [4, 5, 6, 7, 8],
        "sex": ["M", "F", "F", "M", "M"],
        "gain": [4.5, 2.9, 3.9, 3.5, 5.0],
    }
)
MRODE_3_1_EXPECTED = {
    "male": 4.35850233,
    "female": 3.40443001,
    "breeding_value": [
        0.09844458,
        -0.0187701,
        -0.0410842,
        -0.00866312,
        -0.18573210,
        0.17687209,
        -0.24945855,
        0.18261469,
    ],
    "se": [
        4.34094096,
        4.43664612,
        4.27297922,
        4.13608585,
        4.13814812,
        4.20610397,
        4.20407503,
        4.11029997,
    ],
    "reliability": [
        0.05781158,
        0.01580856,
        0.08708243,
        0.14463969,
        0.14378651,
        0.11543447,
        0.11628766,
        0.15527171,
    ],
}


def mrode_3_1_pedigree():
    return ag.Pedigree(range(1, 9), [0, 0, 0, 1, 3, 1, 4, 3], [0, 0, 0, 0, 2, 2, 5, 6])


MRODE_4_1_VARIANCES = {"a": 20, "pe": 12, "residual": 28}
MRODE_4_1_MODEL = ag.Model(
    "fat",
    [ag.Fixed("hys"), ag.Fixed("parity"), ag.Animal(column="cow"), ag.Random("pe", "cow")],
)
MRODE_4_1 = pd.DataFrame(
    {
        "cow": [4, 4, 5, 5, 6, 6, 7, 7, 8, 8],
        "parity": [1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
        "hys": [1, 3, 1, 4, 2, 3, 1, 3, 2, 4],
        "fat": [201.0, 280, 150, 200, 160, 190, 180, 250, 285, 300],
    }
)
MRODE_4_1_EXPECTED = {
    "breeding_value": [
        10.14757048,
        -3.08415295,
        -7.06341753,
        13.58074302,
        -18.20697245,
        -18.38678174,
        9.32843242,
        24.19361843,
    ],
    "pe": [8.4169793, -7.1455762, -17.22849691, -1.38964658, 17.34674038],
    "se": [
        4.23061109,
        4.36084294,
        4.27063934,
        4.13086417,
        4.06001499,
        4.15844835,
        4.144739,
        4.29701737,
    ],
    "hys_2_minus_1": 44.06544643,
    "hys_4_minus_3": 0.01317142,
    "hys_1_parity_1": 175.47201349,
    "hys_3_parity_2": 241.89292349,
}


def mrode_4_1_pedigree():
    return ag.Pedigree(range(1, 9), [0, 0, 0, 1, 3, 1, 3, 1], [0, 0, 0, 2, 2, 5, 4, 7])


def solution(result, effect, level=""):
    table = result.solutions
    return table[(table.effect == effect) & (table.level == level)].solution.item()
