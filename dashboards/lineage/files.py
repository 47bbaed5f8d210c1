"""What of a lineage can be kept: the picture, and its runs as OpenLineage events."""

import json
from concurrent.futures import ThreadPoolExecutor
from html import escape

from agrigen.client import Hub
from dashboards.downloads import SVG, Made, file_name
from dashboards.lineage.data import Lineage, load
from dashboards.lineage.drawing import graph_svg
from dashboards.lineage.gather import ORDER, gather

RUNS = ("import", "genotype_set", "evaluation", "association")
AT_A_TIME = 8
MARK = ":"


def named(type: str, id: str, direction: str) -> str:
    """The three in one, as the address of a file has one id."""
    return MARK.join((type, id, direction))


def _load(hub: Hub, what: str) -> Lineage:
    type, id, direction = [*what.split(MARK), "", ""][:3]
    return load(hub, type, id, direction)


def lineage_svg(hub: Hub, id: str) -> Made:
    """The whole picture, nothing gathered, without links."""
    known = _load(hub, id)
    drawn = graph_svg(known, gather(known, ORDER))
    drawn = drawn.replace("<title>", f"<title>{escape('AgriGen: ')}", 1)
    return Made(f"{_name(known)}.svg", SVG, drawn.encode())


def lineage_json(hub: Hub, id: str) -> Made:
    """The events of all runs of the graph that one may see, the oldest first."""
    known = _load(hub, id)
    runs = [one["id"].partition(":")[2] for one in known.nodes if _is_run(one)]
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        told = list(threads.map(lambda run: hub.lineage.openlineage(run=run), runs))
    events = [json.loads(line) for lines in told for line in lines.splitlines()]
    events.sort(key=lambda one: one["run"]["facets"]["agrigen_event"]["number"])
    content = json.dumps(events, indent=1).encode()
    return Made(f"{_name(known)}.openlineage.json", "application/json", content)


def _is_run(node: dict[str, object]) -> bool:
    return node["type"] in RUNS and not node["hidden"]


def _name(known: Lineage) -> str:
    return file_name(f"lineage of {known.node['name']}")
