"""A database of the version before, with trade in it, taken to this one: nothing is lost.

The rows are written as the old service did; what they say must be found again in the new tables.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal as D
from uuid import UUID

import asyncpg
import pytest
from alembic import command

from app.core.ids import encode, new_id
from app.db import migrate
from app.db.embedded import Cluster
from tests.repo.databases import own_database

pytestmark = pytest.mark.anyio

PRICE = {
    "price_amount": D(27500),
    "price_currency": "IDR",
    "price_per_value": D(1),
    "price_per_unit": "kg",
    "price_per": D(1),
}
ENTERED = {"entered_value": D(1), "entered_unit": "ton", "unit_factor": D(1000)}


async def test_bulk_trade_before_0011_is_found_again(cluster: Cluster) -> None:
    async with own_database(cluster, "backfill") as url:
        await asyncio.to_thread(command.upgrade, migrate.configuration(url), "0010")
        admin = await asyncpg.connect(cluster.url("postgres", "backfill"))
        before = await _trade(admin)
        await admin.close()
        await asyncio.to_thread(migrate.upgrade, url)
        admin = await asyncpg.connect(cluster.url("postgres", "backfill"))
        try:
            await _found_again(admin, before)
        finally:
            await admin.close()


async def _insert(admin: asyncpg.Connection, table: str, **row: object) -> UUID:
    row = {"id": new_id()} | row
    names = ", ".join(row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    found: UUID = await admin.fetchval(
        f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *row.values()
    )
    return found


async def _trade(admin: asyncpg.Connection) -> dict[str, UUID]:
    """One agreement, its quota drawn on by one order, filled from one offer by one run."""
    day = await admin.fetchval("SELECT DATE '2026-12-03'")
    first, last = await admin.fetchrow("SELECT DATE '2026-12-01', DATE '2026-12-31'")
    now = await admin.fetchval("SELECT now()")
    eggs = await admin.fetchval("SELECT id FROM commodities WHERE code = 'eggs'")
    goods = {"commodity_id": eggs, "grade": "medium"}
    hub = {"created_by": new_id(), "status": "active"}
    buyer = await _insert(admin, "parties", name="Pasar", roles=["buyer"], **hub)
    seller = await _insert(
        admin, "parties", name="Tani", roles=["seller"], seller_kind="producer", **hub
    )
    region = await admin.fetchval("SELECT code FROM regions LIMIT 1")
    sites = {
        party: await _insert(
            admin, "sites", party_id=party, name="Satu", kind="store", region_code=region
        )
        for party in (buyer, seller)
    }
    agreement = await _insert(
        admin,
        "agreements",
        status="suspended",
        number="AGR-1",
        buyer_id=buyer,
        starts_on=first,
        ends_on=last,
        livemode=True,
    )
    mine = {"buyer_id": buyer, "livemode": True}
    line = await _insert(
        admin,
        "agreement_lines",
        agreement_id=agreement,
        position=1,
        period="month",
        quota=D(160000),
        under_tolerance_pct=D(2),
        **mine,
        **goods,
        **PRICE,
        **ENTERED,
    )
    period = await _insert(
        admin,
        "quota_periods",
        line_id=line,
        period_start=first,
        period_end=last,
        quota=D(160000),
        reserved=D(1000),
        **mine,
    )
    order = await _insert(
        admin,
        "orders",
        status="confirmed",
        number="ORD-1",
        agreement_id=agreement,
        ship_to_site_id=sites[buyer],
        deliver_on=day,
        respond_by=now,
        placed_at=now,
        **mine,
    )
    order_line = await _insert(
        admin,
        "order_lines",
        order_id=order,
        position=1,
        base_unit="kg",
        under_tolerance_pct=D(2),
        agreement_line_id=line,
        quota_period_id=period,
        requested=D(1000),
        confirmed=D(1000),
        allocated=D(600),
        **mine,
        **goods,
        **PRICE,
        **ENTERED,
    )
    for kind, quantity in (("reserve", D(1500)), ("release", D(500))):
        await _insert(
            admin,
            "quota_movements",
            period_id=period,
            order_line_id=order_line,
            kind=kind,
            quantity=quantity,
            at=now,
            **mine,
        )
    theirs = {"seller_id": seller, "livemode": True}
    offer = await _insert(
        admin,
        "supply_offers",
        status="open",
        site_id=sites[seller],
        offered=D(900),
        reserved=D(600),
        available_from=first,
        available_until=last,
        **theirs,
        **goods,
        **ENTERED,
    )
    name = encode("oln", order_line)
    run = await _insert(
        admin,
        "allocation_runs",
        order_id=order,
        policy="fair_share",
        trigger="allocate",
        inputs=json.dumps(
            {
                "lines": [
                    {
                        "line_id": name,
                        "offers": [[str(offer), "900", None, None, "0"]],
                        "needed": "1000",
                    }
                ]
            }
        ),
        result=json.dumps(
            {
                "lines": [
                    {
                        "line_id": name,
                        "allocated": "600",
                        "level": "600",
                        "excluded": {"floor_price": 3},
                    }
                ]
            }
        ),
        at=now,
        livemode=True,
    )
    allocation = await _insert(
        admin,
        "allocations",
        status="offered",
        run_id=run,
        order_id=order,
        order_line_id=order_line,
        offer_id=offer,
        site_id=sites[seller],
        base_unit="kg",
        deliver_on=day,
        proposed=D(600),
        quantity=D(600),
        why="{}",
        respond_by=now,
        created_at=now,
        **theirs,
        **goods,
        **PRICE,
    )
    await _insert(
        admin,
        "offer_movements",
        offer_id=offer,
        allocation_id=allocation,
        kind="reserve",
        quantity=D(600),
        at=now,
        **theirs,
    )
    return {
        "offer": offer,
        "line": line,
        "order_line": order_line,
        "allocation": allocation,
        "site": sites[buyer],
    }


async def _found_again(admin: asyncpg.Connection, before: dict[str, UUID]) -> None:
    period = await admin.fetchrow(
        "SELECT * FROM offer_periods WHERE offer_id = $1", before["offer"]
    )
    assert (period["id"], period["offered"], period["reserved"]) == (before["offer"], 900, 600)
    moved = "SELECT sum(quantity) FROM offer_movements WHERE period_id = $1"
    assert await admin.fetchval(moved, before["offer"]) == 600
    share = await admin.fetchrow("SELECT * FROM allocations WHERE id = $1", before["allocation"])
    assert share["offer_period_id"] == before["offer"]
    terms = await admin.fetchrow("SELECT * FROM agreement_terms WHERE line_id = $1", before["line"])
    assert (terms["version"], terms["quota"], terms["price_amount"]) == (1, 160000, 27500)
    assert str(terms["valid_from"]) == "2026-12-01"
    assert terms["price_rule"] == "fixed"
    quota = await admin.fetchrow("SELECT * FROM quota_periods WHERE line_id = $1", before["line"])
    assert (quota["quota"], quota["reserved"], quota["released"]) == (160000, 1000, 500)
    assert not quota["drawable"]  # its agreement is suspended
    granted = "SELECT quantity FROM quota_movements WHERE period_id = $1 AND kind = 'grant'"
    assert await admin.fetchval(granted, quota["id"]) == 160000
    line = await admin.fetchrow("SELECT * FROM order_lines WHERE id = $1", before["order_line"])
    assert (line["ship_to_site_id"], str(line["deliver_on"])) == (before["site"], "2026-12-03")
    run = await admin.fetchrow("SELECT * FROM allocation_run_lines")
    assert run["order_line_id"] == before["order_line"]
    assert (run["needed"], run["allocated"], run["level"]) == (1000, 600, 600)
    assert json.loads(run["offers"])[0][0] == str(before["offer"])
    assert json.loads(run["excluded"]) == {"floor_price": {"count": 3, "offers": []}}
