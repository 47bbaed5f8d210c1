"""Make published/*.json: python -m tests.agrigen.golden.recipe_published FOLDER_OF_WORKED_EXAMPLES

Inputs and printed figures are read from the folder of worked examples where they are, else they
stand here with their source. Facts only: numbers, names of effects, where they were printed.
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "published"
MRODE = (
    "Mrode, Linear Models for the Prediction of Animal Breeding Values, 3rd ed., example {} "
    "(4th ed., {})"
)
TUTORIAL = (
    "Masuda, Introduction to BLUPF90 suite programs (tutorial), {}; its data are public domain"
)
NO_COEFFICIENT = None


def numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]


def fixed(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "fixed", **more}


def animal(name: str = "a", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "animal", **more}


def random(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "random", **more}


def rows(values: Any, keys: Any, source: str, atol: float, **where: Any) -> dict[str, Any]:
    """A check of the breeding values of one effect and trait, by animal."""
    column = where.pop("column", "breeding_value")
    return {
        "table": "breeding_values",
        "column": column,
        "where": where,
        "by": "id",
        "keys": [str(key) for key in keys],
        "values": list(values),
        "atol": atol,
        "source": source,
    }


def solutions(values: Any, keys: Any, source: str, atol: float, **where: Any) -> dict[str, Any]:
    """A check of the solutions of one effect, by level."""
    found = rows(values, keys, source, atol, column="solution", **where)
    return {**found, "table": "solutions", "by": "level"}


def sums(values: Any, parts: Any, source: str, atol: float) -> dict[str, Any]:
    """A check of estimable sums; a part is (factor, effect, trait, level[, coefficient])."""
    full = [[[*part, *[NO_COEFFICIENT] * (5 - len(part))] for part in one] for one in parts]
    return {"sums": full, "values": list(values), "atol": atol, "source": source}


def level_means(trait: str, effect: str, levels: Any, extra: Any = ()) -> list[list[tuple]]:
    """Intercept plus each level (plus more): the means that programs without intercept print."""
    more = [(1, *part) for part in extra]
    return [
        [(1, "(Intercept)", trait, ""), (1, effect, trait, str(level)), *more] for level in levels
    ]


def pedigree(given: dict[str, Any], names: dict[int, str] | None = None) -> dict[str, list[str]]:
    names = {0: "", **(names or {})}
    return {
        key: [names.get(v, str(v)) for v in given[key]]
        for key in ("id", "sire", "dam")
        if key in given
    }


def traits_of(data: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Columns of Y under the traits' names."""
    rest = {key: values for key, values in data.items() if key != "Y"}
    return rest | {name: [row[i] for row in data["Y"]] for i, name in enumerate(names)}


def column(matrix: list[list[float]], i: int) -> list[float]:
    return [row[i] for row in matrix]


def mrode_3_1(ex: Any) -> dict[str, Any]:
    e = ex("ex_3_1")
    p, ids = e["published"], range(1, 9)
    sexes = level_means("wwg", "sex", "MF")

    def check(key: str, column: str) -> dict[str, Any]:
        return rows(p[key]["value"], ids, p[key]["source"], p[key]["atol"], column=column)

    return {
        "source": MRODE.format("3.1", "4.1"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["wwg"],
            "effects": [fixed("sex"), animal()],
            "variances": {"a": 20, "residual": 40},
        },
        "checks": [
            check("ebv", "breeding_value"),
            check("ebv_f90", "breeding_value"),
            check("ebv_mixblup", "breeding_value"),
            check("reliability", "reliability"),
            check("sep_book", "se"),
            check("sep_f90", "se"),
            sums(p["sex"]["value"], sexes, p["sex"]["source"], p["sex"]["atol"]),
            sums(p["sex_f90"]["value"], sexes, p["sex_f90"]["source"], p["sex_f90"]["atol"]),
        ],
    }


def mrode_3_2(ex: Any) -> dict[str, Any]:
    e = ex("ex_3_2")
    p, given = e["published"], e["inputs"]["sire_pedigree"]
    sexes = level_means("wwg", "sex", "MF")
    return {
        "source": MRODE.format("3.2", "4.2"),
        "pedigree": pedigree({**given, "dam": given["mgs"]}),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["wwg"],
            "effects": [fixed("sex"), animal("s", column="sire", relationship="sire_mgs")],
            "variances": {"s": 5, "residual": 55},
        },
        "checks": [
            rows(p[key]["value"], given["id"], p[key]["source"], p[key]["atol"])
            for key in ("sire", "sire_f90")
        ]
        + [
            sums(p[key]["value"], sexes, p[key]["source"], p[key]["atol"])
            for key in ("sex", "sex_f90")
        ],
    }


