"""What is wrong with a machine is said in a sentence that names the remedy."""

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.local import failures
from hub.local.processes import RunLock
from hub.settings import CHECKOUT
from tests.running import free_ports


def test_a_taken_port_is_named_with_a_way_out() -> None:
    port = free_ports(3)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()
        with pytest.raises(Unavailable, match=rf"Port {port + 1} is used.*AGRIGEN_PORT="):
            failures.require_ports(port, 3)


def test_a_second_hub_on_the_same_folder_hears_who_runs_already(tmp_path: Path) -> None:
    first, second = RunLock(tmp_path), RunLock(tmp_path)
    first.take()
    first.note("http://127.0.0.1:8000")
    with pytest.raises(Unavailable, match=r"already running here \(pid \d+, http://127"):
        second.take()
    first.release()
    second.take()
    assert not second.predecessor_was_killed
    second.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Unavailable, match="cannot be used"):
        failures.require_folder(file / "home")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EROFS, "may not write to .* AGRIGEN_HOME="),
        (errno.EACCES, "may not write to .* AGRIGEN_HOME="),
        (errno.ENOSPC, "is full. Free at least 1 GB.* Nothing that was saved is lost"),
    ],
)
def test_a_read_only_or_full_disk_is_a_sentence(tmp_path: Path, number: int, sentence: str) -> None:
    with pytest.raises(Unavailable, match=sentence):
        raise failures.explain(OSError(number, "said the system"), tmp_path)


def test_a_nearly_full_disk_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(Unavailable, match="MB left"):
        failures.require_folder(tmp_path)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )


def test_a_wrong_setting_is_named_and_no_traceback_is_shown() -> None:
    result = command("check", AGRIGEN_PORT="80")
    assert result.returncode == 2
    assert "AGRIGEN_PORT" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_names_where_settings_came_from_and_shows_no_secret() -> None:
    result = command(
        "check", AGRIGEN_DATABASE_URL="postgresql://app:hush@db/x", AGRIGEN_PORT="9000"
    )
    assert "AGRIGEN_PORT" in result.stdout
    assert "environment" in result.stdout
    assert "hush" not in result.stdout


def test_run_on_a_read_only_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    read_only = Path("/sys/agrigen")  # read-only for root, too
    result = command("run", AGRIGEN_HOME=str(read_only))
    assert result.returncode == 7
    assert "AgriGen may not write to /sys/agrigen" in result.stderr
    assert "Traceback" not in result.stderr


def test_run_on_a_taken_port_starts_nothing(tmp_path: Path) -> None:
    port = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        result = command("run", AGRIGEN_HOME=str(tmp_path / "home"), AGRIGEN_PORT=str(port))
    assert result.returncode == 7
    assert f"Port {port} is used by another program" in result.stderr
    assert not (tmp_path / "home" / "postgres").exists()
