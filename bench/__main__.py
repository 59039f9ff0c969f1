"""`make bench`: our hot requests against the floor, in turn, and the table in docs/benchmarks.md.

Each pair of rounds gives one ratio; the median of the pairs is what counts, since the machine's
speed drifts. Where the system allows it, the servers run on one core, Postgres and the load
generator on the others.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import uvloop

from app.db import migrate
from app.db.embedded import Cluster
from app.parties.bootstrap import operator_key
from bench import load, report, servers
from bench.seed import Seeder

SECRET = "a secret for measurements only, long enough"
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@dataclass
class Case:
    """One comparison: what is sent to the floor and to us, and what share of it we promise."""

    name: str
    floor: load.Request
    ours: load.Request
    target: float


@dataclass
class Row:
    """What a case measured: medians over the pairs of rounds."""

    name: str
    floor: float
    ours: float
    ratio: float
    lowest: float
    highest: float
    p50: float
    p99: float
    target: float


@contextmanager
def postgres() -> Iterator[Cluster]:
    """A durable Postgres of its own, thrown away afterwards; one core stays free for servers."""
    if len(CORES) > 1:
        pin(0, set(CORES[1:]))  # this process, and the Postgres that it starts
    folder = tempfile.mkdtemp(prefix="btc-bench-", dir="/var/tmp" if os.name == "posix" else None)
    try:
        with Cluster(Path(folder)) as cluster:
            migrate.upgrade(cluster.url("btc_owner"))
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process on *cores* where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, cores)


Server = tuple[int, int]
"""Port and process id."""


@contextmanager
def side_by_side(cluster: Cluster, logs: Path) -> Iterator[tuple[Server, Server]]:
    """The floor and the service on the core that `postgres` left to them."""
    with (
        servers.floor(cluster.url("postgres"), logs / "floor.log") as floor,
        servers.ours(cluster.url("btc_service"), SECRET, logs / "ours.log") as ours,
    ):
        if len(CORES) > 1:
            for _, pid in (floor, ours):
                pin(pid, {CORES[0]})
        yield floor, ours


async def measure(case: Case, ports: tuple[int, int], rounds: int, seconds: float) -> Row:
    """Floor and ours in turn, *rounds* times."""
    pairs = []
    for request, port in ((case.floor, ports[0]), (case.ours, ports[1])):
        await load.run(port, request, connections=16, seconds=1)
    for n in range(rounds):
        floor = await load.run(ports[0], case.floor, connections=16, seconds=seconds)
        ours = await load.run(ports[1], case.ours, connections=16, seconds=seconds)
        wrong = [s for r in (floor, ours) for s in r.statuses if s >= 400]
        assert not wrong, f"{case.name}: answered {wrong}"
        pairs.append((floor, ours))
        print(
            f"  {case.name} {n + 1}/{rounds}: floor {floor.per_second:,.0f}/s, ours "
            f"{ours.per_second:,.0f}/s = {ours.per_second / floor.per_second:.0%}",
            flush=True,
        )
    ratios = [ours.per_second / floor.per_second for floor, ours in pairs]
    return Row(
        case.name,
        statistics.median(floor.per_second for floor, _ in pairs),
        statistics.median(ours.per_second for _, ours in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        statistics.median(ours.percentile(0.5) for _, ours in pairs),
        statistics.median(ours.percentile(0.99) for _, ours in pairs),
        case.target,
    )


async def compare(
    cluster: Cluster,
    ports: tuple[int, int],
    key: str,
    only: str | None,
    rounds: int,
    seconds: float,
) -> list[Row]:
    """Seed and measure every case."""
    seeder = Seeder(f"http://127.0.0.1:{ports[1]}", key, cluster.url("postgres"))
    print("seeding ...", flush=True)
    listing = await seeder.listings()
    market = await seeder.market()
    floor_id = await _floor_id(listing)
    cases = [
        Case("list", load.get("/listings"), load.get("/v1/listings"), 0.60),
        Case("list, handed on", load.get("/ready/listings"), load.get("/v1/listings"), 0.0),
        Case("get", load.get(f"/listings/{floor_id}"), load.get(f"/v1/listings/{listing}"), 0.50),
        Case(
            "get, handed on",
            load.get(f"/ready/listings/{floor_id}"),
            load.get(f"/v1/listings/{listing}"),
            0.0,
        ),
        Case(
            "order",
            load.post("/orders", orjson.dumps(market.floor_body), None),
            load.post("/v1/orders", orjson.dumps(market.bodies[0]), market.key),
            0.35,
        ),
    ]
    return [
        await measure(case, ports, rounds, seconds)
        for case in cases
        if only is None or case.name.startswith(only)
    ]


async def _floor_id(listing: str) -> str:
    from app.core.ids import decode

    return str(decode("lst", listing))


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", help="list, get or order")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    asked = parser.parse_args()
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-log-")))
        (floor, _), (ours, pid) = stack.enter_context(side_by_side(cluster, logs))
        rows = uvloop.run(
            compare(cluster, (floor, ours), key, asked.only, asked.rounds, asked.seconds)
        )
        memory = servers.rss_mb(pid)
    report.show(rows, memory)
    if asked.only is None and asked.rounds >= 5:
        report.write(rows, memory)


if __name__ == "__main__":
    main()
