"""The API service as a process of its own, before anybody asks it anything."""

import os
import subprocess
import sys
from pathlib import Path

START = "from extensions.server import make_server; from hub.settings import Settings; "


def test_starting_leaves_no_folder_behind(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path),
        "AGRIGEN_DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:9",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/api/",
        "JUPYTERHUB_API_TOKEN": "a-token-of-nobody",
    }
    command = [sys.executable, "-c", START + "make_server(Settings())"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.glob("agrigen-api-*")) == []
