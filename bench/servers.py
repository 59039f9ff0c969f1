"""The two servers that are compared, each in a process of its own on the same Postgres."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = """
import os, sys, uvicorn
from app.cli.serving import spare_the_collector
from app.main import create_app
from app.settings import Settings
app = create_app(Settings())
config = uvicorn.Config(app, port=int(sys.argv[1]), log_config=None, access_log=False,
                        server_header=False, backlog=2048)
spare_the_collector()
uvicorn.Server(config).run()
"""
_FLOOR = """
import sys, gc, uvicorn
from bench.floor import app
config = uvicorn.Config(app, port=int(sys.argv[1]), log_config=None, access_log=False,
                        server_header=False, backlog=2048)
gc.collect(); gc.freeze(); gc.set_threshold(50_000, 20, 50)
uvicorn.Server(config).run()
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def serving(code: str, log: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """A server running *code*; its port and process id."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(port)], env=os.environ | environment, stderr=out
        )
        try:
            _wait(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


def ours(url: str, secret: str, log: Path) -> Iterator[tuple[int, int]]:
    """The service, logging as it does by default."""
    return serving(_OURS, log, BTC_DATABASE_URL=url, BTC_SECRET=secret)  # type: ignore[return-value]


def floor(url: str, log: Path) -> Iterator[tuple[int, int]]:
    """The bare app."""
    return serving(_FLOOR, log, FLOOR_DATABASE_URL=url)  # type: ignore[return-value]


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("a server ended at its start; see its log")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("a server did not start")


def rss_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
