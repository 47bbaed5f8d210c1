"""Figures outside pyplot."""

import pickle

from agrigen import plot


def test_a_notebook_shows_a_figure_though_pyplot_does_not_know_it():
    figure = plot.distribution([1.0, 2.0, 4.0], label="kg")
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pickle.loads(pickle.dumps(figure))._repr_png_()[:4] == b"\x89PNG"
