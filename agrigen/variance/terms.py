"""The covariance matrices of a model as one list, with names for their parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsmr

from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.arrays import Component, Covariances, Design
from agrigen.evaluation.system import freedom
from agrigen.types import Flags, Floats

RESIDUAL = "residual"

LEAST_START, MOST_START = 1e-3, 30.0
"""Of the phenotypic variance: a start outside is moved there."""

FIXED_STEPS = 40
"""Steps of least squares that take the fixed effects out of the starting variance."""


@dataclass(frozen=True, eq=False)
class Term:
    """One covariance matrix to estimate: of a block, or of the residuals of a group.

    Attributes
    ----------
    free
        Which elements are estimated, symmetric; the others stay where they start.
    scale
        What a variance would be if it explained all that varies, by row.
    freedom
        Levels or observations behind the matrix.
    group
        Residual group, None for a block.
    """

    name: str
    components: tuple[Component, ...]
    free: Flags
    scale: Floats
    freedom: float
    group: str | None = None

    @property
    def size(self) -> int:
        """Rows of the matrix."""
        return len(self.components)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Free elements, the lower triangle row by row."""
        return [(i, j) for i, j in self.all_pairs if self.free[i, j]]

    @property
    def all_pairs(self) -> list[tuple[int, int]]:
        """All elements of the lower triangle, row by row."""
        return [(i, j) for i in range(self.size) for j in range(i + 1)]

    def label(self, i: int, j: int, *, traits: bool) -> str:
        """Name of a parameter: `a`, `a:m`, `a(weight, fat)`, `pe(0, 1)`, `residual[2]`."""
        one, two = self.components[j], self.components[i]
        base = one.effect if one.effect == two.effect else f"{one.effect}:{two.effect}"
        if self.group:
            base = f"{base}[{self.group}]"
        words = [_inside(c, traits=traits) for c in ((one, two) if i != j else (one,))]
        return f"{base}({', '.join(words)})" if any(words) else base


def _inside(component: Component, *, traits: bool) -> str:
    words = [component.trait] if traits else []
    if component.coefficient is not None:
        words.append(str(component.coefficient))
    return " ".join(words)


def labels(terms: Sequence[Term]) -> list[str]:
    """Names of all parameters, held ones too, in the order of `pack`."""
    several = len({c.trait for term in terms for c in term.components}) > 1
    return [term.label(i, j, traits=several) for term in terms for i, j in term.all_pairs]


def pack(terms: Sequence[Term], matrices: Sequence[Floats]) -> Floats:
    """Lower triangles of all matrices in one vector."""
    return np.array(
        [m[i, j] for term, m in zip(terms, matrices, strict=True) for i, j in term.all_pairs]
    )


def to_list(covariances: Covariances) -> list[Floats]:
    """Blocks, then residual groups."""
    return [np.array(m, dtype=float) for m in (*covariances.blocks, *covariances.residual)]


def to_covariances(matrices: Sequence[Floats], blocks: int) -> Covariances:
    """The inverse of `to_list`."""
    return Covariances(tuple(matrices[:blocks]), np.stack(list(matrices[blocks:])))


def terms_of(design: Design) -> list[Term]:
    """All terms, free but where the records say nothing about a residual covariance."""
    variances = phenotypic_variances(design)
    traits = design.model.traits
    found = []
    for block, means in zip(design.blocks, _mean_squares(design), strict=True):
        own = np.array([variances[traits.index(c.trait)] for c in block.components])
        scale = own / np.where(means > 0, means, 1.0)
        free = np.ones((block.width, block.width), bool)
        found.append(Term(block.name, block.components, free, scale, float(freedom(block))))
    components = tuple(Component(RESIDUAL, trait) for trait in traits)
    for place, group in enumerate(design.groups):
        together = _together(design, place)
        count = float(
            np.isin(design.records.pattern, np.flatnonzero(design.records.group == place)).sum()
        )
        found.append(Term(RESIDUAL, components, together > 0, variances, count, group))
    return found


def hold(terms: Sequence[Term], names: Sequence[str]) -> list[Term]:
    """Terms with some parameters held: names of blocks, `residual`, or of single parameters.

    Raises
    ------
    ModelError
        For a name that is no parameter, with those that there are.
    """
    several = len({c.trait for term in terms for c in term.components}) > 1
    known: set[str] = set()
    held = []
    for term in terms:
        own = {term.name, *(c.effect for c in term.components)}
        free = term.free.copy()
        if own & set(names):
            free[:] = False
        for i, j in term.all_pairs:
            label = term.label(i, j, traits=several)
            known.add(label)
            if label in names:
                free[i, j] = free[j, i] = False
        known |= own
        held.append(replace(term, free=free))
    unknown = [name for name in names if name not in known]
    if unknown:
        text = f"There is no parameter {name_some([repr(name) for name in unknown])} to hold."
        remedy = f"Name effects or parameters: {name_some(sorted(known), shown=30)}."
        raise ModelError([Problem("parameter", (), text, remedy)])
    return held


