"""The lessons as a service: no secret in kernels or pages, strangers are sent to sign in."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dashboards.voila.serve import kernel_environment

CHECKOUT = Path(__file__).resolve().parents[3]
TOKEN = "the-service-token-of-this-test"


def test_a_kernel_sees_no_secret():
    environment = {
        "PATH": "/usr/bin",
        "JUPYTERHUB_API_TOKEN": "x",
        "DATABASE_URL": "x",
        "AGRIGEN_DATABASE_URL": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "SOMETHING_NEW": "x",
    }
    seen = kernel_environment(environment)
    assert seen["PATH"] == "/usr/bin"
    assert "x" not in seen.values()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The service as JupyterHub starts it, with a hub that nobody needs to ask."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("lessons")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_CLIENT_ID": "service-lessons",
        "JUPYTERHUB_SERVICE_NAME": "lessons",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": "/services/lessons/oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:services!service=lessons"]',
        "JUPYTERHUB_OAUTH_SCOPES": '["access:services!service=lessons"]',
        "JUPYTERHUB_SERVICE_PREFIX": "/services/lessons/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
    }
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboards.voila.serve"],
        cwd=CHECKOUT, env=environment, stdout=log, stderr=log,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}", process
    process.terminate()
    process.wait(20)
    log.close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(service, path):
    """Status, headers and text of one answer; waits for the service to listen."""
    address, process = service
    opener = urllib.request.build_opener(_Stay)
    for _ in range(300):
        try:
            with opener.open(address + path, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()
        except urllib.error.URLError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    raise AssertionError("the service does not listen")


def test_a_stranger_is_sent_to_sign_in_and_comes_back_below_the_prefix(service):
    status, headers, _ = ask(service, "/services/lessons/")
    assert status == 302
    assert headers["Location"].startswith("/hub/api/oauth2/authorize")
    assert "redirect_uri=%2Fservices%2Flessons%2Foauth_callback" in headers["Location"]


def test_the_callback_answers_below_the_prefix(service):
    status, _, text = ask(service, "/services/lessons/oauth_callback")
    assert status == 400
    assert TOKEN not in text


@pytest.mark.parametrize(
    "path", ["/services/lessons/nothing", "/services/lessons/voila/files/serve.py", "/"]
)
def test_no_answer_carries_the_token_or_the_code(service, path):
    status, headers, text = ask(service, path)
    assert status in {302, 403, 404}
    assert TOKEN not in text + str(headers)
    assert "KERNEL_NAMES" not in text


def test_without_jupyterhub_it_says_how_to_look_at_a_lesson():
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    ended = subprocess.run(
        [sys.executable, "-m", "dashboards.voila.serve"],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "make run" in ended.stderr
