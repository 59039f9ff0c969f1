"""Readings per second through HTTP into Postgres, with one worker on one core.

Three kinds of senders: a gateway that hands in the log of its trucks (few shipments, many readings
each), the same as NDJSON, and a fleet's tick (one reading of each of many shipments, where every
reading moves a shipment). The floor is `COPY` of the same readings by the bare driver into a bare
table, on the same Postgres in turn. Afterwards the books are looked at: as many rows as were
accepted. ``python -m bench.telemetry``
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
import orjson
import uvloop

from app.core import clock
from app.core.ids import encode, new_id
from app.db.embedded import Cluster
from app.parties.bootstrap import operator_key
from bench import load, servers
from bench.__main__ import CORES, SECRET, pin, postgres

SHIPMENTS = 10_000
SIZE = 10_000
CONNECTIONS = 4

# A fleet underway since some days; what its shipments refer to is not looked at.
_FLEET = """
INSERT INTO shipments (id, status, tracking_status, number, tracking_code, buyer_id, carrier_id,
  from_site_id, to_site_id, from_place, to_place, from_region, to_region, dispatched_at,
  temperature_min, temperature_max, livemode, created_at)
SELECT id, 'in_transit', 'in_transit', 'SHP-T-' || n, 'BTC-' || lpad(n::text, 10, '0'), $2, $2, $3,
  $3, 'x', 'x', 'Kabupaten Blitar', 'Jakarta Timur', now() - interval '20 days', 5, 18, true,
  now() - interval '21 days'
FROM unnest($1::uuid[]) WITH ORDINALITY AS s (id, n)
"""
_BARE = """
CREATE TABLE bare_telemetry (shipment_id uuid, device text, at timestamptz, latitude float8,
  longitude float8, temperature_c float8, speed_kmh float8, livemode boolean)
"""


class Fleet:
    """Batches of readings, none of them twice: time goes on from one to the next."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.clock = clock.now() - timedelta(days=19)

    def batch(self, shipments: int) -> list[dict[str, object]]:
        """`SIZE` readings of that many shipments; of each the same number, ten seconds apart."""
        each = SIZE // shipments
        start, self.clock = self.clock, self.clock + timedelta(seconds=10 * each)
        times = [(start + timedelta(seconds=10 * n)).isoformat("T", "seconds") for n in range(each)]
        return [
            {
                "shipment_id": one,
                "device": "gps-1",
                "at": at,
                "latitude": -7.6 + n / 1e4,
                "longitude": 111.5 + k / 1e4,
                "temperature_c": 12.5 + (n + k) % 7 / 2,
                "speed_kmh": 40 + n % 30,
            }
            for k, one in enumerate(self.ids[:shipments])
            for n, at in enumerate(times)
        ]


def _json(batch: list[dict[str, object]]) -> bytes:
    return orjson.dumps({"readings": batch})


def _lines(batch: list[dict[str, object]]) -> bytes:
    return b"\n".join(map(orjson.dumps, batch))


def _requests(bodies: list[bytes], kind: str, key: str) -> Iterator[bytes]:
    for body in bodies:
        head = (
            f"POST /v1/telemetry HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\n"
            f"authorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


async def _sent(port: int, bodies: list[bytes], kind: str, key: str) -> load.Result:
    """All of *bodies*, each once, over a few connections; how long that took."""
    result = load.Result()
    waiting = _requests(bodies, kind, key)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            started = perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            answer = orjson.loads(await reader.readexactly(length))
            assert answer.get("accepted") == SIZE, answer
            result.statuses[int(head[9:12])] += 1
            result.latencies.append(perf_counter() - started)
        writer.close()

    started = perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    result.seconds = perf_counter() - started
    return result


async def _copied(connection: asyncpg.Connection, batches: list[list[dict[str, object]]]) -> float:
    """The same readings by COPY, a transaction a batch; readings per second."""
    shipment = new_id()
    rows = [
        [
            (
                shipment,
                r["device"],
                datetime.fromisoformat(str(r["at"])),
                r["latitude"],
                r["longitude"],
                r["temperature_c"],
                r["speed_kmh"],
                True,
            )
            for r in batch
        ]
        for batch in batches
    ]
    started = perf_counter()
    for some in rows:
        async with connection.transaction():
            await connection.copy_records_to_table("bare_telemetry", records=some)
    return SIZE * len(rows) / (perf_counter() - started)


async def measure(cluster: Cluster, port: int, key: str, rounds: int, batches: int) -> None:
    """Seed, measure in turn, print medians and the floor beside them, look at the books."""
    behind = await asyncpg.connect(cluster.url("postgres"))
    ids = [new_id() for _ in range(SHIPMENTS)]
    await behind.execute("SET session_replication_role = replica")
    await behind.execute(_FLEET, ids, new_id(), new_id())
    await behind.execute(_BARE)
    fleet = Fleet([encode("shp", one) for one in ids])
    ways: dict[str, tuple[int, Callable[[list[dict[str, object]]], bytes], str]] = {
        "gateway, 100 shipments": (100, _json, "application/json"),
        "gateway, NDJSON": (100, _lines, "application/x-ndjson"),
        "fleet, 10 000 shipments": (SHIPMENTS, _json, "application/json"),
    }
    rates: dict[str, list[float]] = {name: [] for name in ["bare COPY", *ways]}
    statuses: Counter[int] = Counter()
    accepted = 0
    for n in range(-1, rounds):  # the first is for warming up
        count = batches if n >= 0 else 2
        copied = await _copied(behind, [fleet.batch(100) for _ in range(count)])
        for name, (shipments, written, kind) in ways.items():
            bodies = [written(fleet.batch(shipments)) for _ in range(count)]
            found = await _sent(port, bodies, kind, key)
            statuses += found.statuses
            accepted += SIZE * count
            rate = SIZE * count / found.seconds
            if n >= 0:
                rates[name].append(rate)
                print(
                    f"{n + 1}/{rounds} {name:24} {rate:9,.0f} readings/s   p50 "
                    f"{found.percentile(0.5):6.0f} ms a batch   {copied:9,.0f}/s bare COPY",
                    flush=True,
                )
        if n >= 0:
            rates["bare COPY"].append(copied)
    for name, all_rates in rates.items():
        share = statistics.median(all_rates) / statistics.median(rates["bare COPY"])
        print(f"{name}: {statistics.median(all_rates):,.0f} readings/s, {share:.0%} of the floor")
    stored = await behind.fetchval("SELECT count(*) FROM telemetry")
    print("answers:", dict(statuses), "accepted:", accepted, "stored:", stored)
    assert stored == accepted
    await behind.close()


def main() -> None:
    """Run on a Postgres of its own."""
    parser = argparse.ArgumentParser(prog="bench.telemetry")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=12)
    asked = parser.parse_args()
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-log-")))
        port, pid = stack.enter_context(
            servers.ours(cluster.url("btc_service"), SECRET, logs / "ours.log")
        )
        if len(CORES) > 1:
            pin(pid, {CORES[0]})
        uvloop.run(measure(cluster, port, key, asked.rounds, asked.batches))


if __name__ == "__main__":
    main()
