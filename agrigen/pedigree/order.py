"""Order of a pedigree: parents before offspring, and generations."""

from agrigen._kernels import pedigree as kernels
from agrigen.types import Parents


def parents_first(sire: Parents, dam: Parents) -> tuple[Parents, bool]:
    """Order with parents first (a valid order is kept), and whether a loop forbids one."""
    order, looped = kernels.parents_first(sire, dam)
    return order, bool(looped)


def generations(sire: Parents, dam: Parents) -> Parents:
    """Longest known path to a founder; founders are 0."""
    result: Parents = kernels.generations(sire, dam)
    return result
