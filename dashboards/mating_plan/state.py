"""What the viewer of mating plans has chosen; farm and plan also stand in the page's address."""

import param

from dashboards.components.address import Text

PAGE_ROWS = 25
CLOSENESS = {
    "6.25 % (first cousins)": 0.0625,
    "12.5 % (half siblings)": 0.125,
    "3.1 % (half cousins)": 0.03125,
    "25 % (full siblings)": 0.25,
}
RULES = {"Never": "forbid", "Allow, but say so": "warn", "Do not look": "ignore"}
PRNP_TYPES = {"1 (most resistant)": 1, "2": 2, "3": 3, "4": 4, "5 (any)": 5}
NEW, PLAN, PAIR = "new", "plan", "pair"
VIEWS = {"Make a plan": NEW, "The plan": PLAN, "One pair": PAIR}


class MatingState(param.Parameterized):
    """`plan` is the kept plan that is shown; "" for none."""

    farm = Text("")
    plan = Text("")
    view = Text(NEW)
    unit = Text("")
    page = param.Integer(0, bounds=(0, None))
