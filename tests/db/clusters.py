"""Helpers for tests on real Postgres processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil

# A process that owns a cluster until its standard input says otherwise.
OWNER = """\
import sys
from pathlib import Path
from app.db.embedded import Cluster
with Cluster(Path(sys.argv[1]), durable=False) as cluster:
    print(cluster.url("postgres", "postgres"), flush=True)
    sys.stdin.readline()
"""


def ask(url: str, sql: str) -> Any:
    """The first value of the answer, over a connection of its own."""

    async def work() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(work())


def serving(root: Path) -> list[psutil.Process]:
    """The servers that run on ``root`` (not their workers)."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres"
        and str(root / "data") in (process.info["cmdline"] or ())
    ]


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Return once ``true()`` holds; fail when it takes longer than ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
