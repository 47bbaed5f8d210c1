"""Starts the parts of the local hub in order, brings back those that die, stops all in reverse."""

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hub.errors import HubError, Unavailable
from hub.local.child import Child
from hub.local.failures import explain, last_lines

_LOOK_SECONDS = 0.5
_LONGEST_PAUSE = 30.0
_HEALTHY_AFTER = 60.0
_SHORT_LIFE = 5.0


@dataclass
class Part:
    """Something that runs: how to see that it does, to bring it back, and to end it."""

    name: str
    alive: Callable[[], bool]
    start: Callable[[], object]
    stop: Callable[[], None]
    ask_to_stop: Callable[[], None] = lambda: None
    last_words: Callable[[], str] = lambda: ""
    pause: float = _LOOK_SECONDS
    started: float = field(default_factory=time.monotonic)
    due: float | None = None


def part_of(child: Child) -> Part:
    """A part that is one child process."""

    def ask() -> None:
        if child.alive and child.process is not None:
            child.process.send_signal(child.stop_signal)

    def words() -> str:
        return f"Its log is {child.log}; it ends with:\n{last_lines(child.log, 4)}"

    return Part(child.name, lambda: child.alive, child.start, child.stop, ask, words)


class Supervisor:
    """Keeps parts running until told to stop; one that dies again and again waits longer."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.say = say
        self.parts: list[Part] = []
        self.stopping = asyncio.Event()

    def started(self, part: Part) -> None:
        """Watch a part that runs."""
        part.started = time.monotonic()
        self.parts.append(part)

    def listen_for_signals(self) -> None:
        """Ctrl-C and a polite kill end everything in order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)

    async def watch(self) -> None:
        """Bring back what dies, until asked to stop."""
        while not self.stopping.is_set():
            for part in self.parts:
                self._look_after(part)
            try:
                await asyncio.wait_for(self.stopping.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    def _look_after(self, part: Part) -> None:
        now = time.monotonic()
        if part.due is None:
            if part.alive():
                return
            if now - part.started > _HEALTHY_AFTER:
                part.pause = _LOOK_SECONDS
            part.due = now + part.pause
            self._tell(part, now - part.started)
            part.pause = min(part.pause * 2, _LONGEST_PAUSE)
        if now >= part.due:
            self._bring_back(part)

    def _tell(self, part: Part, lived: float) -> None:
        """That it ended; also why, when it hardly lived."""
        self.say(f"! {part.name} ended; it is started again. Nothing that was saved is lost.")
        if lived < _SHORT_LIFE and part.last_words():
            self.say(part.last_words())

    def _bring_back(self, part: Part) -> None:
        part.due, part.started = None, time.monotonic()
        try:
            part.start()
        except HubError as error:
            self.say(f"! {error.message}")
            part.due = time.monotonic() + part.pause
            part.pause = min(part.pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        """End all parts: those that use a store are asked first, the stores go last."""
        for part in reversed(self.parts):
            part.ask_to_stop()
        for part in reversed(self.parts):
            part.stop()
        self.parts.clear()


class RunLock:
    """One supervisor per folder; says who when there is one already."""

    def __init__(self, home: Path) -> None:
        self.path = home / "run.lock"
        self._file: IO[str] | None = None
        self.predecessor_was_killed = False

    def take(self) -> None:
        try:
            self._file = self.path.open("a+")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release(clean=False)
            owner = self.path.read_text().strip() or "unknown"
            raise Unavailable(
                "local.running",
                f"AgriGen is already running here (pid {owner.split()[0]}"
                f"{', ' + owner.split()[1] if ' ' in owner else ''}). Stop it with Ctrl-C where it "
                "runs, or start another one in a folder of its own: "
                "AGRIGEN_HOME=/path AGRIGEN_PORT=8100 make run",
            ) from None
        except OSError as error:
            raise explain(error, self.path.parent) from error
        self.predecessor_was_killed = bool(self.path.read_text().strip())

    def note(self, address: str) -> None:
        """Write down who holds it, for the sentence above."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.write(f"{os.getpid()} {address}\n")
            self._file.flush()

    def release(self, *, clean: bool = True) -> None:
        """Let go; an empty file says that everything was ended in order."""
        if self._file is not None:
            if clean:
                self._file.truncate(0)
            self._file.close()
            self._file = None
