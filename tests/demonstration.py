"""The demonstration, made once: hubs of tests begin with copies of its folder.

A first start takes most of a minute, one in a copy a few seconds.
"""

import shutil
import subprocess
from pathlib import Path

from hub.local.postgres import EmbeddedPostgres
from tests.running import running_hub

LENT = "user-env"
"""The environment of user servers, a gigabyte: copies have a link to the first one's."""
ELSEWHERE = "postgres-folder"
"""Where root keeps the cluster, which no other user could reach in the folder itself."""


def make(home: Path) -> None:
    """Start a hub in this folder for the first time, and stop it."""
    with running_hub(home):
        pass


def copy(home: Path, to: Path) -> Path:
    """A folder with all that a stopped hub keeps."""
    shutil.copytree(
        home, to, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LENT, ELSEWHERE)
    )
    (to / LENT).symlink_to((home / LENT).resolve())
    if (home / ELSEWHERE).exists():
        cluster, copied = EmbeddedPostgres(home).folder, EmbeddedPostgres(to).folder
        subprocess.run(["cp", "-a", f"{cluster}/.", str(copied)], check=True)
    return to
