"""Which animal is looked at, the trait the viewer came with, and the unit of weights."""

import param


class AnimalState(param.Parameterized):
    """All of it stands in the address."""

    id = param.String("")
    trait = param.String("")
    unit = param.String("")
