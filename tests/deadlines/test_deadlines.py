"""Silence has an outcome: what is overdue is ended by the worker, and gives back what it held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app import reconcile, worker
from app.core.ids import decode
from app.db.tx import Tx
from tests import trade
from tests.api import Api, kg

Unique = Callable[[str], str]


async def test_an_order_nobody_answers_expires_and_frees_its_quota(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    late = await trade.order(market, eggs, 400, agreement_id=agreed)
    waiting = await trade.order(market, eggs, 100, agreement_id=agreed)
    await owner.execute(
        "UPDATE orders SET respond_by = respond_by - $2::interval WHERE id = $1",
        decode("ord", late["id"]),
        timedelta(days=2),
    )
    await worker.turn(app.state.database)
    assert (await market.api.read(f"/v1/orders/{late['id']}"))["status"] == "expired"
    assert (await market.api.read(f"/v1/orders/{waiting['id']}"))["status"] == "placed"
    assert (await trade.quota(market.api, agreed))["reserved"] == kg(100)
    events = await owner.fetch(
        "SELECT type FROM events WHERE object_id = $1 ORDER BY version", decode("ord", late["id"])
    )
    assert [e["type"] for e in events] == ["order.placed", "order.expired"]
    await worker.turn(app.state.database)  # a second look changes nothing
    assert (await market.api.read(f"/v1/orders/{late['id']}"))["version"] == 2


async def test_an_offer_whose_last_day_has_passed_expires(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    seller, eggs = await hub.party("seller"), await trade.goods(hub, unique("eggs"))
    made = await trade.offer(seller, await seller.site(), eggs, 50)
    await owner.execute(
        "UPDATE supply_offers SET available_from = available_from - 30, "
        "available_until = available_until - 30 WHERE id = $1",
        decode("off", made["id"]),
    )
    await worker.turn(app.state.database)
    seen = await seller.read(f"/v1/supply-offers/{made['id']}")
    assert (seen["status"], seen["allowed_actions"]) == ("expired", [])


async def test_old_idempotency_keys_are_forgotten_and_young_ones_kept(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    await hub.post("/v1/parties", {"name": "Tua", "roles": ["buyer"]}, idempotency_key=unique("k"))
    await owner.execute("UPDATE idempotency_keys SET created_at = created_at - interval '8 days'")
    key = unique("young")
    body = {"name": "Muda", "roles": ["buyer"]}
    await hub.post("/v1/parties", body, idempotency_key=key)
    await worker.turn(app.state.database)
    left = await owner.fetchval(
        "SELECT count(*) FROM idempotency_keys WHERE created_at < now() - interval '7 days'"
    )
    assert left == 0
    again = await hub.post("/v1/parties", body, idempotency_key=key)
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_counter_that_is_not_its_movements_is_found(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection
) -> None:
    """Breaks a counter behind the service's back: reconciling must see exactly that row."""
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    agreed = await trade.agreement(hub, market, eggs, 1000)
    await trade.order(market, eggs, 400, agreement_id=agreed)
    period = await owner.fetchval(
        "SELECT p.id FROM quota_periods p JOIN agreement_lines l ON l.id = p.line_id "
        "WHERE l.agreement_id = $1 AND p.reserved > 0",
        decode("agr", agreed),
    )
    assert period not in (await reconcile.drifted(app.state.database))["quota_periods"]
    await owner.execute("UPDATE quota_periods SET reserved = reserved + 1 WHERE id = $1", period)
    assert period in (await reconcile.drifted(app.state.database))["quota_periods"]
    await owner.execute("UPDATE quota_periods SET reserved = reserved - 1 WHERE id = $1", period)
    assert period not in (await reconcile.drifted(app.state.database))["quota_periods"]


async def test_a_defect_in_one_deadline_does_not_hold_up_the_others(
    hub: Api, unique: Unique, app: Any, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def poison(_tx: Tx, _most: int) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "DEADLINES", [poison, *worker.DEADLINES])
    market, eggs = await trade.buyer(hub), await trade.goods(hub, unique("eggs"))
    late = await trade.order(market, eggs, 400)
    await owner.execute(
        "UPDATE orders SET respond_by = respond_by - interval '2 days' WHERE id = $1",
        decode("ord", late["id"]),
    )
    await worker.turn(app.state.database)
    assert (await market.api.read(f"/v1/orders/{late['id']}"))["status"] == "expired"
