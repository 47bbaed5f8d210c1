"""The embedded PostgreSQL: real, private, and losing nothing."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.errors import Unavailable
from hub.local.postgres import EmbeddedPostgres, Urls


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def urls(server: EmbeddedPostgres) -> Urls:
    return Urls(owner=server.url("agrigen_owner"), app=server.url("agrigen_app"))


def test_the_applications_role_owns_nothing_and_cannot_pass_row_policies(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = current_user"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE SCHEMA mine")
    assert role == (False, False, False, False)


def test_the_applications_role_cannot_become_the_owner(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection, pytest.raises(psycopg.Error):
        connection.execute("SET ROLE agrigen_owner")


def test_a_row_policy_holds_for_the_applications_role(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as owner:
        owner.execute("CREATE SCHEMA trial")
        owner.execute("CREATE TABLE trial.herd (farm int)")
        owner.execute("INSERT INTO trial.herd VALUES (1), (2)")
        owner.execute("ALTER TABLE trial.herd ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE trial.herd FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY own ON trial.herd USING (farm = 1)")
        owner.execute("GRANT USAGE ON SCHEMA trial TO agrigen_app")
        owner.execute("GRANT SELECT ON trial.herd TO agrigen_app")
    with psycopg.connect(urls.app) as connection:
        assert connection.execute("SELECT farm FROM trial.herd").fetchall() == [(1,)]
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT farm FROM trial.herd")


def test_nobody_gets_in_without_a_password_or_over_the_network(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(server.sockets), user="agrigen_app", dbname="agrigen")
    with psycopg.connect(server.url("postgres", "postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_its_folder_and_secrets_are_closed_to_others(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")
def test_as_root_it_runs_as_an_unprivileged_user(server: EmbeddedPostgres) -> None:
    status = Path(f"/proc/{server.pid}/status").read_text()
    (uids,) = [line for line in status.splitlines() if line.startswith("Uid:")]
    assert "0" not in uids.split()[1:]


def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        owner = server.url("agrigen_owner")
        with psycopg.connect(owner) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS i")
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        server.restart()
        with psycopg.connect(owner) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_second_one_on_the_same_folder_is_refused_with_the_remedy(
    server: EmbeddedPostgres,
) -> None:
    with pytest.raises(Unavailable, match=r"already run by another AgriGen.*AGRIGEN_HOME"):
        EmbeddedPostgres(server.home).start()
    assert server.answers()


def test_data_of_another_major_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(Unavailable, match=r"written by PostgreSQL 15.*upgrade-postgresql"):
        EmbeddedPostgres(tmp_path).start()
    (server.data / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as again:
        assert again.answers()


def test_a_folder_with_a_very_long_path_still_gets_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("a-folder-with-a-long-name-" * 5)
    with EmbeddedPostgres(deep) as server:
        assert len(str(server.sockets)) < 90
        with psycopg.connect(server.url("agrigen_app")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from hub.local.postgres import *;"
        "server = EmbeddedPostgres(Path(sys.argv[1])); server.start();"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout
    pid = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()
    with EmbeddedPostgres(tmp_path) as server:
        assert server.answers()
