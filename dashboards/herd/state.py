"""What the viewer of a herd has chosen; farm and trait also stand in the page's address."""

import param

PAGE_ROWS = 25
ORDERS = {
    "Highest breeding value": "-value",
    "Lowest breeding value": "value",
    "Tag": "tag",
    "Youngest": "-birth_date",
    "Oldest": "birth_date",
}
SEXES = {"All": "", "Females": "F", "Males": "M"}
STATUSES = {"Alive": "alive", "All": "", "Sold": "sold", "Dead": "dead"}


class HerdState(param.Parameterized):
    """The choices; changing one of them is what makes the page change."""

    farm = param.String("")
    trait = param.String("")
    text = param.String("")
    sex = param.String("")
    status = param.String("alive")
    order = param.String("-value")
    page = param.Integer(0, bounds=(0, None))
