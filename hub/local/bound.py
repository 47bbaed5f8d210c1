"""Run a command that ends when the process that started it ends, even when that one is killed.

`python bound.py [--signal NAME] command ...` asks the kernel for a signal at the parent's death and
then becomes the command. Only the standard library, because it runs before every child.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def bind_to_parent(number: int = signal.SIGTERM) -> None:
    """Send `number` to this process when its parent thread ends; survives exec, not setuid."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def prefix(signal_name: str = "SIGTERM") -> list[str]:
    """What to put before a command so that it is bound to the process that starts it."""
    own, parent = str(Path(__file__).resolve()), str(os.getpid())
    return [sys.executable, "-I", "-S", own, "--signal", signal_name, "--parent", parent]


def main(arguments: list[str]) -> None:
    number, parent = signal.SIGTERM, 0
    while arguments and arguments[0].startswith("--"):
        option, value, *arguments = arguments
        if option == "--signal":
            number = signal.Signals[value]
        elif option == "--parent":
            parent = int(value)
    bind_to_parent(number)
    if parent and os.getppid() != parent:  # it died before we could ask for the signal
        sys.exit(0)
    os.execvp(arguments[0], arguments)  # noqa: S606 - the command comes from our own code


if __name__ == "__main__":
    main(sys.argv[1:])
