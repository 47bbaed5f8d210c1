"""How to refer to a dataset version: in words, for BibTeX, schema.org and DataCite."""

import base64
import re
from typing import Any

from hub.datasets.schemas import Citation, DatasetRead

PUBLISHER = "AgriGen"
# BibTeX counts braces even behind a backslash, so a name with one could end its own field.
_BIBTEX = str.maketrans(
    {one: f"\\{one}" for one in "%&#_$"}
    | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
    | {"~": r"\~{}", "^": r"\^{}", "\\": r"\textbackslash{}"}
)


def citation(dataset: DatasetRead, url: str) -> Citation:
    """Everything in one; `url` is where the version is read."""
    return Citation(
        text=text(dataset, url),
        bibtex=bibtex(dataset, url),
        identifier=identifier(dataset),
        url=url,
        schema_org=schema_org(dataset, url),
        datacite=datacite(dataset, url),
    )


def identifier(dataset: DatasetRead) -> str:
    """The name of the content itself (RFC 6920), the same in whichever hub it is frozen."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(dataset.content_hash)).decode().rstrip("=")
    return f"ni:///sha-256;{digest}"


def text(dataset: DatasetRead, url: str) -> str:
    """One sentence for a list of references."""
    return (
        f"{_creator(dataset)} ({dataset.created_at:%Y}). {dataset.name} "
        f"(version {dataset.number}) [Data set]. {PUBLISHER}. {identifier(dataset)}. {url}"
    )


def bibtex(dataset: DatasetRead, url: str) -> str:
    """An entry for BibTeX; its key is the dataset's name, number and hash."""
    word = re.sub(r"[^a-z0-9]+", "-", dataset.name.lower()).strip("-") or "dataset"
    fields = {
        "author": "{" + _creator(dataset).translate(_BIBTEX) + "}",
        "title": "{" + dataset.name.translate(_BIBTEX) + "}",
        "year": f"{dataset.created_at:%Y}",
        "version": str(dataset.number),
        "publisher": PUBLISHER,
        "note": f"Data set, {identifier(dataset)}".translate(_BIBTEX),
        "url": url,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{word}-v{dataset.number}-{dataset.content_hash[:8]},\n{lines}\n}}\n"


def schema_org(dataset: DatasetRead, url: str) -> dict[str, Any]:
    """JSON-LD that search engines for data read."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": url,
        "identifier": identifier(dataset),
        "name": dataset.name,
        "description": _description(dataset),
        "version": str(dataset.number),
        "url": url,
        "dateCreated": dataset.created_at.isoformat(),
        "creator": {"@type": "Person", "name": _creator(dataset)},
        "publisher": {"@type": "Organization", "name": PUBLISHER},
        "isAccessibleForFree": False,
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": f"{table.kind}.{column.name}",
                "description": column.description,
                **({"unitText": column.unit} if column.unit else {}),
            }
            for table in dataset.tables
            for column in table.columns
        ],
    }


def datacite(dataset: DatasetRead, url: str) -> dict[str, Any]:
    """The attributes that DataCite asks for when a DOI is registered (schema 4.5)."""
    return {
        "identifiers": [{"identifier": identifier(dataset), "identifierType": "ni"}],
        "creators": [{"name": _creator(dataset), "nameType": "Personal"}],
        "titles": [{"title": dataset.name}],
        "publisher": {"name": PUBLISHER},
        "publicationYear": dataset.created_at.year,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Frozen tables"},
        "dates": [{"date": dataset.created_at.isoformat(), "dateType": "Created"}],
        "version": str(dataset.number),
        "descriptions": [{"description": _description(dataset), "descriptionType": "Abstract"}],
        "sizes": [f"{count} {name}" for name, count in sorted(dataset.counts.items())],
        "formats": ["application/vnd.apache.parquet"],
        "url": url,
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }


def _creator(dataset: DatasetRead) -> str:
    return dataset.creator or "Unnamed"


def _description(dataset: DatasetRead) -> str:
    counted = ", ".join(f"{count} {name}" for name, count in sorted(dataset.counts.items()))
    why = f"{dataset.why.rstrip('.')}. " if dataset.why else ""
    return f"{why}Frozen as they were on {dataset.created_at:%Y-%m-%d}: {counted}."
