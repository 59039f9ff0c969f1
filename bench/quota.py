"""Fifty clients on one quota, and the same fifty spread over fifty agreements.

The floors are bare apps on one quota row: the single statement of `make bench`, which writes all that
the service does, and a plain transaction of four statements, which writes order, line, quota and
movement only. Afterwards the books are looked at: no
quota over-drawn, no deadlock, no 5xx. ``python -m bench.quota``
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import orjson
import uvloop

from app.db.embedded import Cluster
from app.parties.bootstrap import operator_key
from bench import load
from bench.__main__ import SECRET, postgres, side_by_side
from bench.seed import Seeder

CLIENTS = 50
ROUNDS = 5
SECONDS = 4.0

_BOOKS = """
SELECT (SELECT count(*) FROM orders) AS orders,
  (SELECT count(*) FROM quota_periods
   WHERE reserved + consumed + carried_out > quota + carried_in + overdraw) AS overdrawn,
  (SELECT count(*) FROM quota_periods p WHERE p.reserved <> (
     SELECT coalesce(sum(quantity), 0) FROM quota_movements m
     WHERE m.period_id = p.id AND m.kind = 'reserve')) AS drifted,
  (SELECT sum(deadlocks) FROM pg_stat_database) AS deadlocks
"""


def in_turn(requests: list[load.Request]) -> load.Request:
    """Each time the next of *requests*."""
    circle = itertools.cycle(requests)

    def following() -> bytes:
        return next(circle)()

    return following


async def measure(cluster: Cluster, ports: tuple[int, int], key: str) -> None:
    """Seed, measure in turn, print medians and ratios, look at the books."""
    seeder = Seeder(f"http://127.0.0.1:{ports[1]}", key, cluster.url("postgres"))
    market = await seeder.market(CLIENTS + 1)
    ours = [load.post("/v1/orders", orjson.dumps(body), market.key) for body in market.bodies]
    floor_body = orjson.dumps(market.floor_body)
    cases = {
        "one statement": (ports[0], load.post("/orders", floor_body, None)),
        "plain transaction": (ports[0], load.post("/orders/plain", floor_body, None)),
        "ours, one quota": (ports[1], ours[0]),
        "ours, 50 agreements": (ports[1], in_turn(ours[1:])),
    }
    rates: dict[str, list[float]] = {name: [] for name in cases}
    statuses: Counter[int] = Counter()
    for n in range(-1, ROUNDS):  # the first is for warming up
        for name, (port, request) in cases.items():
            seconds = SECONDS if n >= 0 else 1.0
            found = await load.run(port, request, connections=CLIENTS, seconds=seconds)
            statuses += found.statuses
            if n >= 0:
                rates[name].append(found.per_second)
                print(
                    f"{n + 1}/{ROUNDS} {name:20} {found.per_second:7,.0f}/s   p50 "
                    f"{found.percentile(0.5):6.1f} ms   p99 {found.percentile(0.99):6.1f} ms",
                    flush=True,
                )
    statement, plain, hot, spread = rates.values()
    for name, over, under in (
        ("one quota, ours ÷ one statement", hot, statement),
        ("one quota, ours ÷ plain transaction", hot, plain),
        ("spread ÷ hot", spread, hot),
    ):
        pairs = [a / b for a, b in zip(over, under, strict=True)]
        print(f"{name}: {statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})")
    behind = await asyncpg.connect(cluster.url("postgres"))
    print("answers:", dict(statuses))
    print("books:", dict(await behind.fetchrow(_BOOKS)))
    await behind.close()


def main() -> None:
    """Run on a Postgres of its own."""
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-log-")))
        (floor, _), (ours, _) = stack.enter_context(side_by_side(cluster, logs))
        uvloop.run(measure(cluster, (floor, ours), key))


if __name__ == "__main__":
    main()
