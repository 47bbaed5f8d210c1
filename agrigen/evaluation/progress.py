"""Tell the caller how far a long computation is, and ask whether to go on."""

from collections.abc import Callable

from agrigen.errors import Cancelled

Progress = Callable[[float, str], object]
"""Called with a fraction from 0 to 1 and a sentence."""

Cancel = Callable[[], bool]
"""Asked at every stage; True stops."""


class Stages:
    """Progress and cancellation of a computation in stages."""

    def __init__(
        self,
        progress: Progress | None,
        cancel: Cancel | None,
        start: float = 0.0,
        stop: float = 1.0,
    ) -> None:
        self.progress = progress
        self.cancel = cancel
        self.start = start
        self.stop = stop

    def __call__(self, fraction: float, message: str) -> None:
        """A stage begins. Raises `Cancelled` when the caller asked to stop."""
        if self.cancel is not None and self.cancel():
            raise Cancelled(f"The evaluation was cancelled before {message}.")
        if self.progress is not None:
            self.progress(self.start + fraction * (self.stop - self.start), message)

    def within(self, start: float, stop: float) -> "Stages":
        """Stages of a part of this computation, from 0 to 1 again."""
        width = self.stop - self.start
        return Stages(
            self.progress, self.cancel, self.start + start * width, self.start + stop * width
        )


NO_STAGES = Stages(None, None)
