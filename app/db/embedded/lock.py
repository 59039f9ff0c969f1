"""One owner at a time: the lock on a data folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from app.db.embedded.errors import ClusterRunning

A_LOOK = 0.2
"""Seconds for which somebody who only looks may seem to be a holder."""


class FolderLock:
    """A lock that the kernel lets go of when its holder dies, so it is never stale.

    The file stays (removing it would let two holders lock two files of the same name) and names the
    holder's process, for the message only.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / "lock"
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise `ClusterRunning`; waits no longer than a look by `holder`."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + A_LOOK
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                pid = _named(handle)
                os.close(handle)
                raise self._refusal(pid)
            time.sleep(0.01)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._handle = handle

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    def _refusal(self, pid: int) -> ClusterRunning:
        who = f"process {pid}" if pid else "another process"
        how = f"Stop it (kill {pid})" if pid else "Stop it"
        return ClusterRunning(
            f"The data folder {self._path.parent} is in use by {who}. {how}, or set BTC_DATA_DIR "
            "to another folder.",
            pid,
        )


def holder(root: Path) -> int | None:
    """The process that owns the server of ``root`` or is starting it (0 unknown); None if none."""
    try:
        handle = os.open(root / "lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        return None if _try(handle, fcntl.LOCK_SH) else _named(handle)
    finally:
        os.close(handle)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _named(handle: int) -> int:
    text = os.pread(handle, 32, 0).strip()
    return int(text) if text.isdigit() else 0
