"""Lessons for students, served by Voila; one notebook of a few lines a lesson."""

import sys

# jsonschema's check of the format "iri" compiles a grammar at import, two seconds in every process
# that loads Jupyter Server, and nothing here has such a field: without the module it is left out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
