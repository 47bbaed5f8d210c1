"""The notebooks that need a hub run from top to bottom on the demonstration."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.running import CHECKOUT, RunningHub

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("name", "person", "printed"),
    [
        ("00_tour.ipynb", "rita", ""),
        ("20_refit.ipynb", "rita", "Largest difference among"),
        ("40_genomic_prediction.ipynb", "rita", "with genotypes"),
        ("41_gwas.ipynb", "rita", "Largest difference among"),
        # last: it publishes an evaluation of its own
        ("30_evaluation_tour.ipynb", "stella", "direct converged"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_notebook_runs(
    name: str, person: str, printed: str,
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("AGRIGEN_URL", hub.url)
    monkeypatch.setenv("AGRIGEN_TOKEN", hub.token(person))
    notebook = nbformat.read(CHECKOUT / "notebooks" / name, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    assert printed in shown