def mrode_3_3(ex: Any) -> dict[str, Any]:
    """The reduced animal model is the animal model with non-parents absorbed: same solutions."""
    full, p = mrode_3_1(ex), ex("ex_3_3")["published"]
    parts = [("parents", range(1, 7)), ("nonparents_7_8", (7, 8))]
    return {
        **full,
        "source": MRODE.format("3.3", "4.3"),
        "checks": [
            rows(p[key]["value"], ids, p[key]["source"], p[key]["atol"]) for key, ids in parts
        ]
        + [
            sums(
                p["sex"]["value"],
                level_means("wwg", "sex", "MF"),
                p["sex"]["source"],
                p["sex"]["atol"],
            )
        ],
    }


def mrode_3_4(ex: Any) -> dict[str, Any]:
    """Printed with the first group at zero: what can be estimated are differences from it."""
    e, full = ex("ex_3_4"), mrode_3_1(ex)
    levels = [*map(str, range(1, 9)), "G1", "G2"]
    parts = [
        [(1, "(Intercept)", "wwg", ""), (1, "sex", "wwg", sex), (1, "a", "wwg", "G1")]
        for sex in "MF"
    ] + [[(1, "a", "wwg", level), (-1, "a", "wwg", "G1")] for level in levels]
    checks = [e["published"][key] for key in ("G1_0_solution", "G1_0_solution_f90")]
    return {
        **full,
        "source": MRODE.format("3.4", "4.4"),
        "pedigree": pedigree(e["inputs"]["pedigree"], {-1: "G1", -2: "G2"}),
        "groups": ["G1", "G2"],
        "checks": [sums(c["value"], parts, c["source"], c["atol"]) for c in checks],
    }


def mrode_4_1(ex: Any) -> dict[str, Any]:
    e = ex("ex_4_1")
    p = e["published"]

    def check(key: str) -> tuple[Any, str, float]:
        return p[key]["value"], p[key]["source"], p[key]["atol"]

    def cell(hys: int, parity: int) -> list[tuple]:
        return [
            (1, "(Intercept)", "fat", ""),
            (1, "hys", "fat", str(hys)),
            (1, "parity", "fat", str(parity)),
        ]

    # Printed with hys 1 and 3 at zero: the cells with records are what can be estimated.
    hp = p["hys_parity"]["value"]
    cells = [cell(1, 1), cell(2, 1), cell(3, 2), cell(4, 2)]
    means = [hp[4], hp[4] + hp[1], hp[5], hp[5] + hp[3]]
    ebv, pe = check("ebv"), check("pe")
    return {
        "source": MRODE.format("4.1", "5.1"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["fat"],
            "effects": [
                fixed("hys"),
                fixed("parity"),
                animal(column="cow"),
                random("pe", column="cow"),
            ],
            "variances": {"a": 20, "pe": 12, "residual": 28},
        },
        "checks": [
            rows(ebv[0], range(1, 9), *ebv[1:]),
            solutions(pe[0], range(4, 9), *pe[1:], effect="pe"),
            sums(means, cells, p["hys_parity"]["source"], 2 * p["hys_parity"]["atol"]),
        ],
    }


def mrode_4_2(ex: Any) -> dict[str, Any]:
    e = ex("ex_4_2")
    p = e["published"]
    return {
        "source": MRODE.format("4.2", "5.2"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["ww"],
            "effects": [
                fixed("sex"),
                animal(column="piglet"),
                random("c", column="litter_dam"),
            ],
            "variances": {"a": 20, "c": 15, "residual": 65},
        },
        "checks": [
            rows(p["ebv"]["value"], range(1, 16), p["ebv"]["source"], p["ebv"]["atol"]),
            solutions(
                p["litter"]["value"],
                (2, 4, 5),
                p["litter"]["source"],
                p["litter"]["atol"],
                effect="c",
            ),
            sums(
                p["sex"]["value"],
                level_means("ww", "sex", "MF"),
                p["sex"]["source"],
                p["sex"]["atol"],
            ),
        ],
    }


