"""What the viewer of a season has chosen; farm, kind, days and unit stand in the address."""

import param

DAYS = {"A week": 7, "Two weeks": 14, "A month": 30, "Three months": 91}


class SeasonState(param.Parameterized):
    """The choices."""

    farm = param.String("")
    kind = param.String("")
    days = param.Integer(14, bounds=(1, 366))
    unit = param.String("")
    animal = param.String("", doc="The tag that the form begins with")
