"""What the viewer of watched places has chosen; it stands in the page's address."""

import param

from dashboards.components.address import Text


class SourcesState(param.Parameterized):
    """`id` is the place that is looked at; "" for none, "new" while one is set up."""

    id = Text("")
