"""What the viewer of growth and milk has chosen; farm, unit, part, year and animal are kept
in the page's address."""

import param

PAGE_ROWS = 25
GROWTH, MILK, HEALTH = "growth", "milk", "health"
PARTS = {"Growth": GROWTH, "Milk": MILK, "Condition and withdrawals": HEALTH}


class GrowthState(param.Parameterized):
    """`animal` is the tag that is looked at closely; "" for none."""

    farm = param.String("")
    unit = param.String("kg")
    part = param.String("")
    year = param.String("")
    animal = param.String("")
    page = param.Integer(0, bounds=(0, None))
