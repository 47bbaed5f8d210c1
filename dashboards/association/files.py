"""What of a study can be kept: the table of tests, and both pictures for a publication."""

from agrigen.client import Hub
from dashboards.downloads import Made, csv_of, svg_of


def tests_csv(hub: Hub, id: str) -> Made:
    """All tests, in the order of the map."""
    association = hub.associations.get(id)
    return csv_of(association.item["name"], association.frame())


def manhattan_svg(hub: Hub, id: str) -> Made:
    """-log10 p along the genome, the best markers named."""
    association = hub.associations.get(id)
    thresholds = association.points()["thresholds"]
    drawn = association.plot(
        threshold=thresholds["bonferroni"],
        suggestive=thresholds["suggestive"],
        label=5,
    )
    return svg_of(f"{association.item['name']} genome", drawn)


def qq_svg(hub: Hub, id: str) -> Made:
    """Observed over expected -log10 p."""
    association = hub.associations.get(id)
    return svg_of(f"{association.item['name']} observed and expected", association.plot("qq"))
