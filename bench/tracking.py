"""Following a shipment among very many, and hearing of many at once, through HTTP.

``python -m bench.tracking [10000 10000000]``: `GET /v1/tracking/{code}` against the floor, with so
many facts of other shipments in the table, and batches of facts from two carriers at a time. Ten
million facts take some ten minutes to fill in.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop

from app.core.ids import decode
from app.parties.bootstrap import operator_key
from bench import load
from bench.__main__ import SECRET, Case, measure, postgres, side_by_side
from bench.catalogue import in_turn
from bench.seed import Seeder

SIZES = (10_000, 10_000_000)
FOLLOWED = 200
"""Shipments that are asked for, each with `FACTS` facts and two lots."""
FACTS = 12
EACH = 100
"""Facts of each of the other shipments."""
BATCH = 1_000
ROUNDS = 5
SECONDS = 3.0

# Rows that nobody traded: keys to others are not looked at while they are filled in.
_SHIPMENTS = """
INSERT INTO shipments (id, status, tracking_status, tracked_at, number, tracking_code, buyer_id,
  carrier_id, from_site_id, to_site_id, from_place, to_place, from_region, to_region, dispatched_at,
  promised_on, eta_at, eta_revision, last_n, livemode)
SELECT uuidv7(), 'dispatched', 'in_transit', now(), 'B-' || n,
  'BTC-' || lpad(translate(to_hex(n), 'abcdef', 'ABCDEF'), 10, '0'), $1, $2, uuidv7(), uuidv7(),
  'Kandang Garum, Kabupaten Blitar', 'DC Jakarta', 'Kabupaten Blitar',
  'Kota Administrasi Jakarta Timur', now(), current_date + 1, now() + interval '5 hours', 1, $5, true
FROM generate_series($3::int, $4::int) AS n
"""
_FACTS = """
INSERT INTO tracking_events (id, shipment_id, n, status, occurred_at, recorded_at, place, party_id,
  source)
SELECT uuidv7(), s.id, n, 'in_transit', now() - n * interval '7 minutes', now(), 'Rest area ' || n,
  s.carrier_id, 'carrier'
FROM shipments s, generate_series(1, s.last_n) AS n
WHERE s.number = ANY (SELECT 'B-' || n FROM generate_series($1::int, $2::int) AS n)
"""
_LOTS = """
WITH lot AS (
  INSERT INTO lots (id, status, number, order_id, order_line_id, seller_id, buyer_id, site_id,
    made_at, commodity_id, grade, base_unit, quantity, balance, produced_on, livemode)
  SELECT uuidv7(), 'depleted', 'L-' || s.number || k, uuidv7(), uuidv7(), s.buyer_id, s.buyer_id,
    uuidv7(), 'farm', c.id, 'medium', 'kg', 148.5, 0, current_date, true
  FROM shipments s, generate_series(1, 2) AS k, commodities c
  WHERE c.code = 'eggs' AND s.number = ANY (SELECT 'B-' || n FROM generate_series(1, $1::int) AS n)
  RETURNING id, number)