def two_traits(ex: Any, name: str, editions: tuple[str, str]) -> dict[str, Any]:
    e = ex(name)
    p, names = e["published"], ["wwg", "pwg"]
    ids = e["inputs"]["pedigree"]["id"]
    tables = {"ebv": "breeding_value", "pev": "pev", "reliability": "reliability"}
    checks = [
        rows(
            column(p[key]["value"], i),
            ids,
            p[key]["source"],
            p[key]["atol"],
            column=tables[key],
            trait=trait,
        )
        for key in tables
        if key in p
        for i, trait in enumerate(names)
    ]
    sexes = [part for trait in names for part in level_means(trait, "sex", "MF")]
    checks.append(sums(p["sex"]["value"], sexes, p["sex"]["source"], p["sex"]["atol"]))
    if "sep_animal1_f90" in p:
        given = p["sep_animal1_f90"]
        checks += [
            rows([v], [1], given["source"], given["atol"], column="se", trait=trait)
            for v, trait in zip(given["value"], names, strict=True)
        ]
    return {
        "source": MRODE.format(*editions),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": traits_of(e["inputs"]["data"], names),
        "model": {
            "traits": names,
            "effects": [fixed("sex"), animal()],
            "variances": {"a": e["inputs"]["G0"], "residual": e["inputs"]["R0"]},
        },
        "checks": checks,
    }


