"""Allocating 300 tonnes of eggs over 10 000 sellers' offers, every row written and committed.

Runs the real service over an embedded Postgres with durability on, in a temporary folder, and says
where the time goes. ``python -m bench.allocation [offers [orders [policy]]]``: with more than one
order it is a consolidation of a day (``2000 50`` is a truck-day).
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from pydantic import SecretStr

from app.allocation.commands import decide
from app.cli.serving import spare_the_collector
from app.core import clock
from app.core.ids import decode
from app.core.quantity import plain
from app.db import migrate
from app.db.embedded import Cluster
from app.db.tx import Tx
from app.main import create_app
from app.parties.bootstrap import operator_key
from app.settings import Settings

SECRET = "a secret that only the bench knows, long enough"
OFFERS = 10_000
KG_EACH = 30

# One farm per offer, each with a place and a good NKV; quantities from 20 to 69 kg.
_SUPPLY = """
WITH made AS (
  INSERT INTO parties (id, status, name, roles, seller_kind, created_by)
  SELECT uuidv7(), 'active', 'Kandang contoh ' || n, '{seller}', 'producer', $1
  FROM generate_series(1, $2::int) n RETURNING id
), place AS (
  INSERT INTO sites (id, party_id, name, kind, region_code)
  SELECT uuidv7(), id, 'Kandang', 'farm', '35.05.01' FROM made RETURNING id, party_id
), licence AS (
  INSERT INTO licences (id, party_id, status, kind, number, valid_from)
  SELECT uuidv7(), id, 'valid', 'nkv', '', '2026-01-01' FROM made
), offer AS (
  INSERT INTO supply_offers (id, status, seller_id, site_id, commodity_id, grade, offered,
    entered_value, entered_unit, unit_factor, pack_size, floor_amount, floor_currency,
    floor_per_value, floor_per_unit, floor_per, available_from, available_until, livemode)
  SELECT uuidv7(), 'open', party_id, id, $3, 'medium', 20 + n % 50, 20 + n % 50, 'kg', 1,
    CASE n % 4 WHEN 0 THEN 15 WHEN 1 THEN 10 END, 25500, 'IDR', 1, 'kg', 1, $4, $5, true
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM place) p
  RETURNING id, seller_id, offered
)
INSERT INTO offer_periods (id, offer_id, seller_id, livemode, starts_on, ends_on, offered)
SELECT id, id, seller_id, true, $4, $5, offered FROM offer
"""


class Clock:
    """Seconds per phase, and how many round trips."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spent[name] += time.perf_counter() - started
            self.calls[name] += 1


def watch(timer: Clock) -> None:
    """Let every statement and the decision itself report to *timer*."""
    for method in ("sql", "sql_row", "sql_value", "row", "rows"):
        setattr(Tx, method, _watched(timer, getattr(Tx, method)))
    planned = decide.plan

    def plan(*args: Any) -> Any:
        with timer.phase("decide (rules, no database)"):
            return planned(*args)

    decide.plan = plan  # type: ignore[assignment]


def _watched(timer: Clock, inner: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(self: Tx, statement: Any, *args: Any) -> Any:
        with timer.phase(_name(str(statement))):
            return await inner(self, statement, *args)

    return call


def _name(statement: str) -> str:
    for sign, name in (
        ("INTO allocation_runs", "write the run with its inputs"),
        ("INTO allocations", "write allocations"),
        ("offer_movements", "ledger: reserve offers, write movements"),
        ("FOR NO KEY UPDATE", "lock offers, orders, lines"),
        ("o.floor_amount", "read offers"),
        ("not_available_then", "count offers set aside"),
        ("licences.party_id", "check licences"),
        ("UPDATE order_lines", "move order lines"),
        ("UPDATE idempotency_keys", "write events, audience and history; keep the answer"),
    ):
        if sign in statement:
            return name
    return "other statements"


@contextlib.asynccontextmanager
async def service(cluster: Cluster) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """The application on *cluster*, and an operator's key."""
    url = cluster.url("btc_service")
    settings = Settings(
        database_url=SecretStr(url),
        migrate_database_url=SecretStr(cluster.url("btc_owner")),
        secret=SecretStr(SECRET),
        log_level="error",
    )
    key = await operator_key(url, SECRET)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        spare_the_collector()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://btc.bench", timeout=120
        ) as client:
            yield client, key


