"""Work in blocks on other processes or machines, through Dask.

    with ag.Workers(4) as workers:                     # processes of this machine
        g = ag.grm(genotypes, workers=workers)
    with ag.Workers("tcp://scheduler:8786") as workers:  # machines that run `dask worker`
        ...

On one machine the ordinary functions are faster: they use all processors without sending anything.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from agrigen.errors import ModelError, NotAvailable, Problem


@dataclass
class Moved:
    """What was sent to workers and back, bytes and seconds."""

    sent: int = 0
    received: int = 0
    seconds_sending: float = 0.0
    seconds_working: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.sent / 1e6:,.1f} MB sent in {self.seconds_sending:.2f} s, "
            f"{self.received / 1e6:,.1f} MB received, {self.seconds_working:.2f} s at work"
        )


class Workers:
    """Processes that take blocks of a computation.

    Parameters
    ----------
    where
        How many processes to start on this machine; or the address of a Dask scheduler that runs,
        whose workers have this version of agrigen. Whoever can reach a scheduler can run programs
        on its workers: keep it inside your network, or give it certificates (Dask's `tls://`).

    Attributes
    ----------
    moved
        What it cost to move data, added up.

    Raises
    ------
    NotAvailable
        If Dask is not installed: pip install 'agrigen[cluster]'.
    ModelError
        If no scheduler answers at the address.
    """

    def __init__(self, where: int | str = 2) -> None:
        self.moved = Moved()
        self._cluster: Any = None
        distributed = _distributed()
        if isinstance(where, int):
            _check_count(where)
            self._cluster = distributed.LocalCluster(
                n_workers=where, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            )
            self._client = distributed.Client(self._cluster)
            return
        try:
            self._client = distributed.Client(where, timeout=10)
        except (OSError, ValueError) as error:
            message = f"No Dask scheduler answers at {where!r}."
            remedy = "Start one with `dask scheduler`, or give a number of processes."
            raise ModelError([Problem("workers", (), message, remedy)]) from error

    def __len__(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the workers go; those of this machine end."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def send(self, array: np.ndarray) -> Any:
        """Put an array on every worker; what is returned stands for it in `run`."""
        start = time.perf_counter()
        remote = self._client.scatter(array, broadcast=True)
        self.moved.seconds_sending += time.perf_counter() - start
        self.moved.sent += array.nbytes * len(self)
        return remote

    def run(
        self, work: Callable[..., np.ndarray], pieces: Sequence[tuple[int, int]], *shared: Any
    ) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
        """(first, last) and work(first, last, *shared) for each piece, as they are done."""
        from distributed import as_completed

        start = time.perf_counter()
        futures = {
            self._client.submit(work, first, last, *shared, pure=False): (first, last)
            for first, last in pieces
        }
        try:
            for future in as_completed(futures):  # type: ignore[no-untyped-call]
                result = future.result()
                self.moved.received += result.nbytes
                yield futures[future], result
                future.release()
        finally:
            self._client.cancel([future for future in futures if not future.done()])
            self.moved.seconds_working += time.perf_counter() - start


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        message = "Workers need Dask, which is not installed."
        remedy = "Install it with: pip install 'agrigen[cluster]'."
        raise NotAvailable([Problem("dask", (), message, remedy)]) from None
    return distributed


def _check_count(count: int) -> None:
    if count < 1:
        message = f"There cannot be {count} workers."
        raise ModelError([Problem("workers", (), message, "Give 1 or more.")])
