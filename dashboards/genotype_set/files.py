"""What of a genotype set can be kept as a table."""

from agrigen.client import Hub
from dashboards.downloads import Made, csv_of


def samples_csv(hub: Hub, id: str) -> Made:
    found = hub.genotypes.get(id)
    table = found.samples()
    table["reasons"] = [";".join(reasons) for reasons in table["reasons"]]
    return csv_of(f"{found.item['name']} samples", table)


def parents_csv(hub: Hub, id: str) -> Made:
    found = hub.genotypes.get(id)
    table = found.parentage()
    table["proposed"] = [";".join(one["tag"] for one in several) for several in table["proposed"]]
    return csv_of(f"{found.item['name']} parents", table)


def markers_csv(hub: Hub, id: str) -> Made:
    found = hub.genotypes.get(id)
    return csv_of(f"{found.item['name']} markers", found.markers())
