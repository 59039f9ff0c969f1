"""List, get and search at 10 000, 100 000 and 1 000 000 listings, through HTTP, in one run.

``python -m bench.catalogue [10000 100000 1000000]``: what a page costs must not grow with the shelf.
At a million listings the filling takes about ten minutes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import asyncpg
import uvloop

from app.core.ids import decode, encode
from app.db.embedded import Cluster
from app.parties.bootstrap import operator_key
from bench import load, servers, shelf
from bench.__main__ import SECRET, pin, postgres
from bench.seed import Seeder

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
SECONDS = 2.0


def in_turn(paths: Sequence[str]) -> load.Request:
    """GETs of *paths*, one after the other, again and again."""
    sent = [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode() for path in paths]
    at = iter(range(10**12))
    return lambda: sent[next(at) % len(sent)]


async def cases(connection: asyncpg.Connection, size: int) -> dict[str, load.Request]:
    """What is asked, by its name."""
    ids = await connection.fetch(
        "SELECT listing_id FROM shelf TABLESAMPLE BERNOULLI (100.0 * 500 / $1)", size
    )

    def searches(*typed: str) -> load.Request:
        return in_turn([f"/v1/listings?q={quote(one)}" for one in typed])

    return {
        "list": load.get("/v1/listings"),
        "get": in_turn([f"/v1/listings/{encode('lst', row['listing_id'])}" for row in ids]),
        "category": load.get("/v1/listings?category=crafts.wood"),
        "search, common word": searches(shelf.COMMON, "sambal", "kopi", "batik"),
        "search, 1 in 1 000": searches(shelf.MIDDLING),
        "search, rare word": searches(shelf.RARE),
        "search, two words": searches("keripik pisang", "kopi jahe", "sambal pedas"),
        "search, misspelt": searches("kripik", "sambel", "keripk"),
        "search, being typed": searches("ker", "sam", "belim"),
        "search, filtered": in_turn(["/v1/listings?q=keripik&price_to=20000&sellable=true"]),
    }


async def measured(port: int, request: load.Request) -> float:
    """The median over rounds of the p50 in milliseconds, one request at a time."""
    await load.run(port, request, connections=1, seconds=0.5)
    found = []
    for _ in range(ROUNDS):
        result = await load.run(port, request, connections=1, seconds=SECONDS)
        assert set(result.statuses) == {200}, result.statuses
        found.append(result.percentile(0.5))
    return statistics.median(found)


async def compare(cluster: Cluster, port: int, key: str, sizes: Sequence[int]) -> None:
    """Fill, measure, fill further, measure again; then the table."""
    seeder = Seeder(f"http://127.0.0.1:{port}", key, cluster.url("postgres"))
    maker = await seeder.post(
        "/v1/parties", {"name": "Dapur Contoh", "roles": ["seller"], "seller_kind": "umkm"}
    )
    connection = await asyncpg.connect(cluster.url("postgres"))
    rows: dict[str, list[float]] = {}
    filled = 0
    for size in sizes:
        await shelf.fill(connection, decode("pty", maker["id"]), filled, size)
        filled = size
        await recount(connection)
        for name, request in (await cases(connection, size)).items():
            rows.setdefault(name, []).append(await measured(port, request))
            print(f"  {size:>9,}  {name:<22} {rows[name][-1]:7.3f} ms", flush=True)
    await connection.close()
    show(rows, sizes)


async def recount(connection: asyncpg.Connection) -> None:
    """What the worker does every ten minutes."""
    from app.catalog.search.vocabulary import RECOUNT

    await connection.execute(RECOUNT)
    await connection.execute("ANALYZE search_vocabulary")


def show(rows: dict[str, list[float]], sizes: Sequence[int]) -> None:
    """The table, with growth from the smallest shelf to the largest and the multiple of the list."""
    head = " | ".join(f"{size:,}" for size in sizes)
    print(f"\n| p50 ms, one at a time | {head} | largest ÷ smallest | ÷ list at the largest |")
    print("|---|" + "---:|" * (len(sizes) + 2))
    for name, found in rows.items():
        numbers = " | ".join(f"{ms:.3f}" for ms in found)
        growth, multiple = found[-1] / found[0], found[-1] / rows["list"][-1]
        print(f"| {name} | {numbers} | {growth:.2f} | {multiple:.2f} |")


def main() -> None:
    """Measure in a fresh temporary cluster."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    with ExitStack() as stack:
        if len(cores) > 1:
            pin(0, set(cores[1:]))
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(tempfile.mkdtemp(prefix="btc-bench-log-"))
        port, pid = stack.enter_context(
            servers.ours(cluster.url("btc_service"), SECRET, logs / "ours.log")
        )
        if len(cores) > 1:
            pin(pid, {cores[0]})
        uvloop.run(compare(cluster, port, key, sizes))
        shutil.rmtree(logs)


if __name__ == "__main__":
    main()
