"""A lot with ten thousand ancestors, and a farm's lot with ten thousand descendants, through HTTP.

Three shapes of the same size, since a graph may be wide or deep: one merge of ten thousand farms'
lots, whose goods are all in it; a tree of merges by tens; a chain of ten thousand splits, one of the
other. Beside it lies a year of other lots' links, which must not matter. The server has a core of
its own, Postgres and the client share the other. ``python -m bench.trace [--plans]``
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from app.core import clock
from app.core.ids import decode, encode
from app.parties.bootstrap import operator_key
from app.shipments.trace.queries import statement
from app.shipments.trace.schemas import Direction
from bench import servers
from bench.__main__ import CORES, SECRET, pin, postgres
from bench.seed import Seeder

SIZE = 10_000
OTHERS = 1_000_000
"""Links between lots of others: three thousand a day."""
ROUNDS = 15
GOAL_MS = 200

_FARMS = """
WITH made AS (
  INSERT INTO parties (id, status, name, roles, seller_kind, created_by)
  SELECT uuidv7(), 'active', 'Kandang contoh ' || n, '{seller}', 'producer', $1
  FROM generate_series(1, $2::int) n RETURNING id)
INSERT INTO sites (id, party_id, name, kind, region_code)
SELECT uuidv7(), id, 'Kandang', 'farm', '35.05.01' FROM made
"""
_ALLOCATIONS = """
INSERT INTO allocations (SELECT (jsonb_populate_record(a, jsonb_build_object('id', uuidv7(),
  'seller_id', s.party_id, 'site_id', s.id))).* FROM allocations a, sites s
  WHERE a.id = $1 AND s.name = 'Kandang')
"""
_LOTS = """
INSERT INTO lots (SELECT (jsonb_populate_record(l, jsonb_build_object('id', w.id, 'number',
  'LOT-' || $4 || '-' || w.n, 'allocation_id', a.id, 'seller_id', a.seller_id, 'site_id', a.site_id,
  'offer_id', null))).* FROM lots l
  JOIN unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS w (id, farm, n) ON true
  LEFT JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS farm FROM allocations
    WHERE site_id IN (SELECT id FROM sites WHERE name = 'Kandang')) a ON a.farm = w.farm
  WHERE l.id = $1)
"""
_SHARES = """
INSERT INTO lot_shares (lot_id, allocation_id, seller_id, quantity, balance, livemode)
SELECT w.id, coalesce(l.allocation_id, t.allocation_id), coalesce(l.seller_id, t.seller_id), 1, 1,
  true FROM unnest($2::uuid[]) AS w (id) JOIN lots l ON l.id = w.id JOIN lots t ON t.id = $1
"""
_POOL = """
INSERT INTO lot_shares (lot_id, allocation_id, seller_id, quantity, balance, livemode)
SELECT $1, allocation_id, seller_id, 1, 1, true FROM lots WHERE id = ANY($2) ON CONFLICT DO NOTHING
"""
_LINKS = """
WITH event AS (
  INSERT INTO lot_events (id, kind, order_id, party_id, at, livemode)
  SELECT uuidv7(), 'merge', l.order_id, l.buyer_id, now(), true
  FROM lots l, generate_series(1, $4::int) WHERE l.id = $1 RETURNING id
), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM event)
INSERT INTO lot_links (id, event_id, parent_lot_id, child_lot_id, allocation_id, quantity, livemode)
SELECT uuidv7(), e.id, w.parent, w.child, l.allocation_id, 1, true
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (parent, child, n)
JOIN numbered e ON e.n = 1 + w.n % $4 JOIN lots l ON l.id = $1
"""
_OTHERS = """
INSERT INTO lot_links (id, event_id, parent_lot_id, child_lot_id, allocation_id, quantity, livemode)
SELECT uuidv7(), e.id, a.id, b.id, l.allocation_id, 1, true
FROM generate_series(1, $2::int) AS g (i)
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM lots WHERE number LIKE 'LOT-others-%') a
  ON a.n = 1 + g.i % 49999
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM lots WHERE number LIKE 'LOT-others-%') b
  ON b.n = a.n + 1
