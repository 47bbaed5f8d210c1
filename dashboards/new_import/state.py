"""What the viewer of a new import has chosen; everything is kept in the page's address."""

import param

from dashboards.components.address import Parts, Text

POLICIES = {
    "Take the good rows, keep the others to be mended": "good_rows",
    "Take nothing": "all_or_nothing",
}
MOST_COLUMNS = 60
"""Columns that can be chosen for one by one; of wider files the first ones and those in use."""
SHOWN_ROWS = 8
LOOKED_AT = 50


class NewImportState(param.Parameterized):
    """What is "" is as the hub suggests. `columns` is {column: use}, `steps` the cleaning."""

    file = Text("")
    farm = Text("")
    kind = Text("")
    policy = Text("")
    columns = Parts("")
    steps = Parts("")
