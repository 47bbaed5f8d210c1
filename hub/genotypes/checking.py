"""What agrigen finds out about a set: quality control with its filter, and parents."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen.genotypes import Genotypes, Samples
from agrigen.genotypes.parentage import Parentage
from agrigen.genotypes.quality_report import QualityReport
from agrigen.species import species
from hub.genotypes.rules import CODES, SEX

BINS = 40
SWAPS_SHOWN = 100
PROPOSALS_SHOWN = 5
DUPLICATES_SHOWN = 1000
WORDS = {"unknown": "U", "male": "M", "female": "F"}

PARENTAGE_COLUMNS = (
    "animal_id", "sample", "role", "recorded_id", "status", "opposing", "compared", "proposed",
    "has_proposal",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """What stays of the genotypes, under the names of the samples, and what was found."""

    kept: Genotypes
    report: QualityReport
    applied: bool


def labeled(
    genotypes: Genotypes, animals: Mapping[str, str], sexes: Mapping[str, str]
) -> Genotypes:
    """The same genotypes with ids of animals where samples have one, and the recorded sexes."""
    names = [str(name) for name in genotypes.ids]
    said = [
        CODES.get(sexes.get(name, "U"), 0) or int(code)
        for name, code in zip(names, genotypes.samples.sex, strict=True)
    ]
    samples = Samples.of([animals.get(name, name) for name in names], sex=said)
    return Genotypes(genotypes.packed, samples, genotypes.markers)


def check(
    genotypes: Genotypes,
    named: Genotypes,
    pedigree: ag.Pedigree | None,
    rules: ag.QualityRules,
    kind: str,
    *,
    apply: bool,
) -> Checked:
    """Quality control of genotypes; `named` are the same under the ids of animals."""
    report = ag.quality_control(named, rules, kind=kind, pedigree=pedigree)
    if not apply:
        return Checked(genotypes, report, applied=False)
    rows, columns = report.samples["keep"].to_numpy(), report.markers["keep"].to_numpy()
    return Checked(genotypes[rows, columns], report, applied=True)


def sample_rows(
    genotypes: Genotypes, checked: Checked, sexes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Of each sample its state, the reasons, and what was measured."""
    table = checked.report.samples
    inferred = table.get("inferred_sex", pd.Series("unknown", index=table.index))
    rows = zip(
        genotypes.ids, genotypes.samples.sex, table["keep"], table["reasons"], table["flags"],
        table["call_rate"], table["heterozygosity"], inferred, strict=True,
    )  # fmt: skip
    return [
        {
            "name": str(name),
            "state": "kept" if keep or not checked.applied else "excluded",
            "reasons": [*reasons, *flags],
            "call_rate": finite(rate),
            "heterozygosity": finite(heterozygosity),
            "sex_recorded": sexes.get(str(name)) or SEX[int(sex)],
            "sex_found": WORDS[str(found)],
        }
        for name, sex, keep, reasons, flags, rate, heterozygosity, found in rows
    ]


def marker_table(checked: Checked, kind: str) -> pd.DataFrame:
    """The markers that stay, with what is known of them among the samples that stay."""
    kept, report = checked.kept, checked.report.markers
    if checked.applied:
        report = report[report["keep"]]
    markers, rule = kept.markers, species(kind)
    names = {name: rule.normalize(name) for name in pd.unique(markers.chromosomes)}
    counts = kept.counts()
    return pd.DataFrame(
        {
            "place": np.arange(len(markers)),
            "name": markers.names,
            "chromosome": [names[name] for name in markers.chromosomes],
            "position": markers.positions,
            "counted": markers.counted,
            "other": markers.other,
            "frequency": kept.frequencies(),
            "missing": counts[:, 3] / max(1, len(kept)),
            "hardy_weinberg": report["hardy_weinberg"].to_numpy(),
        }
    )


def quality(checked: Checked, names: Mapping[str, str]) -> dict[str, Any]:
    """The report as it is shown; `names` are those of samples by label."""
    report = checked.report
    told = report.to_mapping()
    found = report.duplicates.head(DUPLICATES_SHOWN)
    pairs = found.assign(
        **{side: [names.get(str(one), str(one)) for one in found[side]] for side in "ab"}
    )
    return {
        "applied": checked.applied,
        "rules": told["rules"],
        "counts": told["counts"],
        "dropped": told["dropped"],
        "flagged": told["flagged"],
        "histograms": _histograms(report),
        "duplicates": plain(pairs[["a", "b", "identity", "compared"]].to_dict("records")),
        "notes": [_with_names(note, names) for note in told["notes"]],
    }


