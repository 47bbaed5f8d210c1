"""What the viewer of studies has chosen."""

import param

SHOWN = 100


class AssociationsState(param.Parameterized):
    """`trait` is the trait whose studies are listed; "" for all. It stands in the address."""

    trait = param.String("")
