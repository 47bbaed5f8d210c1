"""Choosing a farm on pages that show one at a time."""

from collections.abc import Sequence

from agrigen.client import Hub, Item


def load_farms(hub: Hub) -> list[Item]:
    """Farms the viewer may see, their own first, shared ones last."""
    farms = hub.farms.list(limit=None)
    return sorted(farms, key=lambda farm: (farm["my_role"] is None, farm["shared"], farm["name"]))


def farm_names(farms: Sequence[Item]) -> dict[str, str]:
    """Names for the chooser; two farms of one name are told apart by their codes."""
    names = [farm["name"] for farm in farms]
    return {
        name if names.count(name) == 1 else f"{name} ({farm['code']})": farm["id"]
        for name, farm in zip(names, farms, strict=True)
    }


NO_FARM = "You do not belong to a farm yet. Ask the steward of your hub to add you to one."