def _with_names(note: str, names: Mapping[str, str]) -> str:
    """A remark names samples by the labels they were given to agrigen under."""
    for word in {word.strip(",.;") for word in note.split()} & names.keys():
        note = note.replace(word, names[word])
    return note


def _histograms(report: QualityReport) -> dict[str, Any]:
    samples, markers, rules = report.samples, report.markers, report.rules
    p = markers["hardy_weinberg"].clip(lower=1e-30)
    least = rules.hardy_weinberg
    return {
        "sample_call_rate": _histogram(samples["call_rate"], rules.sample_call_rate),
        "heterozygosity": _histogram(samples["heterozygosity"], None),
        "marker_call_rate": _histogram(markers["call_rate"], rules.marker_call_rate),
        "minor_frequency": _histogram(markers["minor_frequency"], rules.minor_frequency),
        "hardy_weinberg": _histogram(-np.log10(p), -math.log10(least) if least else None),
    }


def _histogram(values: pd.Series, threshold: float | None) -> dict[str, Any]:
    seen = values.to_numpy(dtype=float)
    counts, edges = np.histogram(seen[np.isfinite(seen)], BINS)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "threshold": threshold}


def parents(
    genotypes: Genotypes, pedigree: ag.Pedigree, kind: str, names: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Recorded and proposed parents of the animals with genotypes, and a summary."""
    try:
        found = ag.verify_parents(genotypes, pedigree, kind=kind)
    except ag.GenotypeError as error:  # no autosome, say: the set is still a set
        return pd.DataFrame(columns=list(PARENTAGE_COLUMNS)), {"note": str(error)}
    table = _parentage(found, names)
    proposed = int(table["has_proposal"].sum())
    swaps = found.swaps.head(SWAPS_SHOWN)
    summary = {
        "verdicts": found.counts,
        "proposed": proposed,
        "swaps": [[names.get(str(r.a), ""), names.get(str(r.b), "")] for r in swaps.itertuples()],
    }
    return table, summary


def _parentage(found: Parentage, names: Mapping[str, str]) -> pd.DataFrame:
    proposed: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.proposals.itertuples():
        proposed.setdefault((str(row.id), str(row.role)), []).append(
            {
                "animal_id": str(row.candidate),
                "opposing": int(row.conflicts),
                "compared": int(row.compared),
                "verdict": str(row.verdict),
            }
        )
    rows = [
        (str(row.id), str(row.role), str(row.parent), str(row.verdict),
         int(row.conflicts), int(row.compared))
        for row in found.pairs.itertuples()
    ]  # fmt: skip
    there = {(row[0], row[1]) for row in rows}
    rows += [(*key, "", "unknown", 0, 0) for key in proposed if key not in there]
    place = {label: number for number, label in enumerate(names)}
    rows.sort(key=lambda row: (place.get(row[0], 0), row[1] != "sire"))
    columns = [
        (animal, names.get(animal, animal), role, recorded, status, opposing, compared,
         json.dumps(proposed.get((animal, role), [])[:PROPOSALS_SHOWN]),
         (animal, role) in proposed)
        for animal, role, recorded, status, opposing, compared in rows
    ]  # fmt: skip
    return pd.DataFrame(columns, columns=list(PARENTAGE_COLUMNS))


def pedigree_of(frame: pd.DataFrame) -> ag.Pedigree | None:
    """The recorded pedigree of the animals and all their visible ancestors."""
    if frame.empty:
        return None
    return ag.Pedigree.from_frame(frame, sex="sex", birth="birth_date")


def finite(value: Any) -> float | None:
    """A number as JSON and the database hold it."""
    return float(value) if value is not None and math.isfinite(value) else None


def plain(value: Any) -> Any:
    """As JSON holds it; what is not finite becomes null."""
    return json.loads(json.dumps(value, default=_plain_one), parse_constant=lambda _: None)


def _plain_one(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
