"""The public tracking page: server time with few events, with many, and with as many as are read.

``python -m bench.page``: one request at a time, through HTTP, without compression as a phone on the
worst of networks may ask for it; then sixteen at once.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import uvloop

from app.parties.bootstrap import operator_key
from bench import load, servers
from bench.__main__ import CORES, SECRET, pin, postgres
from bench.seed import Seeder
from bench.tracking import Road

EVENTS = (12, 200, 500)
MOST_MS = 30.0
"""What is promised of a page, whatever its number of events."""
SECONDS = 3.0


async def compare(port: int, key: str, url: str) -> None:
    """Measure the page of each shipment; then the table."""
    seeder = Seeder(f"http://127.0.0.1:{port}", key, url)
    buyer = await seeder.post("/v1/parties", {"name": "Pasar Contoh", "roles": ["buyer"]})
    carrier = await seeder.post("/v1/parties", {"name": "Truk Contoh", "roles": ["carrier"]})
    connection = await asyncpg.connect(url)
    road = Road(connection, buyer["id"], carrier["id"])
    for events in EVENTS:
        await road.add(1, events)
    await connection.execute("ANALYZE")
    rows = await connection.fetch("SELECT tracking_code FROM shipments ORDER BY number")
    await connection.close()
    print("| events | bytes | p50 ms, one at a time | p99 ms | pages/s, 16 at once | p99 ms |")
    print("|---:|---:|---:|---:|---:|---:|")
    for events, row in zip(EVENTS, rows, strict=True):
        path = f"/lacak/{row['tracking_code']}"
        answer = await seeder.http.get(path, headers={"accept-encoding": "identity"})
        request = load.get(path)
        await load.run(port, request, connections=1, seconds=0.5)
        alone = await load.run(port, request, connections=1, seconds=SECONDS)
        many = await load.run(port, request, connections=16, seconds=SECONDS)
        for result in (alone, many):
            assert set(result.statuses) == {200}, result.statuses
        print(
            f"| {events} | {len(answer.content):,} | {alone.percentile(0.5):.2f} "
            f"| {alone.percentile(0.99):.2f} | {many.per_second:,.0f} "
            f"| {many.percentile(0.99):.1f} |",
            flush=True,
        )
        assert alone.percentile(0.5) <= MOST_MS, f"{events} events: more than {MOST_MS} ms"
    await seeder.http.aclose()


def main() -> None:
    """Measure in a fresh temporary cluster."""
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(tempfile.mkdtemp(prefix="btc-bench-log-"))
        port, pid = stack.enter_context(
            servers.ours(cluster.url("btc_service"), SECRET, logs / "ours.log")
        )
        if len(CORES) > 1:
            pin(pid, {CORES[0]})
        uvloop.run(compare(port, key, cluster.url("postgres")))
        shutil.rmtree(logs)


if __name__ == "__main__":
    main()
