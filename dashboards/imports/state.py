"""What the viewer of imports has chosen; everything is kept in the page's address."""

import param

from dashboards.components.address import Text

PAGE_ROWS = 20
KINDS = {
    "animals": "Animals",
    "records": "Weights and other measurements",
    "milk_recording": "Milk recording",
    "events": "Events",
}
"""Kinds of imports as people say them."""
STATES = {
    "queued": "waiting",
    "running": "at work",
    "done": "done",
    "failed": "stopped by an error",
    "cancelled": "stopped",
}


class ImportsState(param.Parameterized):
    """ "" stands for all; `page` begins with 0."""

    farm = Text("")
    kind = Text("")
    show = Text("")
    page = param.Integer(0, bounds=(0, 500))
