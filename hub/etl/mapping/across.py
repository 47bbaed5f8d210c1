"""What columns tell of one another: codes of sex by who is a parent, occasions by the animals."""

from collections.abc import Sequence

import polars as pl

from hub.etl.cells import SEXES, UNKNOWN
from hub.etl.mapping.suggestion import GOOD, Suggestion

_NOBODY = [word for word in UNKNOWN if word]
_SURE = 0.75


def with_sexes_of_parents(found: Sequence[Suggestion], sample: pl.DataFrame) -> list[Suggestion]:
    """Numbers that stand for sexes mean what those animals have that are sires and dams."""
    best = _best(found)
    if "id" not in best or "sex" not in best:
        return list(found)
    sex = sample[best["sex"].theirs].cast(pl.String)
    if not sex.drop_nulls().str.contains(r"^\d$").all():
        return list(found)
    table = _told_by_parents(best, sample.with_columns(sex.alias("_sex")))
    if not table or all(SEXES.get(code) == meant for code, meant in table.items()):
        return list(found)
    told = ", ".join(f"{code} is {meant}" for code, meant in sorted(table.items()))
    step = {"step": "codes", "column": best["sex"].theirs, "table": dict(sorted(table.items()))}
    changed = {"score": 1.0, "why": f"sires and dams of the file tell that {told}"}
    sexes = best["sex"].model_copy(update={**changed, "cleaning": [step]})
    return [sexes if one is best["sex"] else one for one in found]


def _told_by_parents(best: dict[str, Suggestion], sample: pl.DataFrame) -> dict[str, str]:
    """Code to sex; empty when parents contradict it, or there are none."""
    codes = set(sample["_sex"].drop_nulls())
    table: dict[str, str] = {}
    for parent, meant in (("sire", "M"), ("dam", "F")):
        if parent not in best:
            continue
        named = sample[best[parent].theirs].cast(pl.String)
        named = named.filter(~named.is_in(_NOBODY)).drop_nulls()
        own = sample.filter(pl.col(best["id"].theirs).cast(pl.String).is_in(named.implode()))
        theirs = set(own["_sex"].drop_nulls())
        if len(theirs) > 1 or theirs & table.keys():
            return {}
        table |= dict.fromkeys(theirs, meant)
    left = codes - table.keys()
    if len(table) == len(left) == 1:
        table[left.pop()] = "F" if "M" in table.values() else "M"
    return table if set(table.values()) == {"F", "M"} else {}


def with_occasions(found: Sequence[Suggestion], sample: pl.DataFrame) -> list[Suggestion]:
    """Where nothing is dated, a column that may be the occasion is, if it tells rows apart."""
    best = _best(found)
    if "animal" not in best or best.keys() & {"date", "occasion"}:
        return list(found)
    animal = best["animal"].theirs
    if not sample[animal].drop_nulls().is_duplicated().any():
        return list(found)
    apart = "it tells the rows of an animal apart"
    for one in sorted(found, key=lambda one: -one.score):
        if one.ours == "occasion" and not sample.select(animal, one.theirs).is_duplicated().any():
            why = {"score": _SURE, "why": f"{one.why}; {apart}" if one.why else apart}
            return [one.model_copy(update=why) if other is one else other for other in found]
    return list(found)


def _best(found: Sequence[Suggestion]) -> dict[str, Suggestion]:
    """The surest suggestion for each column of ours that is good enough."""
    good = sorted((one for one in found if one.score >= GOOD), key=lambda one: one.score)
    return {one.ours: one for one in good}
