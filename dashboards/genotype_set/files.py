"""What of a genotype set can be kept as a table."""

from agrigen.client import Hub
from dashboards.downloads import CSV, Made, csv_of, file_name


def samples_csv(hub: Hub, id: str) -> Made:
    """Samples with what was measured and why they are left out."""
    return _of_report(hub, id, "samples")


def markers_csv(hub: Hub, id: str) -> Made:
    """Markers with what was counted and why they are left out."""
    return _of_report(hub, id, "markers")


def parents_csv(hub: Hub, id: str) -> Made:
    """Recorded and proposed parents."""
    found = hub.genotypes.get(id)
    table = found.parentage()
    table["proposed"] = [";".join(one["tag"] for one in several) for several in table["proposed"]]
    return csv_of(f"{found.item['name']} parents", table)


def _of_report(hub: Hub, id: str, what: str) -> Made:
    found = hub.genotypes.get(id)
    name = file_name(f"{found.item['name']} {what}")
    return Made(f"{name}.csv", CSV, found.file(f"{what}.csv"))
