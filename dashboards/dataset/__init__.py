"""One version of a dataset: what is in it, how it differs, how to cite it and bring it back."""