async def post(client: httpx.AsyncClient, key: str, path: str, body: Any = None) -> Any:
    """The body of a POST that must succeed."""
    headers = {"authorization": f"Bearer {key}", "idempotency-key": uuid4().hex}
    answer = await client.post(path, json=body or {}, headers=headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def prepare(
    cluster: Cluster, client: httpx.AsyncClient, key: str, offers: int, orders: int
) -> list[str]:
    """So many offers, and confirmed orders for what they can bring; the orders' ids."""
    today = clock.day(clock.now())
    found = (await client.get("/v1/commodities")).json()["data"]
    eggs = next(one["id"] for one in found if one["code"] == "eggs")
    market = await post(client, key, "/v1/parties", {"name": "Pasar contoh", "roles": ["buyer"]})
    site = await post(
        client,
        key,
        f"/v1/parties/{market['id']}/sites",
        {"name": "Gudang", "kind": "distribution_centre", "region_code": "31.75.04"},
    )
    behind = await asyncpg.connect(cluster.url("postgres"))
    try:
        hub = decode("pty", market["id"])
        until = today + timedelta(days=7)
        await behind.execute(_SUPPLY, hub, offers, decode("com", eggs), today, until)
        await behind.execute("ANALYZE")
    finally:
        await behind.close()
    price = {"amount": "27500", "currency": "IDR", "per": {"value": "1", "unit": "kg"}}
    each = offers * KG_EACH // orders
    line = {"commodity_id": eggs, "grade": "medium", "price": price}
    body = {
        "buyer_id": market["id"],
        "ship_to_site_id": site["id"],
        "deliver_on": (today + timedelta(days=2)).isoformat(),
        "lines": [line | {"quantity": {"value": str(each), "unit": "kg"}}],
    }
    ids = []
    for _ in range(orders):
        order = await post(client, key, "/v1/orders", body)
        await post(client, key, f"/v1/orders/{order['id']}/confirm")
        ids.append(str(order["id"]))
    return ids


async def measure(cluster: Cluster, offers: int, orders: int, policy: str) -> None:
    """Allocate once and print where the time went."""
    async with service(cluster) as (client, key):
        print(f"making {offers} offers ...", flush=True)
        ids = await prepare(cluster, client, key, offers, orders)
        print(f"allocating {orders} orders by {policy} ...", flush=True)
        timer = Clock()
        watch(timer)
        headers = {"authorization": f"Bearer {key}", "idempotency-key": uuid4().hex}
        path, body = f"/v1/orders/{ids[0]}/allocate", {"policy": policy}
        if orders > 1:
            path, body = "/v1/consolidations", {"order_ids": ids, "policy": policy}
        started, worked = time.perf_counter(), time.process_time()
        answer = await client.post(path, json=body, headers=headers)
        total, worked = time.perf_counter() - started, time.process_time() - worked
        done = answer.json()
    sums = [
        sum(Decimal(line[name]["value"]) for line in done["lines"])
        for name in ("allocated", "needed")
    ]
    print(f"{plain(sums[0])} kg of {plain(sums[1])} kg, gap {done['gap']}\n")
    for name, seconds in sorted(timer.spent.items(), key=lambda item: -item[1]):
        print(f"{seconds:7.3f} s  {timer.calls[name]:3} x  {name}")
    rest = total - sum(timer.spent.values())
    print(f"{rest:7.3f} s         everything else (rows to JSON, the answer, COMMIT)")
    print(f"{total:7.3f} s         in all, from request to committed answer")
    print(f"{worked:7.3f} s         of it on our own processor, the client's part included")


def main() -> None:
    """Measure in a fresh temporary cluster."""
    offers = int(sys.argv[1]) if len(sys.argv) > 1 else OFFERS
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    policy = sys.argv[3] if len(sys.argv) > 3 else "fair_share"
    # Not /tmp: that may be memory, where durability costs nothing.
    folder = tempfile.mkdtemp(prefix="btc-bench-", dir="/var/tmp")
    try:
        with Cluster(Path(folder)) as cluster:
            print("migrating ...", flush=True)
            migrate.upgrade(cluster.url("btc_owner"))
            asyncio.run(measure(cluster, offers, orders, policy))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
