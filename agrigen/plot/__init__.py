"""Pictures: a pedigree, a distribution. Figures belong to the caller; nothing global is touched.

matplotlib is loaded when a figure is asked for (``pip install agrigen[plot]``); the SVG of a
pedigree needs nothing. Interactive pictures need Bokeh (``pip install agrigen[interactive]``).
"""

from agrigen.plot.distribution import distribution
from agrigen.plot.manhattan import manhattan
from agrigen.plot.manhattan_interactive import manhattan_interactive, save_html
from agrigen.plot.pedigree import pedigree
from agrigen.plot.pedigree_svg import pedigree_svg
from agrigen.plot.qq import qq
from agrigen.plot.region import region

__all__ = [
    "distribution", "manhattan", "manhattan_interactive", "pedigree", "pedigree_svg", "qq",
    "region", "save_html",
]  # fmt: skip
