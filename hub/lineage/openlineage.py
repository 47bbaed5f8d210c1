"""Runs in the words of OpenLineage (openlineage.io, specification 2-0-2): jobs, runs and datasets.

A run is an import, genotype set, evaluation or association. Content is named by its hash, so that
the same data are the same dataset wherever they are; people are not named.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from agrigen.provenance import __version__

PRODUCER = f"urn:agrigen:hub:{__version__}"
SPEC = "https://openlineage.io/spec"
SCHEMA = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
OWN = "urn:agrigen:facet:event:1"
_VERSIONS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
    "SourceCodeJobFacet": "1-0-1",
}
_VALUE_FIELDS = {
    "animal_id": "uuid", "trait": "string", "effect": "string", "value": "double",
    "se": "double", "reliability": "double", "inbreeding": "double", "records": "integer",
}  # fmt: skip
_TABLE_FIELDS = {
    "animals": {
        "id": "string", "name": "string", "breed": "string", "sex": "string", "birth_date": "date",
        "birth_type": "integer", "sire": "string", "dam": "string", "status": "string",
    },
    "events": {"animal": "string", "date": "date", "event": "string"},
    "records": {"animal": "string", "trait": "string", "date": "date", "value": "double"},
}  # fmt: skip
_TABLES = {"milk_recording": "records"}
_DONE = "COMPLETE"

Run = Mapping[str, Any]


def event(row: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """One event as JSON has it."""
    run, noun, ended = row["run"], row["noun"], row["type"] == _DONE
    inputs, outputs = _DATASETS[noun](run, namespace, ended)
    return {
        "eventType": row["type"],
        "eventTime": row["at"].isoformat(),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": str(row["subject_id"]), "facets": _run_facets(row, run)},
        "job": {"namespace": namespace, "name": _job(noun, run), "facets": _job_facets(noun, run)},
        "inputs": inputs,
        "outputs": outputs if row["type"] in (_DONE, "START", "RUNNING") else [],
    }


def facet(name: str, /, **fields: Any) -> dict[str, Any]:
    """A facet with who says it and which schema it has."""
    url = f"{SPEC}/facets/{_VERSIONS[name]}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


def _job(noun: str, run: Run) -> str:
    kinds = {"import": f"import.{run.get('kind')}", "genotype_set": "genotypes.make"}
    return kinds.get(noun, f"{noun}s.run")


def _run_facets(row: Mapping[str, Any], run: Run) -> dict[str, Any]:
    engine = {"version": __version__, "name": "AgriGen", "openlineageAdapterVersion": __version__}
    own = {
        "_producer": PRODUCER,
        "_schemaURL": OWN,
        "number": row["n"],
        "name": run.get("name", ""),
    }
    own |= {name: run[name] for name in ("result_hash", "parser", "rules") if run.get(name)}
    own["software"] = (run.get("provenance") or {}).get("software") or {}
    facets = {
        "processing_engine": facet("ProcessingEngineRunFacet", **engine),
        "agrigen_event": own,
    }
    if row["type"] == "FAIL":
        message = run.get("error") or "It failed without a message."
        failed = facet("ErrorMessageRunFacet", message=message, programmingLanguage="Python")
        facets["errorMessage"] = failed
    return facets


def _job_facets(noun: str, run: Run) -> dict[str, Any]:
    kind = {"import": "IMPORT", "genotype_set": "GENOTYPES"}.get(noun, noun.upper())
    known = {"processingType": "BATCH", "integration": "AGRIGEN", "jobType": kind}
    facets = {"jobType": facet("JobTypeJobFacet", **known)}
    if noun == "import":
        stated = {name: run[name] for name in ("mapping", "cleaning", "policy") if run.get(name)}
    else:
        stated = run.get("model") or run.get("settings") or {}
    if stated:
        code = {"language": "json", "sourceCode": json.dumps(stated, sort_keys=True)}
        facets["sourceCode"] = facet("SourceCodeJobFacet", **code)
    return facets


def _dataset(namespace: str, name: str, facets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets, **more}


def _version(content_hash: str) -> dict[str, Any]:
    return {"version": facet("DatasetVersionDatasetFacet", datasetVersion=content_hash)}


def _schema(fields: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    return {"schema": facet("SchemaDatasetFacet", fields=listed)}


def _file(namespace: str, file: Run) -> dict[str, Any]:
    return _dataset(namespace, f"files/{file['sha256']}", _version(file["sha256"]))


def _import(run: Run, namespace: str, ended: bool) -> tuple[list[Any], list[Any]]:
    """A file in, a table of the farm out, with which column of the file became which of ours."""
    files = [_file(namespace, one) for one in run.get("files") or []]
    fields = _TABLE_FIELDS[_TABLES.get(str(run["kind"]), str(run["kind"]))]
    columns = (run.get("mapping") or {}).get("columns") or {}
    for one in files:
        one["facets"] |= _schema({columns.get(name, name): "string" for name in fields})
        if ended:
            size = (run["files"] or [{}])[0].get("size", 0)
            counts = {"rowCount": run["rows_read"], "bytes": size, "columnMetrics": {}}
            checks = facet("DataQualityMetricsInputDatasetFacet", **counts)
            one["inputFacets"] = {"dataQualityMetrics": checks}
            if asserted := _assertions(run.get("findings") or {}):
                judged = facet("DataQualityAssertionsDatasetFacet", assertions=asserted)
                one["inputFacets"]["dataQualityAssertions"] = judged
    table = _dataset(namespace, f"farms/{run['farm']}/{run['kind']}", _schema(fields))
    if files:
        table["facets"]["columnLineage"] = _columns(files[0], fields, columns)
    if ended and not run.get("dry_run"):
        table["outputFacets"] = _statistics(run["rows_loaded"])
    return files, [] if run.get("dry_run") else [table]


def _columns(
    file: Mapping[str, Any], fields: Mapping[str, str], columns: Mapping[str, str]
) -> dict[str, Any]:
    lineage = {
        name: {
            "inputFields": [
                {
                    "namespace": file["namespace"], "name": file["name"],
                    "field": columns.get(name, name),
                    "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION"}],
                }
            ]
        }
        for name in fields
    }  # fmt: skip
    return facet("ColumnLineageDatasetFacet", fields=lineage)


def _assertions(findings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules that rows broke; an error refuses the row, a warning is told."""
    return [
        {
            "assertion": rule,
            "success": False,
            "severity": "error" if one["severity"] == "error" else "warn",
            "actual": f"{one['count']} rows break it",
        }
        for rule, one in sorted(findings.items())
    ]


