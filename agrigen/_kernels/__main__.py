"""`python -m agrigen._kernels` compiles every kernel, so that nobody waits for it later."""

from agrigen._kernels.warm import warm

warm()
