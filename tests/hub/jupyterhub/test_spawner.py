"""Which process a hub that was started again takes for somebody's server."""

import os
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from hub.jupyterhub.spawner import UserServer


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def corpse(sleeper: subprocess.Popen[bytes]) -> psutil.Process:
    """A process that is dead and still has its number."""
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    return psutil.Process(sleeper.pid)


def resumed(pid: int, born: float) -> UserServer:
    """As the hub finds it in its database."""
    server = UserServer()
    server.load_state({"pid": pid, "born": born})
    return server


async def test_a_server_that_lives_is_found_again(sleeper: subprocess.Popen[bytes]) -> None:
    server = resumed(sleeper.pid, psutil.Process(sleeper.pid).create_time())
    assert await server.poll() is None
    assert server.get_state() == {"pid": sleeper.pid, "born": server.born}


async def test_one_that_is_dead_and_that_nobody_collected_does_not_live(
    corpse: psutil.Process,
) -> None:
    server = resumed(corpse.pid, corpse.create_time())
    assert await server.poll() == 0
    assert server.get_state() == {}


@pytest.mark.parametrize("born", [0.0, 1_700_000_000.0])
async def test_another_program_with_its_number_is_neither_taken_for_it_nor_ended(
    sleeper: subprocess.Popen[bytes], born: float
) -> None:
    await resumed(sleeper.pid, born).stop()
    await resumed(sleeper.pid, born).stop(now=True)
    assert sleeper.poll() is None
