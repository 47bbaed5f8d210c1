"""JupyterHub as AgriGen runs it: sign-in, roles, user servers, services behind one address."""

import sys

# jsonschema's check of the format "iri" compiles a grammar at import, two seconds in every process
# that loads Jupyter Server, and nothing here has such a field: without the module it is left out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
