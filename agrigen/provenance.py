"""Where a result comes from: a record that provenance.schema.json describes."""

import hashlib
import json
import platform
import resource
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from time import perf_counter
from typing import Any

import numpy as np

SCHEMA_VERSION = "1.0.0"
LIBRARIES = ("numpy", "scipy", "pandas", "numba")


def _own_version() -> str:
    try:
        return version("agrigen")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0+unknown"


__version__ = _own_version()


@dataclass
class Stopwatch:
    """Seconds since it was made."""

    start: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """Elapsed wall-clock seconds."""
        return perf_counter() - self.start


def record(
    parameters: dict[str, Any],
    inputs: dict[str, Any],
    *,
    seconds: float,
    seed: int | None = None,
) -> dict[str, Any]:
    """The provenance of one run."""
    return {
        "schema_version": SCHEMA_VERSION,
        "software": {"name": "agrigen", "version": __version__},
        "parameters": parameters,
        "seed": seed,
        "environment": environment(),
        "resources": {"seconds": round(seconds, 3), "peak_memory_mb": peak_memory_mb()},
        "inputs": inputs,
    }


def environment() -> dict[str, Any]:
    """Interpreter, system and libraries that computed the numbers."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "libraries": dict(_libraries()),
    }


@cache
def _libraries() -> dict[str, str]:
    """Versions of the libraries: reading them takes longer than a small evaluation."""
    return {name: version(name) for name in LIBRARIES}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return round(peak * bytes_each / 1e6, 1)


def hash_columns(*columns: Any) -> str:
    """SHA-256 of columns of values, the same on every machine: numbers by value, others by text."""
    digest = hashlib.sha256()
    for column in columns:
        digest.update(_bytes(np.asarray(column)))
        digest.update(b"\x1e")
    return digest.hexdigest()


def _bytes(values: Any) -> bytes:
    if values.dtype.kind in "biuf":
        return bytes(np.ascontiguousarray(values, dtype="<f8").data)
    texts = values.tolist()
    try:
        return "\x1f".join(texts).encode()
    except TypeError:  # not all are texts
        return "\x1f".join(map(str, texts)).encode()


def schema() -> dict[str, Any]:
    """The JSON schema that every record passes."""
    loaded: dict[str, Any] = json.loads(
        files("agrigen").joinpath("provenance.schema.json").read_text(encoding="utf-8")
    )
    return loaded