def _statistics(rows: int) -> dict[str, Any]:
    return {"outputStatistics": facet("OutputStatisticsOutputDatasetFacet", rowCount=rows)}


def _genotypes(run: Run, namespace: str, ended: bool) -> tuple[list[Any], list[Any]]:
    inputs = [_file(namespace, one) for one in run.get("files") or []]
    if run.get("parent"):
        inputs.append(_set(namespace, run["parent"]))
    made = [_set(namespace, run["content_hash"])] if ended and run.get("content_hash") else []
    for one in made:
        one["outputFacets"] = _statistics(int((run.get("counts") or {}).get("samples", 0)))
    return inputs, made


def _set(namespace: str, content_hash: str) -> dict[str, Any]:
    return _dataset(namespace, f"genotypes/{content_hash}", _version(content_hash))


def _computed(run: Run, namespace: str, ended: bool) -> tuple[list[Any], list[Any]]:
    """Frozen data and genotypes in, values of animals or markers out."""
    inputs = []
    if dataset := run.get("dataset"):
        hashed = dataset["content_hash"]
        inputs.append(_dataset(namespace, f"datasets/{hashed}", _version(hashed)))
        counts = {"rowCount": dataset["counts"].get("records", 0), "columnMetrics": {}}
        checks = facet("DataQualityMetricsInputDatasetFacet", **counts)
        inputs[0]["inputFacets"] = {"dataQualityMetrics": checks}
    if run.get("genotypes"):
        inputs.append(_set(namespace, run["genotypes"]))
    if not ended:
        return inputs, []
    facets = _version(run["result_hash"])
    if "traits" not in run:
        return inputs, [_dataset(namespace, f"associations/{run['id']}", facets)]
    facets |= _schema(_VALUE_FIELDS)
    if inputs:
        facets["columnLineage"] = _values_lineage(inputs[0], run["traits"])
    return inputs, [_dataset(namespace, f"breeding_values/{run['id']}", facets)]


def _values_lineage(dataset: Mapping[str, Any], traits: list[str]) -> dict[str, Any]:
    """A value rests on every record of its traits, and on the pedigree."""
    how = [{"type": "INDIRECT", "subtype": "AGGREGATION", "description": "mixed-model equations"}]
    place = {"namespace": dataset["namespace"], "name": dataset["name"]}
    fields = ["animal", "sire", "dam", *traits]
    used = [{**place, "field": name, "transformations": how} for name in fields]
    lineage = {name: {"inputFields": used} for name in ("value", "reliability")}
    return facet("ColumnLineageDatasetFacet", fields=lineage)


_DATASETS: dict[str, Callable[[Run, str, bool], tuple[list[Any], list[Any]]]] = {
    "import": _import,
    "genotype_set": _genotypes,
    "evaluation": _computed,
    "association": _computed,
}
