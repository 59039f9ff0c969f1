"""The server as our child: started so that it never outlives us, and stopped in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.db.embedded import postmaster
from app.db.embedded.account import Account
from app.db.embedded.errors import ClusterError

STOP_PATIENCE = 30.0
"""Seconds for an orderly stop (last checkpoint) before the server is told to drop everything."""
START_PATIENCE = 120.0
"""Seconds until the server must be ready; long, because it may have a crash to recover from."""
TOO_BIG_LOG = 10_000_000
"""Bytes from which ``postgres.log`` is set aside at a start, as ``postgres.log.1``."""

STOP_IN_ORDER = signal.SIGINT
END_AT_ONCE = signal.SIGKILL
PR_SET_PDEATHSIG = 1
# Loaded here, in the parent: between fork and exec a child must not import anything.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class PortTaken(ClusterError):
    """Somebody else took the port between our choosing it and the server's opening it."""


def die_with_parent(end: signal.Signals) -> Callable[[], None]:
    """What a child does before exec so that the kernel sends it ``end`` when we die (Linux).

    The kernel watches the *thread* that made the child, hence the rule to start from the main one.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(end))
            if os.getppid() != parent:  # we died before the kernel was told to watch
                os._exit(1)

    return before_exec


def require_main_thread() -> None:
    """Refuse to start a server that the kernel would stop when a mere thread ends."""
    if threading.current_thread() is not threading.main_thread():
        raise ClusterError("The embedded Postgres must be started from the main thread.")


def child_environment() -> dict[str, str]:
    """All that the server learns of our environment: no ``PG…`` that misleads it, no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


class Server:
    """One running ``postgres`` of ours."""

    def __init__(self, root: Path, binaries: Path, account: Account, port: int) -> None:
        """Spawn it and return at once; `wait_ready` tells when it takes connections."""
        require_main_thread()
        self.port = port
        self._data = root / "data"
        self._log = root / "postgres.log"
        if self._log.exists() and self._log.stat().st_size > TOO_BIG_LOG:
            self._log.replace(self._log.with_name("postgres.log.1"))
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(self._data), "-p", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=child_environment(),
                start_new_session=True,  # Ctrl-C in the terminal is for us to handle, in order
                preexec_fn=die_with_parent(STOP_IN_ORDER),  # noqa: PLW1509 - see require_main_thread
                **account.identity,
            )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether it takes connections now, by its own word and not by an old file's."""
        found = postmaster.read(self._data)
        return found is not None and found.pid == self._process.pid and found.status == "ready"

    def wait_ready(self) -> None:
        """Return when the server takes connections; raise `ClusterError` if it gives up."""
        deadline = time.monotonic() + START_PATIENCE
        while not self.ready:
            if not self.alive:
                raise self._failure()
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"Postgres was not ready after {START_PATIENCE:.0f} s; see {self._log}."
                )
            time.sleep(0.005)

    def _failure(self) -> ClusterError:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            said = log.read()[-2000:].decode(errors="replace")
        if "could not create any TCP/IP sockets" in said:
            return PortTaken(f"Port {self.port} was taken by another program.")
        reasons = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line]
        return ClusterError(
            f"Postgres ended while starting: {' '.join(reasons) or 'no reason given'} "
            f"(the whole story is in {self._log})."
        )

    def stop(self) -> None:
        """End it: in order first, at once if that takes too long. Nothing is lost either way."""
        for end, patience in (
            (STOP_IN_ORDER, STOP_PATIENCE),
            (signal.SIGQUIT, 10.0),
            (END_AT_ONCE, 10.0),
        ):
            if not self.alive:
                return
            self._process.send_signal(end)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
