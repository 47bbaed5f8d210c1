"""Looked at from inside: what somebody finds who runs code in their own server."""

import json
import os
from collections.abc import Iterator

import pytest

from tests.inside import Inside, inside
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

# All that a server is told. A name that is not here was added without thinking of this.
KNOWN = {
    *("LANG", "LC_ALL", "TZ", "PATH", "HOME", "USER", "SHELL", "PWD", "AGRIGEN_URL"),
    *("NUMBA_CACHE_DIR", "JUPYTER_RUNTIME_DIR", "JPY_API_TOKEN", "JPY_PARENT_PID"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"),
    *("TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "MPLBACKEND"),
    *("PYDEVD_USE_FRAME_EVAL", "OLDPWD", "SHLVL", "_"),
}


@pytest.fixture(scope="module")
def ritas(hub: RunningHub) -> Iterator[Inside]:
    with inside(hub, "rita") as running:
        if "/home/" not in running.run("import os; print(os.getcwd())"):
            pytest.skip("user servers run without a sandbox here (bubblewrap is not installed)")
        yield running


def told(server: Inside, code: str) -> object:
    """What the code leaves in `found`."""
    return json.loads(server.run(f"import json, os\n{code}\nprint(json.dumps(found))"))


def test_the_environment_names_no_store_and_no_secret(ritas: Inside) -> None:
    environment = told(ritas, "found = dict(os.environ)")
    assert isinstance(environment, dict)
    unknown = {name for name in environment if name not in KNOWN} - {
        name for name in environment if name.startswith("JUPYTERHUB_")
    }
    assert unknown == set()
    everything = json.dumps(environment)
    assert not [one for one in ("postgres", "AWS_", "SECRET", "PASSWORD") if one in everything]
    assert "JUPYTERHUB_ALLOW_TOKEN_IN_URL" not in environment


def test_the_disk_holds_one_home_and_nothing_of_the_hub(ritas: Inside, hub: RunningHub) -> None:
    found = told(
        ritas,
        "found = {'/': sorted(os.listdir('/')), 'home': os.listdir('/home'),"
        "'run': os.listdir('/run'), 'root': os.path.isdir('/root') and os.listdir('/root'),"
        f"'hub': [p for p in ('secrets', 'hub', 'postgres', 'objects', 'homes', 'logs', 'node')"
        f" if os.path.exists(os.path.join({str(hub.home)!r}, p))]}}",
    )
    assert isinstance(found, dict)
    assert found["home"] == ["rita"]
    assert found["hub"] == [] and found["run"] == []
    assert set(found["/"]) <= {
        *("bin", "dev", "etc", "home", "lib", "lib32", "lib64", "proc", "run", "sbin", "tmp"),
        *("usr", "root", *hub.home.parts[1:2]),
    }


def test_no_socket_of_the_database_and_no_process_of_others_is_seen(ritas: Inside) -> None:
    found = told(
        ritas,
        "import glob\n"
        "found = {'sockets': [p for f in ('/tmp', '/run', '/var') for p in "
        "glob.glob(f + '/**/.s.PGSQL*', recursive=True)],\n"
        " 'processes': [open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc') "
        "if p.isdigit()]}",
    )
    assert isinstance(found, dict)
    assert found["sockets"] == []
    strangers = (
        "postgres",
        "dynalite",
        "configurable-http-proxy",
        "extensions",
        "dashboards.serve",
    )
    assert not [one for one in found["processes"] if any(word in one for word in strangers)]


def test_the_environment_of_servers_cannot_be_changed_from_inside(ritas: Inside) -> None:
    found = told(
        ritas,
        "import sys\ndef may(path):\n"
        "    try:\n        open(os.path.join(path, 'mark'), 'w'); return True\n"
        "    except OSError:\n        return False\n"
        "found = [p for p in (sys.prefix, sys.prefix + '/bin', '/usr/bin', '/etc') if may(p)]",
    )
    assert found == []


def test_the_own_token_reads_what_the_person_may_and_cannot_make_them_more(ritas: Inside) -> None:
    found = told(
        ritas,
        "import urllib.request as u, urllib.error\n"
        "def ask(url, method='GET', body=None):\n"
        "    headers = {'Authorization': 'Bearer ' + os.environ['JUPYTERHUB_API_TOKEN'],"
        "'Content-Type': 'application/json'}\n"
        "    try: return u.urlopen(u.Request(url, body, headers, method=method)).status\n"
        "    except urllib.error.HTTPError as error: return error.code\n"
        "api, hub = os.environ['AGRIGEN_URL'] + '/services/api/api/v1', "
        "os.environ['JUPYTERHUB_API_URL']\n"
        "found = {'farms': ask(api + '/farms'), 'people': ask(hub + '/users'),"
        "'ada': ask(hub + '/users/ada'), 'audit': ask(api + '/audit'),"
        "'groups': ask(hub + '/groups/admin/users', 'POST', b'{\"users\": [\"rita\"]}'),"
        "'token': ask(hub + '/users/ada/tokens', 'POST', b'{}'),"
        "'proxy': ask(hub + '/proxy'), 'services': ask(hub + '/services')}",
    )
    assert isinstance(found, dict)
    assert found.pop("farms") == 200
    assert {name for name, status in found.items() if status < 400} == set()


def test_memory_of_a_process_and_dumps_of_it_are_bounded(ritas: Inside) -> None:
    found = told(
        ritas,
        "import resource as r\n"
        "found = {'data': r.getrlimit(r.RLIMIT_DATA)[1] / 2**30, "
        "'dump': r.getrlimit(r.RLIMIT_CORE)[1],"
        " 'processes': r.getrlimit(r.RLIMIT_NPROC)[1], 'nice': os.nice(0)}\n"
        "try: bytearray(9 * 2**30); found['taken'] = True\n"
        "except MemoryError: found['taken'] = False\n",
    )
    assert found == {"data": 8, "dump": 0, "processes": 512, "nice": 5, "taken": False}


@pytest.mark.skipif(os.getuid() == 0, reason="processes of the machine's root are not counted")
def test_a_server_that_makes_processes_without_end_is_stopped_at_the_limit(ritas: Inside) -> None:
    found = told(
        ritas,
        "import subprocess\nheld = []\n"
        "try:\n    for _ in range(600): held.append(subprocess.Popen(['sleep', '30']))\n"
        "except OSError: pass\nfound = len(held)\n"
        "for one in held: one.kill(); one.wait()\n",
    )
    assert isinstance(found, int) and found < 512


def test_kernels_talk_through_sockets_in_a_folder_of_the_server(ritas: Inside) -> None:
    """Loopback is everybody's: what a kernel prints must not be readable there."""
    connection = ritas.run("from ipykernel.connect import get_connection_info as i; print(i())")
    assert json.loads(connection)["transport"] == "ipc"


def test_links_in_notebooks_run_no_commands(ritas: Inside) -> None:
    """CVE-2026-40171."""
    found = told(
        ritas,
        "import sys\nfound = json.load(open(sys.prefix + "
        "'/share/jupyter/lab/settings/overrides.json'))",
    )
    assert found == {"@jupyterlab/apputils-extension:sanitizer": {"allowCommandLinker": False}}


def test_files_of_a_person_cannot_loosen_the_next_start(ritas: Inside) -> None:
    """A notebook that writes ~/.jupyter must not change who may connect."""
    assert told(ritas, "found = os.environ.get('JUPYTERHUB_DISABLE_USER_CONFIG')") == "1"
