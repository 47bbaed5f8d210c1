"""Between variances as people give them and the matrices of a design."""

from collections.abc import Mapping
from typing import Any

from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.variances import RESIDUAL, check_variances, covariances
from agrigen.types import Floats


def as_covariances(design: Design, given: Mapping[str, Any]) -> Covariances:
    """Checked matrices in the order of the design.

    Raises
    ------
    ModelError
        For what is missing, superfluous, of a wrong shape or not positive definite.
    """
    return covariances(design.model, check_variances(design.model, given), design.groups)


def as_mapping(design: Design, covariances: Covariances) -> dict[str, Any]:
    """Plain numbers and lists, as the model file takes them."""
    mapping = {
        block.name: _plain(matrix)
        for block, matrix in zip(design.blocks, covariances.blocks, strict=True)
    }
    residual = [_plain(matrix) for matrix in covariances.residual]
    by_group = dict(zip(design.groups, residual, strict=True))
    return {**mapping, RESIDUAL: by_group if design.model.residual_by else residual[0]}


def _plain(matrix: Floats) -> Any:
    return float(matrix[0, 0]) if matrix.size == 1 else matrix.tolist()
