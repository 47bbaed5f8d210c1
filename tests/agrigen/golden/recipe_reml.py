"""Make reml/*.json: python -m tests.agrigen.golden.recipe_reml FOLDER_OF_WORKED_EXAMPLES

Published REML estimates and iterates. The textbook's inputs are carried too; the tutorial's data
(4,641 and 23,205 records, public domain) are in the folder of reference data.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.agrigen.golden.recipe_published import TUTORIAL, pedigree

HERE = Path(__file__).parent / "reml"


def mrode_17_7(folder: Path) -> dict[str, Any]:
    given = json.loads((folder / "ex_17_7_reml.json").read_text())
    p = given["published"]
    iterates = {"a": "ai_s2a", "residual": "ai_s2e", "log_likelihood": "logL"}
    return {
        "source": "Mrode and Pocrnic 2023 (4th ed.), section 17.7, table 17.3",
        "pedigree": pedigree(given["inputs"]["pedigree"]),
        "data": given["inputs"]["data"],
        "start": {"a": given["inputs"]["start"]["a"], "residual": given["inputs"]["start"]["e"]},
        "ai_iterates": {name: p[key]["value"] for name, key in iterates.items()},
        "em_first_iterate": {
            "a": p["em_first_iterate_s2e_s2a"]["value"][1],
            "residual": p["em_first_iterate_s2e_s2a"]["value"][0],
        },
        "ai_inverse_residual_a": p["AIinv"]["value"],
        "solutions_at_start": p["solutions_start"]["value"],
        "atol": {
            "ai_iterates": p["ai_s2e"]["atol"],
            "em_first_iterate": p["em_first_iterate_s2e_s2a"]["atol"],
            "ai_inverse_residual_a": p["AIinv"]["atol"],
            "solutions_at_start": p["solutions_start"]["atol"],
        },
    }


BLUPF90_SINGLE = {
    "source": TUTORIAL.format("variance component estimation, AIREMLF90, single trait"),
    "start": {"a": 100, "residual": 100},
    "minus_two_log_likelihood_at_start": 34141.8991194978,
    "minus_two_log_likelihood": 33423.4510659485,
    "estimates": {"a": 38.538, "residual": 62.691},
    "se": {"a": 3.6703, "residual": 2.5593},
    "h2": 0.38070,
    "h2_se_sampled": 0.030140,
}
BLUPF90_CLASSES = {
    "source": TUTORIAL.format("variance component estimation, heterogeneous residuals by class"),
    "a": 39.296,
    "a_se": 4.0909,
    "log_residual": {"1": 4.28231169726656, "2": 4.36065608258819, "3": 4.38963108448880},
    "log_residual_variance": {"1": 0.32743e-2, "2": 0.31352e-2, "3": 0.29536e-2},
}
BLUPF90_FOUR_TRAITS = {
    "source": TUTORIAL.format("large-scale evaluation, REML of a four-trait repeatability model"),
    "residual": [
        [45.124, 22.357, 18.626, 13.762],
        [22.357, 44.210, 22.690, 18.016],
        [18.626, 22.690, 46.101, 22.795],
        [13.762, 18.016, 22.795, 45.274],
    ],
    "a": [
        [41.967, 22.512, 24.058, 26.907],
        [22.512, 17.489, 19.738, 24.257],
        [24.058, 19.738, 28.775, 34.741],
        [26.907, 24.257, 34.741, 56.668],
    ],
    "pe": [
        [15.546, 15.237, 10.490, 1.4105],
        [15.237, 40.937, 19.562, 6.4840],
        [10.490, 19.562, 27.782, 4.5379],
        [1.4105, 6.4840, 4.5379, 2.4410],
    ],
    "ebv_animal": {
        "1": [-3.43278933, 1.63205564, 1.86332893, 5.42050028],
        "2": [1.35147071, 1.75742269, 6.60794020, 5.09637833],
    },
    "ebv_atol": 0.011,
    "ebv_note": "solved by iteration there; exact solutions differ by up to 0.0101",
}


def main(folder: Path) -> None:
    HERE.mkdir(exist_ok=True)
    made = {
        "mrode_17_7": mrode_17_7(folder),
        "blupf90_single_trait": BLUPF90_SINGLE,
        "blupf90_residual_by_class": BLUPF90_CLASSES,
        "blupf90_four_traits": BLUPF90_FOUR_TRAITS,
    }
    for name, numbers in made.items():
        (HERE / f"{name}.json").write_text(json.dumps({"name": name, **numbers}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
