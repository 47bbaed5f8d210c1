"""What the viewer of reports has chosen; everything is kept in the page's address."""

import param

from dashboards.components.address import Text

SUBJECTS = {
    "Composition": "composition",
    "Births and fertility": "fertility",
    "Survival": "survival",
    "Leaving": "disposals",
    "Growth": "growth",
    "Milk": "milk",
    "Trends": "trends",
    "Inbreeding": "inbreeding",
    "Beside other farms": "benchmarks",
}
LANGUAGES = {"English": "en", "Français": "fr"}
FIRST = "composition"


class ReportsState(param.Parameterized):
    """`year` is the year of the benchmarks; "" for the last one."""

    farm = Text("")
    unit = Text("")
    subject = Text(FIRST)
    language = Text("en")
    year = Text("")