CROSS JOIN (SELECT id FROM lot_events LIMIT 1) e JOIN lots l ON l.id = $1
"""


class Shapes:
    """Graphs of the same size, straight in the tables; each is known by both its ends."""

    def __init__(self, owner: asyncpg.Connection, like: UUID) -> None:
        self.owner, self.like = owner, like
        self.ends: dict[str, tuple[UUID, UUID]] = {}
        """by shape: the last lot (traced up) and the first (traced down)"""

    async def lots(self, name: str, count: int) -> list[UUID]:
        """Fresh lots, of ever other farms."""
        made = [
            row[0]
            for row in await self.owner.fetch(
                "SELECT uuidv7() FROM generate_series(1, $1::int)", count
            )
        ]
        await self.owner.execute(_LOTS, self.like, made, [n % SIZE for n in range(count)], name)
        await self.owner.execute(_SHARES, self.like, made)
        return made

    async def link(self, pairs: list[tuple[UUID, UUID]], events: int) -> None:
        """A link for each of *pairs* (parent, child), of so many events."""
        parents, children = [a for a, _ in pairs], [b for _, b in pairs]
        await self.owner.execute(_LINKS, self.like, parents, children, events)

    async def wide(self) -> None:
        """All farms' lots into one; and one into as many."""
        up, down = await self.lots("wide", SIZE + 1), await self.lots("parts", SIZE + 1)
        await self.owner.execute(_POOL, up[-1], up[:-1])
        await self.link([(lot, up[-1]) for lot in up[:-1]], 1)
        await self.link([(down[0], lot) for lot in down[1:]], 1)
        self.ends["wide"] = up[-1], down[0]

    async def tree(self) -> None:
        """Ten at a time: into the last of them, or out of the first."""
        lots = await self.lots("tree", SIZE + 1)
        await self.link([(lots[n], lots[(n - 1) // 10]) for n in range(1, len(lots))], SIZE // 10)
        other = await self.lots("branches", SIZE + 1)
        await self.link(
            [(other[(n - 1) // 10], other[n]) for n in range(1, len(other))], SIZE // 10
        )
        self.ends["tree"] = lots[0], other[0]

    async def chain(self) -> None:
        """Each of the one before."""
        lots = await self.lots("chain", SIZE + 1)
        await self.link([(lots[n], lots[n + 1]) for n in range(SIZE)], SIZE)
        self.ends["chain"] = lots[-1], lots[0]

    async def others(self) -> None:
        """What belongs to others."""
        await self.lots("others", 50_000)
        await self.owner.execute(_OTHERS, self.like, OTHERS)


async def weighed(seeder: Seeder) -> UUID:
    """A lot of a confirmed allocation, as the API makes it."""
    market = await seeder.market()
    body = market.bodies[0]
    farm = await seeder.post(
        "/v1/parties", {"name": "Kandang", "roles": ["seller"], "seller_kind": "producer"}
    )
    key = (await seeder.post("/v1/api-keys", {"party_id": farm["id"]}))["key"]
    place = {"name": "Kandang pertama", "kind": "farm", "region_code": "35.05.01"}
    site = await seeder.post(f"/v1/parties/{farm['id']}/sites", place)
    nkv = {"kind": "nkv", "number": "CONTOH-1", "valid_from": "2026-01-01"}
    home = f"/v1/parties/{farm['id']}/licences"
    licence = await seeder.post(home, nkv)
    await seeder.post(f"{home}/{licence['id']}/verify", {"outcome": "valid"})
    line = body["lines"][0]
    offered = {
        "commodity_id": line["commodity_id"],
        "grade": line["grade"],
        "quantity": {"value": "10", "unit": "kg"},
        "available_from": body["deliver_on"],
        "available_until": body["deliver_on"],
        "site_id": site["id"],
    }
    await seeder.post("/v1/supply-offers", offered, key=key)
    order = await seeder.post("/v1/orders", body, key=market.key)
    await seeder.post(f"/v1/orders/{order['id']}/confirm")
    await seeder.post(f"/v1/orders/{order['id']}/allocate")
    found = await seeder.http.get("/v1/allocations", headers={"authorization": f"Bearer {key}"})
    given = found.json()["data"][0]
    await seeder.post(f"/v1/allocations/{given['id']}/confirm", key=key)
    scale = {"allocation_id": given["id"], "net_weight": {"value": "1", "unit": "kg"}}
    lot = await seeder.post(
        "/v1/lots", scale | {"produced_on": clock.day(clock.now()).isoformat()}, key=key
    )
    return decode("lot", lot["id"])


async def seed(seeder: Seeder, owner: asyncpg.Connection) -> Shapes:
    """All shapes, and what lies beside them."""
    like = await weighed(seeder)
    await owner.execute(
        "SET session_replication_role = replica"
    )  # offers of the farms are left out
    maker = await owner.fetchval("SELECT seller_id FROM lots WHERE id = $1", like)
    await owner.execute(_FARMS, maker, SIZE)
    await owner.execute(
        _ALLOCATIONS, await owner.fetchval("SELECT allocation_id FROM lots WHERE id = $1", like)
    )
    shapes = Shapes(owner, like)
    for shape in (shapes.wide, shapes.tree, shapes.chain, shapes.others):
        began = time.perf_counter()
        await shape()
        print(f"{shape.__name__} seeded in {time.perf_counter() - began:.1f} s", flush=True)
    await owner.execute("VACUUM ANALYZE")
    return shapes


async def explained(owner: asyncpg.Connection, direction: Direction, lot: UUID) -> list[str]:
    """How the database answers the service's role, in the hub's scope."""
    async with owner.transaction():
        await owner.execute(
            "SELECT set_config('btc.scope', 'hub', true), set_config('btc.livemode', 'on', true)"
        )
        await owner.execute("SET LOCAL ROLE btc_service")
        query = statement(direction, of_seller=False)
        await owner.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # as the service
        await owner.execute(f"PREPARE asked (uuid) AS {query}")
        rows = await owner.fetch(f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE asked ('{lot}')")
        await owner.execute("DEALLOCATE asked")
        return [row[0] for row in rows]


def spent(pid: int) -> float:
    """Milliseconds of processor time of a process so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


async def asked(client: httpx.AsyncClient, path: str, pid: int, encoding: str) -> tuple[str, int]:
    """What asking for *path* takes, many times over; and how long the answer is."""
    times, began_at = [], spent(pid)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = await client.get(path, headers={"accept-encoding": encoding})
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    assert len(answer.json()["lots"]) == SIZE + 1
    took = (
        f"{encoding:8} least {min(times):6.1f} ms, median {statistics.median(times):6.1f}, worst "
        f"{max(times):6.1f}; of the server {(spent(pid) - began_at) / ROUNDS:5.1f}"
    )
    return took, len(answer.content)


async def measure(port: int, pid: int, key: str, superuser: str, *, plans: bool) -> list[str]:
    """Seed, then ask for each shape in both directions; lines to print."""
    url = f"http://127.0.0.1:{port}"
    owner = await asyncpg.connect(superuser)
    shapes = await seed(Seeder(url, key, superuser), owner)
    said = [f"{SIZE} lots, beside {OTHERS} links of others; goal: {GOAL_MS} ms"]
    bearer = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, timeout=60, headers=bearer) as client:
        for name, ends in shapes.ends.items():
            for direction, lot in zip(Direction, ends, strict=True):
                path = f"/v1/lots/{encode('lot', lot)}/trace?direction={direction}"
                for encoding in ("identity", "gzip"):
                    took, size = await asked(client, path, pid, encoding)
                    said.append(f"{name:6} {direction:5} {took}; {size / 1e6:.1f} MB")
                rows = await explained(owner, direction, lot)
                said.append(f"{name:6} {direction:5} {rows[-1].strip().lower()}, explained")
                if plans:
                    said += [f"    {row}" for row in rows]
    await owner.close()
    return [*said, f"load average {os.getloadavg()[0]:.1f}"]


def main() -> None:
    """Run on a Postgres of its own."""
    parser = argparse.ArgumentParser(prog="bench.trace")
    parser.add_argument("--plans", action="store_true", help="show how the database did it")
    plans = parser.parse_args().plans
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres())
        key = asyncio.run(operator_key(cluster.url("btc_service"), SECRET))
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="btc-bench-log-")))
        serving = servers.ours(cluster.url("btc_service"), SECRET, logs / "log")
        port, pid = stack.enter_context(serving)
        pin(pid, {CORES[0]})
        lines = asyncio.run(measure(port, pid, key, cluster.url("postgres"), plans=plans))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
