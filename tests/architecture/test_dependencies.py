"""No dependency is older than its last advisory; no address of one machine is written down."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

CHECKOUT = Path(__file__).resolve().parents[2]

# Lowest versions without a known advisory, as published on GitHub.
FLOORS = {
    "jupyterhub": "5.5.1",  # GHSA-69wv-m5fw-2fhp
    "jupyter-server": "2.21.0",  # GHSA-c3mw-737p-c7g2
    "jupyterlab": "4.5.7",  # CVE-2026-40171
    "oauthenticator": "17.4.0",  # CVE-2026-33175
    "voila": "0.5.6",  # CVE-2024-30265
    "tornado": "6.5",
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_dependency_is_not_older_than_its_last_advisory(name: str) -> None:
    assert Version(version(name)) >= Version(FLOORS[name])


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    forbidden = re.compile(r'index-url\s*=|"resolved":\s*"http|/work/(main|shared)|/root/')
    found = [
        name
        for name in names
        if name
        and name != "tests/architecture/test_dependencies.py"
        and (CHECKOUT / name).is_file()
        and (CHECKOUT / name).suffix not in {".png", ".parquet", ".gz", ".bed"}
        and forbidden.search((CHECKOUT / name).read_text(errors="ignore"))
    ]
    assert found == []
