"""Slow readable versions of the kernels: the oracle of the other tests."""
