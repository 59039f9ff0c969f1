"""What ``postmaster.pid`` says, and whether to believe it.

Postgres writes its process id, port and state into that file and removes it when it stops. After a
crash the file stays, and its number may by then belong to any other process: so a pid counts only
when that process is a Postgres on this very folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded import credentials
from app.db.embedded.credentials import Endpoint
from app.db.embedded.errors import ClusterRunning

ORPHAN_PATIENCE = 20.0
"""Seconds that a server whose owner was killed gets to finish its shutdown."""


@dataclass(frozen=True)
class Postmaster:
    """One reading of the file; ``status`` is starting, ready or stopping."""

    pid: int
    port: int
    status: str


def read(data: Path) -> Postmaster | None:
    """What the file in ``data`` says now; None when it is absent or only half written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
        return Postmaster(int(lines[0]), int(lines[3]), lines[7].strip())
    except (OSError, ValueError, IndexError):
        return None


def serves(pid: int, data: Path) -> bool:
    """Whether process ``pid`` is a Postgres running on ``data`` (a dead or reused pid is not)."""
    if sys.platform == "linux":
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return Path(words[0]).name == "postgres" and str(data) in words
    command = ["ps", "-p", str(pid), "-o", "command="]
    line = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return "postgres" in line.partition(" ")[0] and f"-D {data} " in line


def attach(root: Path) -> Endpoint | None:
    """The server that another process runs on ``root``, or None when none is ready there.

    The caller owns nothing: it may connect, and must expect the server to go away.
    """
    root = root.absolute().resolve()
    found = read(root / "data")
    if found is None or found.status != "ready" or not serves(found.pid, root / "data"):
        return None
    passwords = credentials.load(root)
    return Endpoint(found.port, passwords) if passwords else None


def settle(data: Path) -> None:
    """Make sure that no server is left on ``data``; call only while holding the folder's lock.

    With the lock in our hands, a live server has lost its owner. On Linux the kernel has told it to
    stop already; elsewhere that is done here. One that stays was started by other means: refused.
    """
    asked = sys.platform == "linux"
    deadline = time.monotonic() + ORPHAN_PATIENCE
    while (found := read(data)) is not None and serves(found.pid, data):
        if not asked:
            os.kill(found.pid, signal.SIGINT)
            asked = True
        if time.monotonic() > deadline:
            raise ClusterRunning(
                f"A Postgres that this service did not start (process {found.pid}) runs on {data}. "
                f"Stop it (kill -INT {found.pid}), or set BTC_DATA_DIR to another folder.",
                found.pid,
            )
        time.sleep(0.02)
    _release_reused_pid(data)


def _release_reused_pid(data: Path) -> None:
    """Let Postgres start although the stale file's pid now belongs to some other live process.

    Postgres takes any live process of that number for a rival, except its own parent; so the number
    becomes ours. Deleting the file would be simpler and worse: by its shared memory key Postgres
    notices that workers of the crashed server still write to the data.
    """
    path = data / "postmaster.pid"
    try:
        _, _, rest = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    except FileNotFoundError:
        return
    path.write_text(f"{os.getpid()}\n{rest}", encoding="utf-8")
