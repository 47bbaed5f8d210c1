"""What each column of a file is used for, as one choice a column, and back as a mapping.

A use is `columns.NAME` (one of our columns), `traits.CODE`, `keep` (beside the record) or `leave`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

KEEP, LEAVE = "keep", "leave"
KEEPING = ("records", "milk_recording")
"""Kinds whose further columns can be kept beside the record."""
EVERYTHING = "*"

Uses = dict[str, str]


def uses_of(mapping: Mapping[str, Any], columns: Iterable[str], kind: str) -> Uses:
    """The use of each column as a mapping says it."""
    found = {name: _left_over(mapping, name, kind) for name in columns}
    for ours, theirs in mapping.get("columns", {}).items():
        found[theirs] = f"columns.{ours}"
    for code, theirs in mapping.get("traits", {}).items():
        found[theirs] = f"traits.{code}"
    if mapping.get("occasion"):
        found[mapping["occasion"]] = "columns.occasion"
    return found


def _left_over(mapping: Mapping[str, Any], name: str, kind: str) -> str:
    ignored = mapping.get("ignore", ())
    if kind not in KEEPING or name in ignored:
        return LEAVE
    kept = mapping.get("attributes")
    if kept is not None:
        return KEEP if name in kept else LEAVE
    return LEAVE if EVERYTHING in ignored or kind == "milk_recording" else KEEP


def changed(uses: Uses, wanted: Mapping[str, str], kind: str) -> Uses:
    """With other uses; what two columns cannot be is taken from the one that was it."""
    found = dict(uses)
    for name, use in wanted.items():
        if name not in found:
            continue
        for other, held in found.items():
            if "." in use and held == use and other != name:
                found[other] = KEEP if kind == "records" else LEAVE
        found[name] = use
    return found


def mapping_of(uses: Uses, kind: str) -> dict[str, Any]:
    """The mapping that says the same."""
    columns = {use.removeprefix("columns."): name for name, use in uses.items()
               if use.startswith("columns.")}  # fmt: skip
    traits = {use.removeprefix("traits."): name for name, use in uses.items()
              if use.startswith("traits.")}  # fmt: skip
    found: dict[str, Any] = {"columns": columns}
    if kind in KEEPING:
        found["traits"] = traits
        if "occasion" in columns:
            found["occasion"] = columns.pop("occasion")
    kept, left = ([name for name, use in uses.items() if use == one] for one in (KEEP, LEAVE))
    if not kept:
        found["ignore"] = [EVERYTHING]
    elif kind == "milk_recording":
        found["attributes"] = kept
    elif left:
        found["ignore"] = left
    return found


def made_by(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns that steps of cleaning make."""
    names: list[str] = []
    for step in steps:
        into = step.get("into", [])
        names += into if isinstance(into, list) else [into]
        names += [step["column"]] if step["step"] == "constant" else []
    return list(dict.fromkeys(names))
