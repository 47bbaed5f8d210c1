"""Which version is looked at, and which part of it; everything stands in the address."""

import param

from dashboards.components.address import Text

CONTENT, COMPARE, CITE, TAGS, BACK = "content", "compare", "cite", "tags", "back"
PARTS = {"What is in it": CONTENT, "Compare": COMPARE, "Cite": CITE, "Tags": TAGS,
         "Go on from it": BACK}  # fmt: skip
ROWS = 15
"""Rows of a table that are shown to get to know it."""
PAGE = 50
"""Rows that differ on one page."""
CHANGES = {"All that differ": "", "Changed": "changed", "Added": "added", "Removed": "removed"}
HIDDEN = frozenset({"identities"})
"""Tables that are there for programs."""


class DatasetState(param.Parameterized):
    """`to` is the version compared with and `table` in what, `start` where the page of rows begins.

    `job` and `made` are a freeze that is followed; `tried` the imports of a restore.
    """

    id = param.String("")
    part = param.String(CONTENT)
    kind = param.String("")
    to = param.String("")
    table = param.String("")
    change = param.String("")
    start = Text("")
    job = param.String("")
    made = param.String("")
    tried = param.String("")