def default_start(terms: Sequence[Term]) -> list[Floats]:
    """Half of what varies for the residuals, the rest in equal parts for the random effects."""
    shares = np.zeros(0)
    random = [term for term in terms if term.group is None]
    count: dict[str, int] = {}
    for term in random:
        for c in term.components:
            count[c.trait] = count.get(c.trait, 0) + 1
    found = []
    for term in random:
        shares = np.array([0.5 / count[c.trait] for c in term.components])
        found.append(np.diag(term.scale * shares))
    return found + [np.diag(0.5 * term.scale) for term in terms if term.group is not None]


def sensible(terms: Sequence[Term], matrices: Sequence[Floats]) -> list[Floats]:
    """Starting matrices brought into reach: nothing far below or above what varies.

    Matrices with held elements are left alone.
    """
    found = []
    for term, matrix in zip(terms, matrices, strict=True):
        if not term.free.all():
            found.append(matrix.copy())
            continue
        size = np.sqrt(np.outer(term.scale, term.scale))
        values, vectors = np.linalg.eigh(matrix / size)
        if values[0] >= LEAST_START and values[-1] <= MOST_START:
            found.append(matrix.copy())
            continue
        inner = (vectors * np.clip(values, LEAST_START, MOST_START)) @ vectors.T
        found.append((inner + inner.T) / 2.0 * size)
    return found


def unseen(design: Design) -> list[Problem]:
    """Residual covariances that no record tells about, in words."""
    traits = design.model.traits
    notes = []
    for place, group in enumerate(design.groups):
        together = _together(design, place)
        where = f" in {design.model.residual_by} {group}" if group else ""
        for i in range(len(traits)):
            for j in range(i):
                if together[i, j] == 0 and together[i, i] and together[j, j]:
                    text = (
                        f"No record{where} has both {traits[j]} and {traits[i]}: their residual "
                        "covariance cannot be estimated and is held where it started."
                    )
                    remedy = "It is 0 unless you give a start; predictions do not depend on it."
                    notes.append(Problem("no_common_record", (), text, remedy))
    return notes


def phenotypic_variances(design: Design) -> Floats:
    """Variance of each trait around the fixed effects.

    Raises
    ------
    DataError
        For a trait that does not vary.
    """
    records = design.records
    rest = _without_fixed(design)
    traits = design.model.traits
    weight = np.repeat(records.weight, np.diff(records.start))
    count = np.bincount(records.trait, minlength=len(traits))
    total = np.bincount(records.trait, weights=weight * rest**2, minlength=len(traits))
    spread = np.bincount(records.trait, weights=weight * records.y**2, minlength=len(traits))
    freedom = np.maximum(count - design.rank / len(traits), 1.0)
    variances: Floats = total / freedom
    flat = [
        t for t, v, s in zip(traits, variances, spread, strict=True) if v <= 1e-14 * s or v <= 0
    ]
    if flat:
        text = f"{name_some(flat)} does not vary once the fixed effects are taken out."
        remedy = "Variances cannot be estimated: check the column, or leave out fixed effects."
        raise DataError([Problem("no_variation", (), text, remedy)])
    return variances


def _without_fixed(design: Design) -> Floats:
    """Residuals of the records on the fixed columns alone, by ordinary least squares."""
    records = design.records
    shape = (records.y.size, design.size)
    w = csr_array((records.value, records.column, records.first), shape=shape)
    columns = np.flatnonzero(~design.pinned[design.fixed]) + design.fixed.start
    x = w[:, columns]
    if not columns.size:
        return records.y
    solution = lsmr(x, records.y, atol=1e-10, btol=1e-10, maxiter=FIXED_STEPS)[0]
    rest: Floats = records.y - x @ solution
    return rest


def _mean_squares(design: Design) -> list[Floats]:
    """Mean square that each component of each block has in the records of its trait."""
    records = design.records
    observed = np.bincount(records.trait, minlength=len(design.model.traits))
    found = []
    for block in design.blocks:
        mine = (records.column >= block.span.start) & (records.column < block.span.stop)
        place = (records.column[mine] - block.offset) % block.width
        total = np.bincount(place, weights=records.value[mine] ** 2, minlength=block.width)
        count = [observed[design.model.traits.index(c.trait)] for c in block.components]
        found.append(total / np.maximum(count, 1))
    return found


def _together(design: Design, group: int) -> Floats:
    """Records of a residual group that have both of two traits."""
    records = design.records
    counts = np.bincount(records.pattern, minlength=records.group.size)
    mine = records.group == group
    observed = records.observed[mine].astype(float)
    together: Floats = observed.T @ (counts[mine][:, None] * observed)
    return together
