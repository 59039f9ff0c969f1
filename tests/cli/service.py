"""The service as an operator meets it: the command `btc` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.db.clusters import wait_until

BTC = Path(sys.executable).with_name("btc")
START_SECONDS = 20
"""Far more than it takes; the machine may be busy with other tests."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """One data folder, one port, and the commands run against them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder.with_suffix(".log")
        self.out = folder.with_suffix(".out")

    def environment(self, **more: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BTC_")}
        return {**clean, "BTC_PORT": str(self.port), "BTC_DATA_DIR": str(self.folder), **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``btc`` to its end, from a folder that has nothing to do with the checkout."""
        return subprocess.run(
            [BTC, *arguments],
            env=self.environment(**more),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self) -> None:
        with self.log.open("wb") as log, self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [BTC, "serve"], env=self.environment(), cwd="/", stdout=out, stderr=log
            )
        wait_until(self.ready, START_SECONDS)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.running:
            self.end(signal.SIGTERM)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/readyz") == 200

    def get(self, path: str, key: str = "") -> int:
        """The status of the answer; 0 when nobody answers."""
        request = urllib.request.Request(self.url + path)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def end(self, by: signal.Signals) -> int:
        """Send the signal and wait; the exit code."""
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(30)
