"""What the viewer of reports has chosen; everything is kept in the page's address."""

import param

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

    farm = param.String("")
    unit = param.String("kg")
    subject = param.String(FIRST)
    language = param.String("en")
    year = param.String("")
