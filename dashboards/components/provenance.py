"""Where the numbers of a page come from, in one line."""

from collections.abc import Mapping
from html import escape
from typing import Any

from dashboards.theme import day


def provenance_footer(evaluation: Mapping[str, Any] | None) -> str:
    """Name, date and data of the evaluation behind the breeding values."""
    if evaluation is None:
        return '<p class="quiet">There is no published evaluation for these animals yet.</p>'
    name = escape(str(evaluation.get("name") or "Evaluation"))
    when = day(evaluation.get("published_at") or evaluation.get("finished_at"))
    parts = [f"Breeding values: {name}, published {when}"]
    provenance = evaluation.get("provenance") or {}
    mark = str((provenance.get("dataset") or {}).get("content_hash", ""))
    if mark:
        parts.append(f"data <code>{escape(mark[:12])}</code>")
    return f'<p class="quiet">{", ".join(parts)}.</p>'
