"""What the viewer of genotype sets has chosen."""

import param

from dashboards.components.address import Text

SHOWN = 100
LARGEST_FILE = "64MB"
MATCHES = {
    "any identifier of the animal": "identifier",
    "its tag": "tag",
    "nothing of ours: link later": "none",
}
CODINGS = {"found by itself": "auto", "TOP": "TOP", "FWD": "FWD", "AB": "AB", "Plus": "Plus"}


class GenotypesState(param.Parameterized):
    """`farm` is the farm whose sets are listed; "" for all. `file` names files handed in before,
    with a comma between. Both stand in the address.
    """

    farm = Text("")
    file = Text("")