def mrode_5_3(ex: Any) -> dict[str, Any]:
    e = ex("ex_5_3")
    p, names = e["published"], ["fat1", "fat2"]
    cells = [part for trait in names for part in level_means(trait, "hys", "12")]
    return {
        "source": MRODE.format("5.3", "6.3"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": traits_of(e["inputs"]["data"], names),
        "model": {
            "traits": names,
            "effects": [fixed("hys", traits={"fat1": "hys1", "fat2": "hys2"}), animal()],
            "variances": {"a": e["inputs"]["G0"], "residual": e["inputs"]["R0"]},
        },
        "checks": [
            rows(
                column(p["ebv"]["value"], i),
                range(1, 9),
                p["ebv"]["source"],
                p["ebv"]["atol"],
                trait=trait,
            )
            for i, trait in enumerate(names)
        ]
        + [sums(p["hys"]["value"], cells, p["hys"]["source"], p["hys"]["atol"])],
    }


# Example 5.4: solutions as BLUPF90 prints them (the book's are those to three decimals, but for
# animal 6, where it repeats animal 5).
MRODE_5_4 = {
    "yw": numbers(
        """
        -3.36497774 -1.48909004 4.23664594 -6.93946803 -5.01220042 5.01220042 2.13678047
        -4.27356095 -12.16152864 -8.26284566 5.83581177 12.63228129 1.52268184 -4.29201845
        -1.87022083 4.29035684 2.68411368
        """
    ),
    "fy": numbers(
        """
        1.25823921 3.77372023 -1.68697171 -1.57147632 -2.09813041 2.09813041 3.56130079
        -7.12260158 -3.09074655 -1.26033550 3.77631522 3.55770600 5.97107079 -11.52738822
        0.01073376 11.99499708 1.66338290
        """
    ),
}
MRODE_5_4_HYS = {
    "yw": [412.26462367, 276.21351695],
    "fy": [194.02892921, 204.76619557, 161.66294167],
}


def mrode_5_4(ex: Any) -> dict[str, Any]:
    """No animal has both traits; the first has records in two herd-year-seasons of three."""
    sire = [0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 1, 3, 1, 3, 2, 2, 3]
    dam = [0, 0, 0, 0, 0, 0, 0, 0, 4, 5, 6, 0, 7, 8, 0, 13, 15]
    none = None
    source = TUTORIAL.format("Mrode chapter 5, example 5.4")
    return {
        "source": MRODE.format("5.4", "6.4"),
        "pedigree": pedigree({"id": list(range(1, 18)), "sire": sire, "dam": dam}),
        "data": {
            "animal": list(range(9, 18)),
            "hys": [1, 2, 2, 1, 1, 2, 3, 2, 3],
            "yw": [375, 250, 300, 450, none, none, none, none, none],
            "fy": [none, none, none, none, 200, 160, 150, 250, 175],
        },
        "model": {
            "traits": ["yw", "fy"],
            "effects": [fixed("hys"), animal()],
            "variances": {"a": [[43, 18], [18, 30]], "residual": [[77, 0], [0, 70]]},
        },
        "checks": [
            rows(values, range(1, 18), source, 3e-7, trait=trait)
            for trait, values in MRODE_5_4.items()
        ]
        + [
            sums(values, level_means(trait, "hys", range(1, len(values) + 1)), source, 3e-7)
            for trait, values in MRODE_5_4_HYS.items()
        ],
    }


def mrode_7_1(ex: Any) -> dict[str, Any]:
    e = ex("ex_7_1")
    p = e["published"]
    hp, source = p["herd_pen"]["value"], p["herd_pen"]["source"]
    cells = [
        [
            (1, "(Intercept)", "bw", ""),
            (1, "herd", "bw", str(herd)),
            (1, "pen", "bw", str(pen)),
        ]
        for herd in (1, 2, 3)
        for pen in (1, 2)
    ]
    means = [hp[herd] + hp[3 + pen] for herd in range(3) for pen in range(2)]
    return {
        "source": MRODE.format("7.1", "8.1"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["bw"],
            "effects": [
                fixed("herd"),
                fixed("pen"),
                animal(column="calf"),
                animal("m", column="dam", correlated_with="a"),
                random("pe", column="dam"),
            ],
            "variances": {"a": e["inputs"]["G0"], "pe": 40, "residual": 350},
        },
        "checks": [
            rows(p[key]["value"], range(1, 15), p[key]["source"], p[key]["atol"], effect=effect)
            for key, effect in (("direct", "a"), ("maternal", "m"))
        ]
        + [
            solutions(
                p["pe"]["value"], (2, 5, 6, 7), p["pe"]["source"], p["pe"]["atol"], effect="pe"
            ),
            sums(means, cells, source, 2 * p["herd_pen"]["atol"]),
        ],
    }


def test_day_sums(htd: list[float], curve: list[float], source: str, atols: Any) -> list[Any]:
    """Printed with the tenth herd-test-day at zero: its differences, and the curve's shape."""
    differences = [[(1, "htd", "fat", str(i)), (-1, "htd", "fat", "10")] for i in range(1, 10)]
    shape = [[(1, "curve", "fat", "", k)] for k in range(1, 5)]
    return [sums(htd[:9], differences, source, atols[0]), sums(curve[1:], shape, source, atols[1])]


def legendre(order: int) -> dict[str, Any]:
    return {"legendre": "dim", "order": order, "range": [4, 310]}


def curve_effect() -> dict[str, Any]:
    return {"name": "curve", "type": "covariate", "basis": legendre(4)}


def mrode_9_1(ex: Any) -> dict[str, Any]:
    e = ex("ex_9_1")
    p = e["published"]
    source = p["htd"]["source"]
    return {
        "source": MRODE.format("9.1", "10.1"),
        "pedigree": pedigree(e["inputs"]["pedigree"]),
        "data": e["inputs"]["data"],
        "model": {
            "traits": ["fat"],
            "effects": [
                fixed("htd"),
                curve_effect(),
                animal(),
                random("pe", column="animal"),
            ],
            "variances": {"a": 5.521, "pe": 8.470, "residual": 3.710},
        },
        "checks": [
            rows(p["ebv_daily"]["value"], range(1, 9), source, p["ebv_daily"]["atol"]),
            solutions(p["pe"]["value"], range(4, 9), source, p["pe"]["atol"], effect="pe"),
            *test_day_sums(
                p["htd"]["value"],
                p["curve"]["value"],
                source,
                (p["htd"]["atol"], p["curve"]["atol"]),
            ),
        ],
    }


MRODE_9_2 = {
    "htd": [10.0862, 7.5908, 8.5601, 8.2430, 6.3161, 3.0101, 3.1085, 3.1718, 0.5044, 0],
    "curve": [16.6384, -0.6253, -0.1346, 0.3479, -0.4218],
    "a": [
        [-0.0583, 0.0552, -0.0442],
        [-0.0728, -0.0305, -0.0244],
        [0.1311, -0.0247, 0.0686],
        [0.3445, 0.0063, -0.3164],
        [-0.4537, -0.0520, 0.2798],
        [-0.5485, 0.0730, 0.1946],
        [0.8518, -0.0095, -0.3131],
        [0.2209, 0.0127, -0.0174],
    ],
    "pe": [
        [-0.6487, -0.3601, -1.4718],
        [-0.7761, 0.1370, 0.9688],
        [-1.9927, 0.9851, -0.0693],
        [3.5188, -1.0510, -0.4048],
        [-0.1013, 0.2889, 0.9771],
    ],
}


def mrode_9_2(ex: Any) -> dict[str, Any]:
    """Tolerances as JuliaBnG/Mrode-4ed-examples.jl states them: the book rounds polynomials."""
    source = "book, as transcribed in JuliaBnG/Mrode-4ed-examples.jl"
    levels = {"a": range(1, 9), "pe": range(4, 9)}
    checks = [
        solutions(column(MRODE_9_2[effect], k), ids, source, 1e-4, effect=effect, coefficient=k)
        for effect, ids in levels.items()
        for k in range(3)
    ]
    g = [[3.297, 0.594, -1.381], [0.594, 0.921, -0.289], [-1.381, -0.289, 1.005]]
    p = [[6.872, -0.254, -1.101], [-0.254, 3.171, 0.167], [-1.101, 0.167, 2.457]]
    checks += test_day_sums(MRODE_9_2["htd"], MRODE_9_2["curve"], source, (2e-4, 1e-4))
    return {
        **mrode_9_1(ex),
        "source": MRODE.format("9.2", "10.2"),
        "model": {
            "traits": ["fat"],
            "effects": [
                fixed("htd"),
                curve_effect(),
                animal(basis=legendre(2)),
                random("pe", column="animal", basis=legendre(2)),
            ],
            "variances": {"a": g, "pe": p, "residual": 3.710},
        },
        "checks": checks,
    }


QUICK_TOUR = {
    "y": [3.0, 2, 4, 6, 3, 6, 6, 6, 8, 4],
    "y2": [4.5, 7.5, 3.5, -0.5, 5.5, 1.5, -1.5, 2.5, 0.5, 4.5],
    "A": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3],
    "S": [1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
    "x": [1.0, 1, 2, 2, 1, 2, 2, 1, 1, 2],
    "animal": [6, 9, 12, 7, 10, 13, 8, 11, 14, 15],
}
QUICK_TOUR_PEDIGREE = {
    "id": list(range(1, 16)),
    "sire": [0, 0, 0, 0, 0, 0, 2, 1, 2, 7, 7, 11, 11, 9, 11],
    "dam": [0, 0, 0, 0, 0, 0, 5, 4, 3, 6, 4, 8, 10, 13, 10],
}
# BLUPF90 solves these by iteration and stops before the last digits that it prints.
ITERATED = 5e-6
ITERATED_TWO_TRAITS = 1e-5  # exact dense solutions differ from the printed ones by up to 5.1e-6


def quick_tour(effects: list[Any], variances: Any, checks: list[Any], page: str) -> dict[str, Any]:
    return {
        "source": TUTORIAL.format(page),
        "pedigree": pedigree(QUICK_TOUR_PEDIGREE),
        "data": QUICK_TOUR,
        "model": {
            "traits": ["y", "y2"] if isinstance(variances["residual"], list) else ["y"],
            "effects": effects,
            "variances": variances,
            "inbreeding": False,
        },
        "checks": checks,
    }


def slope() -> dict[str, Any]:
    return {"name": "x", "type": "covariate"}


def quick_tour_mixed(ex: Any) -> dict[str, Any]:
    given = ex("blupf90_qt_mixed2")["published"]["sol"]
    found, source = given["value"], given["source"]
    checks = [
        sums(found[:3], level_means("y", "A", "123"), source, given["atol"]),
        solutions(found[3:5], "12", source, given["atol"], effect="S"),
        sums(found[5:], [[(1, "x", "y", "")]], source, given["atol"]),
    ]
    effects = [fixed("A"), random("S"), slope()]
    return quick_tour(effects, {"S": 1, "residual": 2}, checks, "quick tour, mixed model")


def quick_tour_animal(ex: Any) -> dict[str, Any]:
    given = ex("blupf90_qt_animal3")["published"]["contrasts_and_u"]
    found, source = given["value"], given["source"]
    contrasts = [
        [(1, "A", "y", "2"), (-1, "A", "y", "1")],
        [(1, "A", "y", "3"), (-1, "A", "y", "1")],
        [(1, "S", "y", "2"), (-1, "S", "y", "1")],
        [(1, "x", "y", "")],
    ]
    checks = [
        sums(found[:4], contrasts, source, given["atol"]),
        rows(found[4:], range(1, 16), source, given["atol"]),
    ]
    effects = [fixed("A"), fixed("S"), slope(), animal()]
    return quick_tour(effects, {"a": 0.5, "residual": 2}, checks, "quick tour, animal model")


def quick_tour_two_random(ex: Any) -> dict[str, Any]:
    given = ex("blupf90_qt_animal3a")["published"]["sol"]
    found, source = given["value"], given["source"]
    checks = [
        sums(found[:3], level_means("y", "A", "123"), source, ITERATED),
        solutions(found[3:5], "12", source, ITERATED, effect="S"),
        sums(found[5:6], [[(1, "x", "y", "")]], source, ITERATED),
        rows(found[6:], range(1, 16), source, ITERATED),
    ]
    effects = [fixed("A"), random("S"), slope(), animal()]
    variances = {"S": 1, "a": 0.5, "residual": 2}
    return quick_tour(effects, variances, checks, "quick tour, animal model with a random effect")


QUICK_TOUR_2 = {
    "y": numbers(
        """
        0.19990999 2.30088577 3.21493025 2.31093239 1.76148927 0.54865198 -0.02253416
        0.10792661 -0.02682949 0.03164894 0.13475233 -0.22496602 0.25609198 -0.01797409
        0.01371895 -0.84143020 0.19804880 0.03355559 0.10550434 0.52502266 -1.00156891
        """
    ),
    "y2": numbers(
        """
        5.43362035 2.42229505 1.78930980 2.25555489 3.88944218 -2.42030677 -0.04249548
        -0.13113037 0.09896514 -0.02495242 -0.23009750 0.32971990 -0.41070894 -0.07622271
        0.08288296 1.63889151 -0.20028530 0.06720834 0.07202442 -0.66337381 2.01449847
        """
    ),
}


def quick_tour_two_traits(ex: Any) -> dict[str, Any]:
    page = "quick tour, multiple traits"
    source, checks = TUTORIAL.format(page), []
    for trait, found in QUICK_TOUR_2.items():
        a, s, b = found[:3], found[3:5], found[5]
        cells = [
            [(1, "(Intercept)", trait, ""), (1, "A", trait, i), (1, "S", trait, j)]
            for i in "123"
            for j in "12"
        ]
        checks += [
            sums([x + y for x in a for y in s], cells, source, 2 * ITERATED_TWO_TRAITS),
            sums([b], [[(1, "x", trait, "")]], source, ITERATED_TWO_TRAITS),
            rows(found[6:], range(1, 16), source, ITERATED_TWO_TRAITS, trait=trait),
        ]
    effects = [fixed("A"), fixed("S"), slope(), animal()]
    variances = {"a": [[0.5, -0.25], [-0.25, 1.0]], "residual": [[2.0, 1.0], [1.0, 1.5]]}
    return quick_tour(effects, variances, checks, page)


EXAMPLES = {
    "mrode_3_1_animal_model": mrode_3_1,
    "mrode_3_2_sire_model": mrode_3_2,
    "mrode_3_3_reduced_animal_model": mrode_3_3,
    "mrode_3_4_groups": mrode_3_4,
    "mrode_4_1_repeatability": mrode_4_1,
    "mrode_4_2_common_environment": mrode_4_2,
    "mrode_5_1_two_traits": lambda ex: two_traits(ex, "ex_5_1", ("5.1", "6.1")),
    "mrode_5_2_missing_records": lambda ex: two_traits(ex, "ex_5_2", ("5.2", "6.2")),
    "mrode_5_3_unequal_design": mrode_5_3,
    "mrode_5_4_no_environmental_covariance": mrode_5_4,
    "mrode_7_1_maternal": mrode_7_1,
    "mrode_9_1_fixed_regression": mrode_9_1,
    "mrode_9_2_random_regression": mrode_9_2,
    "blupf90_mixed_model": quick_tour_mixed,
    "blupf90_animal_model": quick_tour_animal,
    "blupf90_two_random_effects": quick_tour_two_random,
    "blupf90_two_traits": quick_tour_two_traits,
}


def main(folder: Path) -> None:
    """Write one file an example."""

    def ex(name: str) -> Any:
        return json.loads((folder / f"{name}.json").read_text())

    HERE.mkdir(exist_ok=True)
    for name, make in EXAMPLES.items():
        made = {"name": name, **make(ex)}
        (HERE / f"{name}.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
