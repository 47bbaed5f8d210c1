"""Solutions of an earlier evaluation, in the order of a new one."""

import numpy as np
import pandas as pd
from scipy.sparse.linalg import spsolve

from agrigen.evaluation.arrays import Design
from agrigen.evaluation.result import Evaluation
from agrigen.types import Floats


def start_from(design: Design, start: Evaluation | None) -> Floats | None:
    """Solutions of an earlier evaluation in the order of this one; 0 where there were none."""
    if start is None:
        return None
    before = start.solutions.assign(coefficient=start.solutions["coefficient"].fillna(-1))
    known = {
        (str(effect), str(trait), int(order)): pd.Series(
            rows["solution"].to_numpy(), index=rows["level"].astype(str)
        )
        for (effect, trait, order), rows in before.groupby(["effect", "trait", "coefficient"])
    }
    values = np.zeros(design.size)
    for block in design.blocks:
        names = block.structure.names.astype(str)
        for place, component in enumerate(block.components):
            order = -1 if component.coefficient is None else component.coefficient
            found = known.get((component.effect, component.trait, order))
            if found is not None:
                levels = found.reindex(names).fillna(0.0).to_numpy()
                values[block.offset + place : block.span.stop : block.width] = levels
    raw = np.zeros(design.fixed.stop - design.fixed.start)
    for c in design.coefficients:
        found = known.get((c.effect, c.trait, -1 if c.order is None else c.order))
        if c.place >= 0 and found is not None:
            raw[c.place] = found.get(c.level, 0.0)
    values[design.fixed] = spsolve(design.report.tocsc(), raw)
    return values
