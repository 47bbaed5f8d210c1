"""Which animal is looked at, and the trait the viewer came with; both stand in the address."""

import param


class AnimalState(param.Parameterized):
    id = param.String("")
    trait = param.String("")
