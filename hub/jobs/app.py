"""The queue: Procrastinate in the hub's own PostgreSQL, schema `jobs`.

Bodies live with their nouns and are found by name, so that this noun knows none of them.
"""

from procrastinate import App, PsycopgConnector

INTERACTIVE = "interactive"
BULK = "bulk"
SEARCH_PATH = "app,jobs,public"

BODIES = (
    "hub.exports.tasks",
    "hub.files.tasks",
    "hub.etl.tasks",
    "hub.etl.quarantine.tasks",
    "hub.etl.watching.tasks",
    "hub.genotypes.tasks",
    "hub.evaluations.tasks",
    "hub.associations.tasks",
    "hub.versions.tasks",
    "hub.privacy.tasks",
)

# Opened by the worker only; everybody else queues on the connection of their own transaction.
queue = App(connector=PsycopgConnector(), import_paths=list(BODIES))
