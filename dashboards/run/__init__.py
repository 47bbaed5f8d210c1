"""One evaluation run: variance components, trends, reliabilities, and how it was computed."""
