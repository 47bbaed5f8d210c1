"""One process that the local hub starts, waits for, watches and stops."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hub.errors import Unavailable
from hub.local.bound import bind_to_parent
from hub.local.failures import last_lines


def _bind_to(parent: int, number: int) -> None:
    """Runs in the new process, after it gave up root and before it becomes the command."""
    bind_to_parent(number)
    if os.getppid() != parent:
        os._exit(0)


@dataclass
class Child:
    """A command with a log file, a readiness question and a way to end it.

    It gets a session of its own, so that Ctrl-C reaches the supervisor only, which then stops
    everything in order; and it ends with the supervisor even when that one is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15
    run_as: Mapping[str, Any] = field(default_factory=dict)
    directory: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; call from the main thread, for the kernel's signal is tied to the thread."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        bind = partial(_bind_to, os.getpid(), self.stop_signal)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                start_new_session=True,
                preexec_fn=bind,
                **self.run_as,
            )

    def wait_ready(self, seconds: float = 60) -> None:
        """Return when it answers; refuse with its last words when it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while not self.ready():
            if not self.alive or time.monotonic() > deadline:
                raise self.failure()
            time.sleep(0.05)

    def failure(self) -> Unavailable:
        what = "does not answer" if self.alive else "ended while starting"
        return Unavailable(
            "local.process_failed",
            f"{self.name} {what}. Its log is {self.log}; the last lines are:\n"
            f"{last_lines(self.log)}",
        )

    def stop(self) -> None:
        """Ask it to end, wait, and kill it if it does not."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
