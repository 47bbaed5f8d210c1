"""The notebooks that need a hub run from top to bottom, as the researcher, on the demonstration."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.running import CHECKOUT, RunningHub

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", ["00_tour.ipynb", "20_refit.ipynb"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_notebook_runs(
    name: str, hub: RunningHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("AGRIGEN_URL", hub.url)
    monkeypatch.setenv("AGRIGEN_TOKEN", hub.token("rita"))
    notebook = nbformat.read(CHECKOUT / "notebooks" / name, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    printed = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    if name == "20_refit.ipynb":
        assert "Largest difference among" in printed
