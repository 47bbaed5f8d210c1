"""What the viewer of growth and milk has chosen; farm, unit, part, year and animal are kept
in the page's address."""

import param

from dashboards.components.address import Text

PAGE_ROWS = 25
GROWTH, MILK, HEALTH = "growth", "milk", "health"
PARTS = {"Growth": GROWTH, "Milk": MILK, "Condition and withdrawals": HEALTH}


class GrowthState(param.Parameterized):
    """`animal` is the tag that is looked at closely; "" for none."""

    farm = Text("")
    unit = Text("")
    part = Text("")
    year = Text("")
    animal = Text("")
    page = param.Integer(0, bounds=(0, None))
