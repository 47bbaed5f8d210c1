"""Which run is looked at, and the trait; both stand in the address."""

import param


class RunState(param.Parameterized):
    id = param.String("")
    trait = param.String("")
