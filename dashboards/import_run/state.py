"""What the viewer of one import has chosen; everything is kept in the page's address."""

import param

from dashboards.components.address import Text

PAGE_ROWS = 20
REJECTED, WARNED, DISCARDED = "rejected", "warned", "discarded"
SHOWS = {"Not taken": REJECTED, "Left out": DISCARDED, "Taken with a remark": WARNED}
ROWS, DONE, CLEANING, ABOUT = "rows", "done", "cleaning", "about"
PARTS = {
    "Rows": ROWS,
    "What was done": DONE,
    "What cleaning changed": CLEANING,
    "Report and origin": ABOUT,
}


class ImportRunState(param.Parameterized):
    """`rule` and `column` narrow the rows; `after` is where their page begins."""

    id = Text("")
    part = Text(ROWS)
    show = Text(REJECTED)
    rule = Text("")
    column = Text("")
    after = Text("")
