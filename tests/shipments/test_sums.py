"""Every sum along the chain is looked at, and one that is wrong is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from app import reconcile
from app.core.ids import decode
from app.orders.rules import ENOUGH, is_done
from app.shipments.sums import SUMS
from tests import trade
from tests.api import Api, kg
from tests.orders.stall import stall
from tests.shipments import story

Unique = Callable[[str], str]

# One row made wrong per sum, as far as the CHECKs beneath allow it: table, change.
BREAKS = {
    "order_lines.allocated": ("order_lines", "allocated = allocated + 1"),
    "order_lines.shipped": ("order_lines", "shipped = shipped + 1, allocated = allocated + 1"),
    "order_lines.received": ("order_lines", "accepted = accepted - 1, downgraded = 1"),
    "allocations.weighed": ("allocations", "weighed = weighed - 1"),
    "offer_periods.reserved_committed_delivered": (
        "offer_periods",
        "committed = committed + 1, delivered = delivered - 1",
    ),
    "quota_periods.reserved_consumed": ("quota_periods", "consumed = consumed - 1"),
    "stock_pools.reserved": ("stock_pools", "reserved = reserved + 1"),
    "order_lines.sold": ("order_lines of a listing", "shipped = shipped - 1"),
    "lots.standing_for_nothing": ("lots", "status = 'quarantined'"),
    "lots.shares": ("lots", "quantity = quantity + 1"),
    "lots.count_balance": ("lots", "count_balance = count_balance + 1"),
    "lot_events.balanced": ("lot_events", "loss = loss + 1"),
    "allocations.live_for_nothing": ("allocations", "status = 'picked'"),
}


async def test_a_sum_that_is_wrong_is_found(
    hub: Api, unique: Unique, owner: asyncpg.Connection, app: Any
) -> None:
    """Each is broken behind the service's back, looked at, and taken back."""
    ids = await _finished(hub, unique, owner)
    assert set(BREAKS) == set(SUMS)
    assert set(SUMS) <= set(await reconcile.drifted(app.state.database))
    for name, (table, change) in BREAKS.items():
        found = {row["id"] for row in await owner.fetch(SUMS[name])}
        assert ids[table] not in found, name
        broken = owner.transaction()
        await broken.start()
        await owner.execute(f"UPDATE {table.split()[0]} SET {change} WHERE id = $1", ids[table])
        found = {row["id"] for row in await owner.fetch(SUMS[name])}
        await broken.rollback()
        assert ids[table] in found, name


async def _finished(hub: Api, unique: Unique, owner: asyncpg.Connection) -> dict[str, Any]:
    """A completed order under an agreement, 98 of 99 shipped and accepted: a row of each table.

    And an order of a listing whose goods are at the gate.
    """
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 500)
    seller, site = await story.farm(hub)
    await trade.offer(seller, site, eggs, 99)
    order = await trade.order(market, eggs, 99, agreement_id=agreed)
    for action in ("confirm", "allocate"):
        await hub.do(f"/v1/orders/{order['id']}/{action}")
    share = (await seller.read("/v1/allocations"))["data"][0]
    share = await seller.do(f"/v1/allocations/{share['id']}/confirm")
    carrier = await hub.party("carrier")
    tale = story.Story(hub, market, eggs, carrier, order["id"], [seller], [site], [share])
    lot = await tale.lot(weight="98.5", count=1800)
    less = {"quantity": kg("0.5"), "count": 9, "reason": "broken"}
    await hub.do(f"/v1/lots/{lot['id']}/shrink", less)
    receipt = await tale.received(lot)
    await market.api.do(f"/v1/goods-receipts/{receipt['id']}/sign")
    line = decode("oln", order["lines"][0]["id"])
    listed = await story.of_listing(hub, await stall(hub), 3)
    await listed.arrived(await listed.lot())
    of_listing = decode("oln", (await listed.order())["lines"][0]["id"])
    pool = "SELECT stock_pool_id FROM order_lines WHERE id = $1"
    return {
        "order_lines of a listing": of_listing,
        "stock_pools": await owner.fetchval(pool, of_listing),
        "order_lines": line,
        "allocations": decode("alc", share["id"]),
        "offer_periods": await owner.fetchval(
            "SELECT offer_period_id FROM allocations WHERE id = $1", decode("alc", share["id"])
        ),
        "lots": decode("lot", lot["id"]),
        "lot_events": await owner.fetchval(
            "SELECT event_id FROM lot_links WHERE parent_lot_id = $1", decode("lot", lot["id"])
        ),
        "quota_periods": await owner.fetchval(
            "SELECT quota_period_id FROM order_lines WHERE id = $1", line
        ),
    }


async def test_enough_in_sql_is_the_rule(owner: asyncpg.Connection) -> None:
    """`ENOUGH`, which finds lines, and `is_done`, which decides, agree around every edge."""
    kept = [Decimal(n) for n in (0, 1, 97, 98, 99, 100)] + [Decimal("97.999"), Decimal("97.5")]
    # Of a short-closed line all that left has to be judged; how does not matter.
    at = datetime(2026, 11, 22, tzinfo=UTC)
    closed = [(None, Decimal(0)), (at, Decimal(0)), (at, Decimal(100))]
    lines = [
        {
            "accepted": a,
            "downgraded": d,
            "confirmed": c,
            "under_tolerance_pct": t,
            "short_closed_at": ended,
            "shipped": shipped,
            "received": a + d,
            "short": max(shipped - a - d, Decimal(0)) if c else Decimal(0),
        }
        for ended, shipped in closed
        for a in kept
        for d in (Decimal(0), Decimal("0.001"), Decimal(1))
        for c in (Decimal(0), Decimal(1), Decimal(100))
        for t in (Decimal(0), Decimal(2), Decimal("2.5"))
    ]
    found = await owner.fetch(
        f"SELECT ({ENOUGH}) AS enough FROM (SELECT *, NULL AS done_at FROM "
        "unnest($1::numeric[], $2::numeric[], $3::numeric[], $4::numeric[], $5::timestamptz[], "
        "$6::numeric[], $7::numeric[], $8::numeric[]) WITH ORDINALITY "
        f"AS u({', '.join(lines[0])}, n)) AS l ORDER BY l.n",
        *([line[name] for line in lines] for name in lines[0]),
    )
    assert [row["enough"] for row in found] == [is_done(line) for line in lines]


async def test_what_was_left_behind_is_found_by_its_index(owner: asyncpg.Connection) -> None:
    await owner.execute("SET enable_seqscan = off")
    plan = await owner.fetch(f"EXPLAIN SELECT l.id FROM order_lines l WHERE {ENOUGH}")
    assert "ix_order_lines_received" in "\n".join(row[0] for row in plan)