INSERT INTO shipment_lots (shipment_id, lot_id, buyer_id, livemode, quantity)
SELECT s.id, l.id, s.buyer_id, true, 148.5 FROM lot l
JOIN shipments s ON s.number = 'B-' || substring(l.number from 'L-B-(.*).$')
"""


class Road:
    """The shipments in the table."""

    def __init__(self, connection: asyncpg.Connection, buyer: str, carrier: str) -> None:
        self.connection = connection
        self.parties = decode("pty", buyer), decode("pty", carrier)
        self.last = 0

    async def add(self, shipments: int, facts: int) -> None:
        """So many shipments more, each with so many facts."""
        first = self.last + 1
        self.last += shipments
        await self.connection.execute("SET session_replication_role = replica")
        await self.connection.execute(_SHIPMENTS, *self.parties, first, self.last, facts)
        for start in range(first, self.last + 1, 5_000):
            await self.connection.execute(_FACTS, start, min(start + 4_999, self.last))

    async def followed(self) -> list[str]:
        """The codes of those that are asked for."""
        rows = await self.connection.fetch(
            "SELECT tracking_code FROM shipments WHERE number = ANY "
            "(SELECT 'B-' || n FROM generate_series(1, $1::int) AS n)",
            FOLLOWED,
        )
        return [row["tracking_code"] for row in rows]


def batches(codes: list[str], key: str) -> load.Request:
    """Fresh facts about the shipments behind *codes*, `BATCH` at a time."""
    start = datetime.now(UTC) - timedelta(days=1)
    numbers = count()

    def body() -> bytes:
        n = next(numbers)
        at = start + timedelta(microseconds=n * 1_000_000)
        events: list[dict[str, Any]] = [
            {
                "tracking_code": codes[(n * 7 + i) % len(codes)],
                "status": "in_transit",
                "occurred_at": (at + timedelta(milliseconds=i)).isoformat(),
                "place": "Rest area Ngawi",
                "external_id": f"wb-{n}-{i}",
            }
            for i in range(BATCH)
        ]
        return orjson.dumps({"events": events})

    def request() -> bytes:
        content = body()
        head = (
            "POST /v1/tracking-events HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {key}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    return request


async def compare(url: str, ports: tuple[int, int], operator: str, sizes: list[int]) -> None:
    """Fill, measure, fill further, measure again."""
    seeder = Seeder(f"http://127.0.0.1:{ports[1]}", operator, url)
    buyer = await seeder.post("/v1/parties", {"name": "Pasar Contoh", "roles": ["buyer"]})
    carrier = await seeder.post("/v1/parties", {"name": "Truk Contoh", "roles": ["carrier"]})
    key = (await seeder.post("/v1/api-keys", {"party_id": carrier["id"]}))["key"]
    connection = await asyncpg.connect(url)
    road = Road(connection, buyer["id"], carrier["id"])
    await road.add(FOLLOWED, FACTS)
    await connection.execute(_LOTS, FOLLOWED)
    codes = await road.followed()
    alone = []
    filled = 0
    for size in sizes:
        await road.add((size - filled) // EACH, EACH)
        filled = size
        await connection.execute("VACUUM ANALYZE tracking_events, shipments")
        floor = in_turn([f"/tracking/{code}" for code in codes])
        ours = in_turn([f"/v1/tracking/{code}" for code in codes])
        case = Case(f"tracking, {size:,} other facts", floor, ours, 0.5)
        row = await measure(case, ports, ROUNDS, SECONDS)
        one = await load.run(ports[1], ours, connections=1, seconds=SECONDS)
        alone.append(one.percentile(0.5))
        print(
            f"{case.name}: {row.ratio:.0%} of the floor ({row.lowest:.0%} to {row.highest:.0%}), "
            f"{row.ours:,.0f}/s; one at a time p50 {alone[-1]:.3f} ms",
            flush=True,
        )
    print(f"largest ÷ smallest, one at a time: {alone[-1] / alone[0]:.2f}")
    await hear(ports[1], codes, key)
    await connection.close()


async def hear(port: int, codes: list[str], key: str) -> None:
    """Facts per second in batches, two at a time."""
    request = batches(codes, key)
    await load.run(port, request, connections=2, seconds=1)
    found = []
    for _ in range(ROUNDS):
        result = await load.run(port, request, connections=2, seconds=SECONDS)
        assert set(result.statuses) == {200}, result.statuses
        found.append(result.per_second * BATCH)
    print(
        f"batches of {BATCH:,}: {statistics.median(found):,.0f} facts/s "
        f"({min(found):,.0f} to {max(found):,.0f})"
    )


def main() -> None:
    """Measure in a fresh temporary cluster."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        operator = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-log-")))
        (floor, _), (ours, _) = stack.enter_context(side_by_side(cluster, logs))
        uvloop.run(compare(cluster.url("postgres"), (floor, ours), operator, sizes))


if __name__ == "__main__":
    main()
