"""Pictures: a pedigree, a distribution. Figures belong to the caller; nothing global is touched.

matplotlib is loaded when a figure is asked for (``pip install agrigen[plot]``); the SVG of a
pedigree needs nothing.
"""

from agrigen.plot.distribution import distribution
from agrigen.plot.manhattan import manhattan
from agrigen.plot.pedigree import pedigree
from agrigen.plot.pedigree_svg import pedigree_svg
from agrigen.plot.qq import qq

__all__ = ["distribution", "manhattan", "pedigree", "pedigree_svg", "qq"]
