"""What is looked at and how; all of it stands in the address."""

import param

from dashboards.components.address import Text

UP, DOWN, BOTH = "up", "down", "both"
DIRECTIONS = {"Where it comes from": UP, "What rests on it": DOWN, "Both": BOTH}
ALL = "all"


class LineageState(param.Parameterized):
    """`open` names the types whose things are all drawn, `rows` is "all" when all are listed."""

    type = Text("")
    id = Text("")
    direction = Text("")
    open = Text("")
    rows = Text("")
