"""No dependency is older than its last advisory; no address of one machine is written down."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

CHECKOUT = Path(__file__).resolve().parents[2]

# Lowest versions without a known advisory, as published on GitHub.
FLOORS = {
    "jupyterhub": "5.5.1",  # GHSA-69wv-m5fw-2fhp
    "jupyter-server": "2.21.1",  # GHSA-c3mw-737p-c7g2
    "jupyterlab": "4.5.7",  # CVE-2026-40171
    "oauthenticator": "17.4.0",  # CVE-2026-33175
    "voila": "0.5.6",  # CVE-2024-30265
    "tornado": "6.5",
    # Not used; whoever adds one starts above its advisories.
    "notebook": "7.5.6",  # CVE-2026-40171
    "ltiauthenticator": "1.6.3",  # CVE-2023-25574, CVE-2026-34052
    "jupyter-server-proxy": "4.2",  # CVE-2024-28179
}
PINNED = dict(
    re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (CHECKOUT / "constraints.txt").read_text(), re.M)
)


def declared() -> list[Requirement]:
    """Every requirement of pyproject.toml, of the library, its extras and all groups."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return [Requirement(one) for group in lists for one in group if isinstance(one, str)]


@pytest.mark.parametrize("name", FLOORS)
def test_a_dependency_is_not_older_than_its_last_advisory(name: str) -> None:
    """I4: as installed."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        assert name not in PINNED, "pinned, but not installed: the check would pass unseen"
        return
    assert Version(installed) >= Version(FLOORS[name])


@pytest.mark.parametrize("name", FLOORS)
def test_no_list_of_ours_lets_an_older_one_in(name: str) -> None:
    """I4: as pinned in constraints.txt, and as declared in pyproject.toml."""
    floor = Version(FLOORS[name])
    assert name not in PINNED or Version(PINNED[name]) >= floor
    below = Version(f"{floor.major}.{floor.minor}.{max(floor.micro - 1, 0)}")
    for wanted in declared():
        if wanted.name == name and below < floor:
            assert not wanted.specifier.contains(str(below)), wanted


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
