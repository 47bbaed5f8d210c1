"""Compiled loops: arrays in, arrays out, no checks. `warm()` compiles them all once."""

from agrigen._kernels.warm import warm

__all__ = ["warm"]
