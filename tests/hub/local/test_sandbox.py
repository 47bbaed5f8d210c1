"""A person's own server in the sandbox sees its home and nothing of the hub."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.jupyterhub import spawner
from hub.settings import Settings

sandboxed = pytest.mark.skipif(
    not spawner.sandbox_works(), reason="bubblewrap is not installed or may not make namespaces"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A hub's home with secrets, another person, and the person `rita`."""
    for folder in ("homes/rita", "homes/sam", "secrets", "hub", "postgres", "user-env"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "secrets" / "proxy").write_text("secret-of-the-proxy")
    (tmp_path / "hub" / "jupyterhub.sqlite").write_text("secret-of-the-hub")
    (tmp_path / "homes" / "sam" / "notes").write_text("secret-of-sam")
    return tmp_path


def inside(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    box = spawner.sandbox(home / "user-env", home / "homes" / "rita", "/home/rita")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/rita"}
    return subprocess.run(
        [*box, "/bin/sh", "-c", script], capture_output=True, text=True, env=environment
    )


@sandboxed
def test_files_of_the_hub_and_of_others_are_not_there(home: Path) -> None:
    result = inside(home, f"find {home} / -xdev -type f -path '{home}*' 2>/dev/null; ls /home")
    assert result.stdout.split() == ["rita"]


@sandboxed
def test_no_secret_can_be_read_by_its_path(home: Path) -> None:
    for path in ("secrets/proxy", "hub/jupyterhub.sqlite", "homes/sam/notes"):
        assert inside(home, f"cat {home}/{path}").returncode != 0
    assert inside(home, "cat /etc/shadow").returncode != 0


@sandboxed
def test_processes_of_the_hub_cannot_be_seen(home: Path) -> None:
    result = inside(home, "ls /proc | grep -c '^[0-9]'; cat /proc/1/cmdline | tr '\\0' ' '")
    assert int(result.stdout.split()[0]) < 8
    assert "python" not in result.stdout


@sandboxed
def test_a_person_is_not_root_and_can_write_at_home_only(home: Path) -> None:
    result = inside(home, "id -u; id -un; echo mine > ~/file; touch /usr/x /etc/x; echo $?")
    assert result.stdout.split()[:2] == ["1000", "rita"]
    assert result.stdout.split()[-1] != "0"
    assert (home / "homes" / "rita" / "file").read_text() == "mine\n"


@sandboxed
def test_no_port_lets_others_read_what_a_kernel_prints(home: Path) -> None:
    environment = Path(sys.prefix)
    box = spawner.sandbox(environment, home / "homes" / "rita", "/home/rita")
    names = {
        "PATH": f"{environment}/bin:/usr/bin:/bin",
        "HOME": "/home/rita",
        "JUPYTER_RUNTIME_DIR": spawner.RUNTIME,
    }
    script = (
        f"jupyter kernel {spawner.KERNELS_APART} & "
        f"until grep -l hb_port {spawner.RUNTIME}/*.json; do sleep 0.1; done; "
        f"cat {spawner.RUNTIME}/*.json; kill $!"
    )
    result = subprocess.run(
        [*box, "/bin/sh", "-c", script], capture_output=True, text=True, env=names, timeout=60
    )
    assert '"transport": "ipc"' in result.stdout, result.stderr
    assert '"ip": "127.0.0.1"' not in result.stdout


def test_links_in_a_home_lead_no_writing_of_ours_out_of_it(home: Path) -> None:
    """A person could have the hub overwrite another's notebook, or a secret."""
    rita, sam, environment = home / "homes" / "rita", home / "homes" / "sam", home / "user-env"
    (environment / "numba-cache" / "kernels").mkdir(parents=True)
    (environment / "numba-cache" / "kernels" / "a.nbi").write_text("compiled")
    (environment / "installed").write_text("1")
    cache = rita / ".cache" / "numba"
    (cache / "kernels").mkdir(parents=True)
    for link in (cache / ".made-for", cache / "kernels" / "a.nbi"):
        link.symlink_to(sam / "notes")
    spawner._copy_compiled(environment, rita)
    assert (cache / "kernels" / "a.nbi").read_text() == "compiled"
    assert not (cache / "kernels" / "a.nbi").is_symlink()

    for version, place in (("2", cache), ("3", rita / ".cache")):
        (environment / "installed").write_text(version)
        spawner._remove(place)
        place.symlink_to(sam)
        spawner._copy_compiled(environment, rita)
    assert [path.name for path in sam.iterdir()] == ["notes"]
    assert (sam / "notes").read_text() == "secret-of-sam"


def test_compiled_kernels_are_copied_again_only_when_they_changed(home: Path) -> None:
    rita, environment = home / "homes" / "rita", home / "user-env"
    (environment / "numba-cache").mkdir(parents=True)
    (environment / "installed").write_text("1")
    spawner._copy_compiled(environment, rita)
    (rita / ".cache" / "numba" / "mine").write_text("compiled by rita")
    spawner._copy_compiled(environment, rita)
    assert (rita / ".cache" / "numba" / "mine").exists()
    (environment / "installed").write_text("2")
    spawner._copy_compiled(environment, rita)
    assert not (rita / ".cache" / "numba" / "mine").exists()


def test_without_bubblewrap_a_demanded_sandbox_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    spawner.sandbox_works.cache_clear()
    try:
        assert not spawner.sandbox_is_wanted(Settings(sandbox="auto"))
        with pytest.raises(Unavailable, match="bubblewrap"):
            spawner.sandbox_is_wanted(Settings(sandbox="on"))
    finally:
        monkeypatch.undo()
        spawner.sandbox_works.cache_clear()


def test_no_name_of_a_person_leads_out_of_the_folder_of_homes() -> None:
    """Names are escaped before they become a folder."""
    from jupyterhub.utils import url_escape_path

    assert "/" not in url_escape_path("../../secrets")
