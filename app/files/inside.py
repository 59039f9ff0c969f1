"""The inside of the sandbox: a process that is handed one job after the other, and trusted little.

Started by `files.sandbox` as ``python -m app.files.inside MEMORY CPU``. Jobs come on standard
input, verdicts leave on standard output, each as a pickle after its length. It has no secrets
(its environment is empty), no connections, and ends the moment its parent does.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import Any, BinaryIO

from app.core.errors import DomainError

FRAME = struct.Struct(">I")
"""The length that stands before every pickle."""

READY = b"+"
"""The first byte out: from here on jobs are served."""

DONE, REFUSED, TOO_COSTLY, FAILED = "done", "refused", "too costly", "failed"
"""The verdicts: a result; a refusal (code, detail, errors, extra); no memory; a defect's story."""


def main() -> None:
    """Serve jobs until standard input ends."""
    memory, cpu_seconds = map(int, sys.argv[1:])
    for ours in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group; the parent decides
        signal.signal(ours, signal.SIG_IGN)
    jobs_in = os.fdopen(os.dup(0), "rb")
    verdicts_out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)  # what a library prints must not be taken for a verdict
    jobs: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(jobs_in, jobs), daemon=True).start()
    _limit(memory)
    verdicts_out.write(READY)
    verdicts_out.flush()
    while True:
        job = jobs.get()
        _allow(cpu_seconds)
        said = _answer(job)
        verdicts_out.write(FRAME.pack(len(said)) + said)
        verdicts_out.flush()


def _listen(source: BinaryIO, jobs: queue.Queue[bytes]) -> None:
    """Pass jobs on; end the process with the parent's end, also in the middle of a job."""
    while len(head := source.read(FRAME.size)) == FRAME.size:
        jobs.put(source.read(*FRAME.unpack(head)))
    os._exit(0)


def _answer(job: bytes) -> bytes:
    try:
        call: tuple[Callable[..., Any], tuple[Any, ...]] = pickle.loads(job)  # noqa: S301 - ours
        function, arguments = call
        return pickle.dumps((DONE, function(*arguments)))
    except DomainError as error:
        told = (error.code, error.detail, list(error.errors), error.extra)
        return pickle.dumps((REFUSED, told))
    except MemoryError:
        return pickle.dumps((TOO_COSTLY, None))
    except Exception:  # noqa: BLE001 - a defect is told where it can be logged
        return pickle.dumps((FAILED, traceback.format_exc()))


def _limit(memory: int) -> None:
    """No more than *memory* bytes of addresses, no core file; requests are served first."""
    with suppress(ImportError, ValueError, OSError):  # not every system has these
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(AttributeError, OSError):
        os.nice(5)


def _allow(cpu_seconds: int) -> None:
    """The system ends this process when the next job computes for longer."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        used = ceil(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, most))


if __name__ == "__main__":
    main()
