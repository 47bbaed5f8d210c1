"""The version of the software and the description of this API."""

import platform
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel

from extensions.base.openapi import document
from extensions.base.routing import Call, Routes
from hub.reach import Reach

routes = Routes("About")


class Version(BaseModel):
    """What runs here."""

    name: str
    version: str
    api: str
    python: str


@routes.get("/version", public=True, reach=Reach.EVERYBODY, returns=Version)
async def get_version(call: Call) -> Version:
    """Name the software and its version."""
    return Version(
        name="AgriGen", version=version("agrigen"), api="v1", python=platform.python_version()
    )


@routes.get("/openapi.json", public=True, reach=Reach.EVERYBODY, returns=dict[str, Any])
async def get_openapi(call: Call) -> dict[str, Any]:
    """Describe every operation of this service in OpenAPI 3.1."""
    from extensions.points import all_routes  # this module is one of those it lists

    return document(all_routes(), call.app.base_url)
