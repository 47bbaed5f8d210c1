"""Which study is looked at, and the marker whose region is shown; both stand in the address."""

import param

AROUND = 1_000_000
"""Base pairs on each side of a chosen marker."""


class AssociationState(param.Parameterized):
    id = param.String("")
    marker = param.String("")
